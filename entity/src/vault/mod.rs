//! Secrets encrypted at rest: what seals them, what opens them, and what they are bound to.
//!
//! A sealed value is `v1:<key id>:<base64url of nonce, ciphertext and tag>`: AES-256-GCM with a nonce of 96 random bits.
//! Its version, its key's identifier and its [`Context`] (the column and the owner of the row) are authenticated with it.
//! So a value that is copied to another column or to another owner's row does not open there, and neither does one that
//! was changed. A row may be copied for the same owner; a row that is given to another owner must be sealed again. A
//! column or table may be renamed: the [`Place`] keeps the name that its values were sealed under.
//!
//! Whether a value is encrypted is known by authenticating it, never by its looks. The two formats of Cronium's past are
//! read as well; [`Scheme`] has them.
//!
//! ```
//! use entity::vault::{Place, Scheme, Vault, VaultKey};
//!
//! let key = VaultKey::parse("2026a:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?;
//! let vault = Vault::new(key);
//! let context = Place::WebhookSecret.of("ada");
//! let sealed = vault.seal(&context, "hunter2")?;
//! assert!(sealed.as_stored().starts_with("v1:2026a:"));
//! assert_eq!(vault.open(&context, sealed.as_stored())?.secret.expose(), "hunter2");
//! assert!(vault.open(&Place::WebhookSecret.of("bob"), sealed.as_stored()).is_err());
//! # Ok::<(), entity::vault::VaultError>(())
//! ```

mod envelope;
mod environment;
mod error;
mod key;
mod legacy;
mod place;
mod ring;
mod secret;

pub use environment::{ENCRYPTION_KEY, VAULT_KEY, VAULT_KEY_FILE, VAULT_OLD_KEYS};
pub use error::VaultError;
pub use key::{KeyId, VaultKey};
pub use legacy::LegacyKey;
pub use place::{Context, Place};
pub use ring::{Opened, Scheme, Vault, sealed_length};
pub use secret::Secret;

#[cfg(test)]
mod tests;

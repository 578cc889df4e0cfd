//! Why a vault could not do it.

use thiserror::Error;

use super::{ENCRYPTION_KEY, KeyId, Scheme, VAULT_KEY, VAULT_KEY_FILE, VAULT_OLD_KEYS};

/// Why a vault could not do it. It never says a key or a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VaultError {
    /// Something is to be sealed, and there is no key for it.
    #[error(
        "there is no key to encrypt with: set {VAULT_KEY} to `<key id>:<32 bytes as 64 hexadecimal digits or base64>`, or {VAULT_KEY_FILE} to a file that holds it"
    )]
    NoKey,
    /// A value is sealed under a key that the vault does not have.
    #[error("it is sealed under the key `{0}`, which is unknown here: add that key to {VAULT_OLD_KEYS}")]
    UnknownKey(KeyId),
    /// A value has the form of a sealed one and its key is known, but does not authenticate.
    #[error(
        "it is sealed under the key `{0}` but does not authenticate: it was changed, or belongs to another column or owner, or another key had this identifier"
    )]
    NotAuthentic(KeyId),
    /// A value looks like one of the older formats, and there is no key that could tell.
    #[error(
        "it looks like {0}, and only Cronium's key could tell: set {ENCRYPTION_KEY} as Cronium had it (for its server encryption: 64 hexadecimal digits)"
    )]
    NoLegacyKey(Scheme),
    /// A value looks like one of the older formats, and the key does not open it.
    #[error(
        "it looks like {0} but {ENCRYPTION_KEY} does not open it: it was changed, or encrypted when Cronium had another key"
    )]
    NotLegacyAuthentic(Scheme),
    /// An envelope that lacks what is needed to open it, or has it in another form.
    #[error("it is an envelope of encrypted credentials whose {0}")]
    BadEnvelope(&'static str),
    /// A value authenticates, but what was encrypted is not UTF-8.
    #[error("it is {0} and authentic, but what was encrypted is no text")]
    NotText(Scheme),
    /// A key of the configuration can't be used.
    #[error("{from}: {reason}")]
    BadKey {
        /// Where it comes from: the variable, the file and line.
        from: String,
        /// Why, and what is expected.
        reason: String,
    },
    /// The operating system gave no randomness or no memory, or the text is too long for the cipher (64 GiB).
    #[error("the cipher failed: the operating system gave no randomness, or the text is longer than 64 GiB")]
    Cipher,
}

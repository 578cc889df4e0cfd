//! Secrets encrypted at rest: those that Cronium left in clear, and all of them under a new key.
//!
//! What a step changes it can take back, so it keeps what was there. A secret that was in clear must not stay in the
//! ledger in clear, nor be shown by a dry run: it is kept sealed, bound to a context of its own ([`SealSecrets`]).

mod credentials;
mod holder;
mod keys;
mod oauth;
mod proof;
mod rotation;
mod seal;
mod statements;
mod webhooks;

pub use credentials::CREDENTIALS;
pub use holder::HoldsSecrets;
pub use keys::Keys;
pub use oauth::{OAUTH_STATES, OAUTH_TOKENS};
pub use rotation::{RotateSecrets, rotations};
pub use seal::SealSecrets;
pub use webhooks::WEBHOOK_SECRETS;

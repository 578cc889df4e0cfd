//! Secrets encrypted at rest: those that Cronium left in clear.
//!
//! What a step changes it can take back, so it keeps what was there. A secret that was in clear must not stay in the
//! ledger in clear, nor be shown by a dry run: it is kept sealed, bound to a context of its own ([`SealSecrets`]).
//!
//! Nothing here is about a table but the descriptions of the steps: what reads and seals is the rotation's too.

mod credentials;
mod frozen;
mod holder;
mod keys;
mod oauth;
mod proof;
mod seal;
mod statements;
mod webhooks;

pub use credentials::CREDENTIALS;
pub(crate) use credentials::{ToolCredentials, remark_on_credentials};
pub use holder::{ChangeOf, ColumnOf, HoldsSecrets, RowOf, SecretTable};
pub use keys::Keys;
pub use oauth::{OAUTH_STATES, OAUTH_TOKENS};
pub(crate) use oauth::{OauthStates, OauthTokens};
pub(crate) use seal::Need;
pub use seal::SealSecrets;
pub use webhooks::WEBHOOK_SECRETS;
pub(crate) use webhooks::Webhooks;

//! Access to tools that a user has granted.
//!
//! With the feature `rules`, [`Flow`] has the whole way: it sends the user to the provider ([`Flow::authorize`]), takes what
//! the provider sends the user back with ([`Flow::callback`]), hands out access tokens that are valid
//! ([`Flow::token`]), and takes access back ([`Flow::revoke`]). Who talks to the provider is an [`Authority`]: the `Client` of
//! the feature `http`, or what the caller brings.

#[cfg(feature = "rules")]
mod authority;
#[cfg(feature = "rules")]
mod authorize;
#[cfg(feature = "rules")]
mod callback;
mod enumerations;
#[cfg(feature = "rules")]
mod environment;
#[cfg(feature = "rules")]
mod error;
#[cfg(feature = "rules")]
mod flow;
#[cfg(feature = "rules")]
mod provider;
#[cfg(feature = "rules")]
mod refresh;
#[cfg(feature = "rules")]
mod revoke;
#[cfg(feature = "rules")]
mod tokens;

pub mod oauth_states;
pub mod oauth_tokens;

#[cfg(feature = "rules")]
pub use authority::{Authority, AuthorityError, Exchange, Granted, Reason};
#[cfg(feature = "rules")]
pub use authorize::{Authorization, NewAuthorization, STATE_LIFE, sweep_states};
#[cfg(feature = "rules")]
pub use callback::CallbackQuery;
pub use enumerations::OauthProvider;
#[cfg(feature = "rules")]
pub use environment::AUTH_URL;
#[cfg(feature = "rules")]
pub use error::{OauthError, Step};
#[cfg(feature = "rules")]
pub use flow::{Access, Flow};
#[cfg(feature = "rules")]
pub use provider::{Endpoints, Provider, Providers, Revocation, SetupError};
#[cfg(feature = "rules")]
pub use refresh::{REFRESH_LEASE, REFRESH_SKEW, REFRESH_WAIT};
#[cfg(feature = "rules")]
pub use revoke::{Kept, Revoked};
#[cfg(feature = "rules")]
pub use tokens::AccessToken;

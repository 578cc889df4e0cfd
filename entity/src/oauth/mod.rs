//! Access to tools that a user has granted.

mod enumerations;

pub mod oauth_states;
pub mod oauth_tokens;

pub use enumerations::OauthProvider;

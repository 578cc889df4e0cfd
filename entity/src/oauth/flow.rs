//! What the rules work with.

use super::{Authority, OauthError, OauthProvider, Provider, Providers};
use crate::{World, vault::Vault};

/// All that the rules of OAuth work with.
#[derive(Debug)]
pub struct Flow<'a, W, A> {
    /// Time and chance.
    pub world: &'a W,
    /// What seals the secrets. It needs a key.
    pub vault: &'a Vault,
    /// The providers that the application is registered with.
    pub providers: &'a Providers,
    /// Who talks to them.
    pub authority: &'a A,
}

/// Whose access to what: a row of `oauth_tokens`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access<'a> {
    /// The user who granted it.
    pub user: &'a str,
    /// The tool that it is for.
    pub tool: i32,
    /// Who gives it.
    pub provider: OauthProvider,
}

impl<W: World, A: Authority> Flow<'_, W, A> {
    pub(super) fn provider(&self, provider: OauthProvider) -> Result<&Provider, OauthError> {
        self.providers.get(provider).ok_or(OauthError::NotConfigured(provider))
    }
}

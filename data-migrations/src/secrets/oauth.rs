//! `oauth_tokens.access_token` and `refresh_token`, `oauth_states.code_verifier`: Cronium said that they were encrypted, and
//! stored them in clear.

use entity::vault::Place;

use crate::secrets::frozen::{oauth_states, oauth_tokens};

use super::HoldsSecrets;

/// The name of the step that seals OAuth tokens.
pub const OAUTH_TOKENS: &str = "m20261124_130510_oauth_tokens";
/// The name of the step that seals the verifiers of OAuth authorizations.
pub const OAUTH_STATES: &str = "m20261124_130520_oauth_states";

/// `oauth_tokens`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OauthTokens;

impl HoldsSecrets for OauthTokens {
    type Table = oauth_tokens::Entity;
    const ID: oauth_tokens::Column = oauth_tokens::Column::Id;
    const OWNER: oauth_tokens::Column = oauth_tokens::Column::UserId;
    const SECRETS: &'static [(oauth_tokens::Column, Place)] = &[
        (oauth_tokens::Column::AccessToken, Place::OauthAccessToken),
        (oauth_tokens::Column::RefreshToken, Place::OauthRefreshToken),
    ];
}

/// `oauth_states`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OauthStates;

impl HoldsSecrets for OauthStates {
    type Table = oauth_states::Entity;
    const ID: oauth_states::Column = oauth_states::Column::Id;
    const OWNER: oauth_states::Column = oauth_states::Column::UserId;
    const SECRETS: &'static [(oauth_states::Column, Place)] =
        &[(oauth_states::Column::CodeVerifier, Place::OauthCodeVerifier)];
}

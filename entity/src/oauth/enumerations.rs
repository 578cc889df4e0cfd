//! What the columns of OAuth may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Who gives the access (`provider_id` of `oauth_states` and `oauth_tokens`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum OauthProvider {
    /// Google.
    Google,
    /// Microsoft.
    Microsoft,
    /// Slack; its tokens neither expire nor are refreshed.
    Slack,
}

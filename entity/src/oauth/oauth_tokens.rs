//! The OAuth tokens, one row for a user, a tool and a provider.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::OauthProvider;
use crate::{identity::users, tools::tool_credentials, values::Sealed};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_tokens")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    pub tool_id: i32,
    pub provider_id: OauthProvider,
    /// Encrypted at rest.
    #[sea_orm(column_type = "Text")]
    pub access_token: Sealed,
    /// Encrypted at rest; absent for providers that refresh nothing.
    #[sea_orm(column_type = "Text")]
    pub refresh_token: Option<Sealed>,
    /// Absent for a token that does not expire.
    pub expires_at: Option<DateTime>,
    #[sea_orm(column_type = "String(StringLen::N(50))", default_value = "Bearer")]
    pub token_type: String,
    /// Separated by spaces.
    #[sea_orm(column_type = "Text")]
    pub scope: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,
    /// Until when the one that refreshes it has it for itself.
    pub refresh_leased_until: Option<DateTime>,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
    #[sea_orm(belongs_to, from = "tool_id", to = "id", on_delete = "Cascade")]
    pub tool: BelongsTo<tool_credentials::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.unique(
            "unique_user_tool_provider",
            [Column::UserId, Column::ToolId, Column::ProviderId],
        );
    }
}

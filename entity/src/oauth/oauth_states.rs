//! The OAuth authorizations that a user has begun and not finished, valid for ten minutes.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::OauthProvider;
use crate::{identity::users, tools::tool_credentials, values::Sealed};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_states")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// 64 hexadecimal digits.
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub state: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    pub tool_id: i32,
    pub provider_id: OauthProvider,
    #[sea_orm(column_type = "Text")]
    pub redirect_uri: String,
    /// PKCE: 43 characters of base64url, encrypted at rest.
    #[sea_orm(column_type = "Text")]
    pub code_verifier: Option<Sealed>,
    /// Ten minutes after it was made.
    pub expires_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
    #[sea_orm(belongs_to, from = "tool_id", to = "id", on_delete = "Cascade")]
    pub tool: BelongsTo<tool_credentials::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

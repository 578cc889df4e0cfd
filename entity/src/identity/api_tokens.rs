//! The tokens with which programs act for a user.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{TokenStatus, users};
use crate::values::{Sealed, Stored};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    /// Encrypted at rest; a nanoid of 32 characters.
    // VARCHAR(255) in Cronium. 512 has room for all that fitted there in clear, and is short enough for any database's index.
    #[sea_orm(column_type = "String(StringLen::N(512))", unique)]
    pub token: Sealed,
    #[sea_orm(default_value = "ACTIVE")]
    pub status: Stored<TokenStatus>,
    pub last_used: Option<DateTime>,
    pub expires_at: Option<DateTime>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

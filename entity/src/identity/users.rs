//! The accounts.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{UserRole, UserStatus, roles};
use crate::values::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// nanoid of 21 characters; a UUID for users who were invited.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
    pub id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub email: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub username: Option<String>,
    /// bcrypt hash; absent until an invitation is accepted.
    #[sea_orm(column_type = "Text")]
    pub password: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub first_name: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub last_name: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub profile_image_url: Option<String>,
    #[sea_orm(default_value = "USER")]
    pub role: Stored<UserRole>,
    /// The permissions beyond `role`.
    pub role_id: Option<i32>,
    #[sea_orm(default_value = "ACTIVE")]
    pub status: Stored<UserStatus>,
    /// nanoid of 32 characters, in clear.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub invite_token: Option<String>,
    /// 48 hours after the invitation.
    pub invite_expiry: Option<DateTime>,
    pub last_login: Option<DateTime>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "role_id", to = "id")]
    pub assigned_role: BelongsTo<Option<roles::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

//! The tokens that let a user set a new password, valid for an hour.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::users;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "password_reset_tokens")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    /// nanoid of 32 characters, in clear.
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub token: String,
    /// One hour after it was made.
    pub expires_at: DateTime,
    #[sea_orm(default_value = false)]
    pub used: bool,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

//! The servers that events run on by SSH.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use crate::{identity::users, values::Sealed};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "servers")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub address: String,
    /// Encrypted at rest.
    #[sea_orm(column_type = "Text")]
    pub ssh_key: Sealed,
    #[sea_orm(column_type = "String(StringLen::N(255))", default_value = "root")]
    pub username: String,
    #[sea_orm(default_value = 22)]
    pub port: i32,
    #[sea_orm(default_value = false)]
    pub shared: bool,
    /// As found at `last_checked`; absent before the first check.
    pub online: Option<bool>,
    pub last_checked: Option<DateTime>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

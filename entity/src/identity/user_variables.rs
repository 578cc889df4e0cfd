//! The variables that a user's scripts keep from run to run.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_variables")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The id of a row of `users`; no key holds it to that.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub key: String,
    #[sea_orm(column_type = "Text")]
    pub value: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    pub created_at: DateTime,
    pub updated_at: DateTime,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.unique("unique_user_key", [Column::UserId, Column::Key]);
        table.default_now(Column::CreatedAt);
        table.default_now(Column::UpdatedAt);
    }
}

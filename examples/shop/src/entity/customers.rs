//! Who buys.

use sea_orm::entity::prelude::*;

use super::orders;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub email: String,
    pub name: String,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    #[sea_orm(has_many)]
    pub orders: HasMany<orders::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

//! What is sold.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub sku: String,
    #[sea_orm(indexed)]
    pub name: String,
    /// In cents.
    pub price: i32,
    #[sea_orm(default_value = true)]
    pub active: bool,
}

impl ActiveModelBehavior for ActiveModel {}

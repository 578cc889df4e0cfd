//! How far a table that went had counted: `seawright_counters`.

use sea_orm::entity::prelude::*;

/// One row a table with a numbered column.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_counters")]
pub struct Model {
    /// The table.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
    pub table_name: String,
    /// The numbered column.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub column_name: String,
    /// The last number that was given.
    pub last_value: i64,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! How many rows each table had before and after a run: `seawright_row_counts`.

use sea_orm::entity::prelude::*;

/// One row a table and run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_row_counts")]
pub struct Model {
    /// When the run began, UTC, in microseconds since 1970: what names the run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run: i64,
    /// The table.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
    pub table_name: String,
    /// The command: `up`, `down`, `adopt`, …
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub command: String,
    /// The rows before; NULL where there was no such table.
    pub rows_before: Option<i64>,
    /// The rows after; NULL where there is no such table any more.
    pub rows_after: Option<i64>,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

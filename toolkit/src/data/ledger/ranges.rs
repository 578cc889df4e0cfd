//! The ranges of keys that workers lease: `seawright_data_ranges`.

use sea_orm::entity::prelude::*;

/// One row a range of a run's present pass.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_data_ranges")]
pub struct Model {
    /// The run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run: i64,
    /// Its number in the run, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The key up to which it is done, exclusive: a JSON list of texts; none at the table's beginning.
    #[sea_orm(column_type = "Text")]
    pub cursor: Option<String>,
    /// Its last key, inclusive, likewise.
    #[sea_orm(column_type = "Text")]
    pub last_key: String,
    /// Who works on it: host, process and worker.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub owner: String,
    /// Until when nobody else may, by the database's clock, in milliseconds since 1970.
    pub lease_until: i64,
    /// The rows done.
    pub worked: i64,
    /// Whether all of it is done.
    pub done: bool,
}

/// None: the ledger stands for itself.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

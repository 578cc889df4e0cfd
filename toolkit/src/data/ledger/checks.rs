//! What was asked to prove a data step, and the answer: `seawright_data_checks`.

use sea_orm::entity::prelude::*;

/// One row a question, with the newest answer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_data_checks")]
pub struct Model {
    /// The step.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
    pub step: String,
    /// Its number among the step's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// What must hold, in words.
    #[sea_orm(column_type = "Text")]
    pub what: String,
    /// The query that was asked.
    #[sea_orm(column_type = "Text")]
    pub query: String,
    /// The rows that it should find.
    pub expected: i64,
    /// The rows that it found.
    pub found: i64,
    /// When, UTC.
    pub checked_at: DateTime,
}

/// None: the ledger stands for itself.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

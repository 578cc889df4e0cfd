//! A data step and how far it has come: `seawright_data_steps`.

use super::StepState;
use sea_orm::entity::prelude::*;

/// One row a data step.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_data_steps")]
pub struct Model {
    /// The step's name in the migrator's list.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
    pub step: String,
    /// The table that it reads.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub source_table: String,
    /// How far it has come.
    pub state: StepState,
    /// When it first began, UTC.
    pub started_at: DateTime,
    /// When it last came to its end, UTC.
    pub finished_at: Option<DateTime>,
    /// When it was last verified, UTC.
    pub verified_at: Option<DateTime>,
}

/// None: the ledger stands for itself.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! What a person should look at: `seawright_data_notes`.

use sea_orm::entity::prelude::*;

/// One row a remark on a migrated row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_data_notes")]
pub struct Model {
    /// In the order in which they were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The run.
    pub run: i64,
    /// The step.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub step: String,
    /// The table that the row is in.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub source_table: String,
    /// The row's primary key as text; the parts of a composite one joined by U+001F.
    #[sea_orm(column_type = "String(StringLen::N(512))")]
    pub row_key: String,
    /// The remark.
    #[sea_orm(column_type = "Text")]
    pub note: String,
}

/// None: the ledger stands for itself.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

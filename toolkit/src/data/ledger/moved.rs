//! What became of each row of a table that goes: `seawright_data_rows`.

use super::Outcome;
use sea_orm::entity::prelude::*;

/// One row a row of the source.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_data_rows")]
pub struct Model {
    /// The step that did it.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
    pub step: String,
    /// The row's primary key as text; the parts of a composite one joined by U+001F.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(512))")]
    pub row_key: String,
    /// The table that the row was in.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub source_table: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, where it is not migrated.
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
    /// The primary key of the row that it became. Of a row in quarantine: of the row that an earlier run made of
    /// it as it was then, and that is still there.
    #[sea_orm(column_type = "String(StringLen::N(512))")]
    pub target_key: Option<String>,
    /// The row, whole, as its database writes it as JSON.
    #[sea_orm(column_type = "Text")]
    pub row_json: String,
    /// When, UTC.
    pub recorded_at: DateTime,
}

/// None: the rows that it tells of are about to go.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

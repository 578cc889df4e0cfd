//! What rows were before a data step changed them: `seawright_data_images`.

use sea_orm::entity::prelude::*;

/// How rows were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))")]
pub enum ImageKind {
    /// They were made.
    #[sea_orm(string_value = "insert")]
    Insert,
    /// Some of their columns were changed.
    #[sea_orm(string_value = "update")]
    Update,
    /// They were deleted.
    #[sea_orm(string_value = "delete")]
    Delete,
}

/// One row for all rows that one statement changed: a million changed rows are some hundred images, which the database
/// compresses.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_data_images")]
pub struct Model {
    /// In the order in which they were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The run.
    pub run: i64,
    /// The step.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub step: String,
    /// The table.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub table_name: String,
    /// How the rows were changed.
    pub kind: ImageKind,
    /// How many rows.
    pub row_count: i64,
    /// The names of the columns that were changed, or of all for rows that were deleted.
    #[sea_orm(column_type = "Text")]
    pub columns: String,
    /// JSON: a list for each row, of the list of its key's parts, the list of its values before (null for rows that
    /// were made), and that of its values after (null for rows that were deleted; for rows that were made whatever tells
    /// whether they have changed since: a digest on PostgreSQL, the values on SQLite, which has no digests).
    #[sea_orm(column_type = "Text")]
    pub rows: String,
}

/// None: the rows that it tells of have a life of their own.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

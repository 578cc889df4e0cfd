//! The frames of files that a person fills in.

/// An empty migration.
pub(super) fn empty(title: &str) -> String {
    format!(
        "//! Written by hand: say here what for.

use sea_orm_migration::prelude::{{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait}};

/// {title}, by hand.
pub struct Migration;

impl MigrationName for Migration {{
    fn name(&self) -> &str {{
        \"NAME\"
    }}
}}

#[async_trait::async_trait]
impl MigrationTrait for Migration {{
    fn use_transaction(&self) -> Option<bool> {{
        Some(true)
    }}

    async fn up(&self, _manager: &SchemaManager) -> Result<(), DbErr> {{
        Ok(())
    }}

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {{
        Ok(())
    }}
}}
"
    )
}

/// A data migration over an entity that the reader chooses.
pub(super) fn data(type_name: &str, step: &str) -> String {
    format!(
        "//! Say here which rows it moves, and why.

use async_trait::async_trait;
use sea_orm::{{EntityTrait as _, Select}};
use seawright::data::{{Batch, DataError, DataMigration, Undo}};

// The table whose rows are worked through.
use entity::CHANGE_ME as source;

/// Say here what becomes of a row.
#[derive(Debug)]
pub struct {type_name};

/// The step's name in the history.
pub const STEP: &str = \"{step}\";

#[async_trait]
impl DataMigration for {type_name} {{
    type Source = source::Entity;

    /// The rows that still need it; none are left when it is done.
    fn pending(&self) -> Select<source::Entity> {{
        source::Entity::find()
    }}

    async fn migrate(&self, batch: &mut Batch<'_, source::Entity>) -> Result<(), DataError> {{
        let _ = batch.rows();
        Err(DataError::Failed(\"not written yet\".to_owned()))
    }}

    async fn undo(&self, undo: &Undo<'_>) -> Result<(), DataError> {{
        Err(DataError::Failed(format!(\"`{{}}` has no way back yet\", undo.step)))
    }}
}}
"
    )
}

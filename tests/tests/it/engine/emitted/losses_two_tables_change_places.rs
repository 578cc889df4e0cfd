//! Written by Seawright from the entities: 3 tables renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::RenameTable;

/// Tables change places.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_two_tables_change_places"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(Old::Table, SeawrightOld::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        RenameTable::new(New::Table, Old::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        RenameTable::new(SeawrightOld::Table, New::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(New::Table, SeawrightOld::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        RenameTable::new(Old::Table, New::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        RenameTable::new(SeawrightOld::Table, Old::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum New {
    Table,
}

#[derive(DeriveIden)]
enum Old {
    Table,
}

#[derive(DeriveIden)]
enum SeawrightOld {
    Table,
}

//! Written by Seawright from the entities: 3 columns renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};

/// Columns change places.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_two_columns_change_places"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .rename_column(Things::A, Things::SeawrightA)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .rename_column(Things::B, Things::A)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .rename_column(Things::SeawrightA, Things::B)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .rename_column(Things::B, Things::SeawrightA)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .rename_column(Things::A, Things::B)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .rename_column(Things::SeawrightA, Things::A)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Things {
    Table,
    A,
    SeawrightA,
    B,
}

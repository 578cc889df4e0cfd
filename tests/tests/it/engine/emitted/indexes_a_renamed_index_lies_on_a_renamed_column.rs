//! Written by Seawright from the entities: 1 column renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::RenameIndex;

/// Renamed index lies on a renamed column.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_a_renamed_index_lies_on_a_renamed_column"
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
                    .table(Jobs::Table)
                    .rename_column(Jobs::A, Jobs::B)
                    .to_owned(),
            )
            .await?;
        RenameIndex::new("idx_a", Index::create().name("idx_b").table(Jobs::Table).col(Jobs::B))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameIndex::new("idx_b", Index::create().name("idx_a").table(Jobs::Table).col(Jobs::B))
            .execute(manager)
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Jobs::Table)
                    .rename_column(Jobs::B, Jobs::A)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    A,
    B,
}

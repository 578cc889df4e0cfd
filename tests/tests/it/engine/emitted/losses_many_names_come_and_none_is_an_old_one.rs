//! Written by Seawright from the entities: 2 columns added, 2 columns dropped.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};

/// Names come and none is an old one.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_many_names_come_and_none_is_an_old_one"
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
                    .add_column(ColumnDef::new(Things::C).text())
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .add_column(ColumnDef::new(Things::D).text())
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(Table::alter().table(Things::Table).drop_column(Things::A).to_owned())
            .await?;
        manager
            .alter_table(Table::alter().table(Things::Table).drop_column(Things::B).to_owned())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .add_column(ColumnDef::new(Things::B).text())
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .add_column(ColumnDef::new(Things::A).text())
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(Table::alter().table(Things::Table).drop_column(Things::D).to_owned())
            .await?;
        manager
            .alter_table(Table::alter().table(Things::Table).drop_column(Things::C).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Things {
    Table,
    C,
    D,
    A,
    B,
}

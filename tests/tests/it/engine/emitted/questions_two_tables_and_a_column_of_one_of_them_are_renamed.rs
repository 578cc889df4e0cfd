//! Written by Seawright from the entities: 2 tables renamed, 2 columns renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, RenameTable};

/// Tables and a column of one of them are renamed.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "questions_two_tables_and_a_column_of_one_of_them_are_renamed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(A::Table, C::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        RenameTable::new(B::Table, D::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        manager
            .alter_table(Table::alter().table(C::Table).rename_column(C::X, C::Y).to_owned())
            .await?;
        manager
            .alter_table(Table::alter().table(D::Table).rename_column(D::AId, D::CId).to_owned())
            .await?;
        AlterTable::new(D::Table)
            .rename_constraint("b_a_id_a_id_fk", "d_c_id_c_id_fk")
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(D::Table)
            .rename_constraint("d_c_id_c_id_fk", "b_a_id_a_id_fk")
            .execute(manager)
            .await?;
        manager
            .alter_table(Table::alter().table(D::Table).rename_column(D::CId, D::AId).to_owned())
            .await?;
        manager
            .alter_table(Table::alter().table(C::Table).rename_column(C::Y, C::X).to_owned())
            .await?;
        RenameTable::new(D::Table, B::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        RenameTable::new(C::Table, A::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum A {
    Table,
}

#[derive(DeriveIden)]
enum B {
    Table,
}

#[derive(DeriveIden)]
enum C {
    Table,
    X,
    Y,
}

#[derive(DeriveIden)]
enum D {
    Table,
    AId,
    CId,
}

//! Written by Seawright from the entities: 2 changes.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Primary key gets a name and one loses it.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "keys_a_primary_key_gets_a_name_and_one_loses_it"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .rename_constraint("a_pkey", "a_key")
            .rebuild_on_sqlite(a_after_up(manager))
            .execute(manager)
            .await?;
        AlterTable::new(B::Table)
            .rename_constraint("b_key", "b_pkey")
            .rebuild_on_sqlite(b_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(B::Table)
            .rename_constraint("b_pkey", "b_key")
            .rebuild_on_sqlite(b_after_down(manager))
            .execute(manager)
            .await?;
        AlterTable::new(A::Table)
            .rename_constraint("a_key", "a_pkey")
            .rebuild_on_sqlite(a_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `a` as it is after the way up, for SQLite, which can change little of a table in place.
fn a_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(A::Table)
            .col(ColumnDef::new(A::Id).integer().not_null())
            .primary_key(Index::create().name("a_key").col(A::Id)),
    )
}

/// `b` as it is after the way up, for SQLite, which can change little of a table in place.
fn b_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(B::Table)
            .col(ColumnDef::new(B::Id).integer().not_null().primary_key()),
    )
}

/// `b` as it is after the way down, for SQLite, which can change little of a table in place.
fn b_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(B::Table)
            .col(ColumnDef::new(B::Id).integer().not_null())
            .primary_key(Index::create().name("b_key").col(B::Id)),
    )
}

/// `a` as it is after the way down, for SQLite, which can change little of a table in place.
fn a_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(A::Table)
            .col(ColumnDef::new(A::Id).integer().not_null().primary_key()),
    )
}

#[derive(DeriveIden)]
enum A {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum B {
    Table,
    Id,
}

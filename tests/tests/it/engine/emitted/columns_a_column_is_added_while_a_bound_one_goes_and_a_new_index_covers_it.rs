//! Written by Seawright from the entities: 1 column added, 1 column dropped.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Column is added while a bound one goes and a new index covers it.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_column_is_added_while_a_bound_one_goes_and_a_new_index_covers_it"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_constraint("things_b_unique")
            .add_column(ColumnDef::new(Things::C).integer().not_null().default(0))
            .drop_column(Things::B)
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .add_column(ColumnDef::new(Things::B).integer())
            .drop_column(Things::C)
            .add_unique("things_b_unique", [Things::B])
            .rebuild_on_sqlite(things_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `things` as it is after the way up, for SQLite, which can change little of a table in place.
fn things_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::A).integer().not_null())
            .col(ColumnDef::new(Things::C).integer().not_null().default(0)),
    )
    .added([Things::C])
}

/// `things` as it is after the way down, for SQLite, which can change little of a table in place.
fn things_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::A).integer().not_null())
            .col(ColumnDef::new(Things::B).integer())
            .index(Index::create().name("things_b_unique").unique().col(Things::B)),
    )
    .added([Things::B])
}

#[derive(DeriveIden)]
enum Things {
    Table,
    B,
    C,
    Id,
    A,
}

//! Written by Seawright from the entities: 9 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Type widens.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "values_every_type_widens"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Wide::Table)
            .set_type(ColumnDef::new(Wide::A).integer())
            .set_type(ColumnDef::new(Wide::B).big_integer())
            .set_type(ColumnDef::new(Wide::C).double())
            .set_type(ColumnDef::new(Wide::D).decimal_len(12, 4))
            .set_type(ColumnDef::new(Wide::E).char_len(8))
            .set_type(ColumnDef::new(Wide::F).string_len(50))
            .set_type(ColumnDef::new(Wide::G).text())
            .set_type(ColumnDef::new(Wide::H).var_binary(8))
            .set_type(ColumnDef::new(Wide::I).small_integer())
            .rebuild_on_sqlite(wide_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Wide::Table)
            .set_type(ColumnDef::new(Wide::I).tiny_integer())
            .set_type(ColumnDef::new(Wide::H).var_binary(4))
            .set_type(ColumnDef::new(Wide::G).string_len(5))
            .set_type(ColumnDef::new(Wide::F).string_len(5))
            .set_type(ColumnDef::new(Wide::E).char_len(3))
            .set_type(ColumnDef::new(Wide::D).decimal_len(6, 2))
            .set_type(ColumnDef::new(Wide::C).float())
            .set_type(ColumnDef::new(Wide::B).integer())
            .set_type(ColumnDef::new(Wide::A).small_integer())
            .rebuild_on_sqlite(wide_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `wide` as it is after the way up, for SQLite, which can change little of a table in place.
fn wide_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Wide::Table)
            .col(
                ColumnDef::new(Wide::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Wide::A).integer().not_null())
            .col(ColumnDef::new(Wide::B).big_integer())
            .col(ColumnDef::new(Wide::C).double())
            .col(ColumnDef::new(Wide::D).decimal_len(12, 4))
            .col(ColumnDef::new(Wide::E).char_len(8))
            .col(ColumnDef::new(Wide::F).string_len(50))
            .col(ColumnDef::new(Wide::G).text())
            .col(ColumnDef::new(Wide::H).var_binary(8))
            .col(ColumnDef::new(Wide::I).small_integer()),
    )
}

/// `wide` as it is after the way down, for SQLite, which can change little of a table in place.
fn wide_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Wide::Table)
            .col(
                ColumnDef::new(Wide::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Wide::A).small_integer().not_null())
            .col(ColumnDef::new(Wide::B).integer())
            .col(ColumnDef::new(Wide::C).float())
            .col(ColumnDef::new(Wide::D).decimal_len(6, 2))
            .col(ColumnDef::new(Wide::E).char_len(3))
            .col(ColumnDef::new(Wide::F).string_len(5))
            .col(ColumnDef::new(Wide::G).string_len(5))
            .col(ColumnDef::new(Wide::H).var_binary(4))
            .col(ColumnDef::new(Wide::I).tiny_integer()),
    )
}

#[derive(DeriveIden)]
enum Wide {
    Table,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
    Id,
}

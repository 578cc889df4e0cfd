//! Written by Seawright from the entities: 9 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{self, AlterTable, Rebuild};

/// Change.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_defaults_change"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_default(Things::A, "[{\"k\": \"it's\"}]")
            .set_default(Things::B, ddl::now(manager))
            .set_default(Things::C, false)
            .set_default(Things::D, -9000)
            .set_default(Things::E, "say \"it's\"")
            .set_default(Things::F, "")
            .set_default(Things::G, -2.5)
            .drop_default(Things::H)
            .set_default(Things::I, ddl::now(manager))
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_default(Things::I, Expr::current_timestamp())
            .set_default(Things::H, "x")
            .set_default(Things::G, 1.5)
            .drop_default(Things::F)
            .set_default(Things::E, "it's")
            .set_default(Things::D, -1)
            .set_default(Things::C, true)
            .drop_default(Things::B)
            .set_default(Things::A, "{}")
            .rebuild_on_sqlite(things_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `things` as it is after the way up, for SQLite, which can change little of a table in place.
fn things_after_up(manager: &SchemaManager) -> Rebuild {
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
            .col(
                ColumnDef::new(Things::A)
                    .json_binary()
                    .not_null()
                    .default("[{\"k\": \"it's\"}]"),
            )
            .col(
                ColumnDef::new(Things::B)
                    .timestamp_with_time_zone()
                    .not_null()
                    .default(ddl::now(manager)),
            )
            .col(ColumnDef::new(Things::C).boolean().not_null().default(false))
            .col(ColumnDef::new(Things::D).integer().not_null().default(-9000))
            .col(ColumnDef::new(Things::E).text().not_null().default("say \"it's\""))
            .col(ColumnDef::new(Things::F).text().not_null().default(""))
            .col(ColumnDef::new(Things::G).double().not_null().default(-2.5))
            .col(ColumnDef::new(Things::H).text().not_null())
            .col(
                ColumnDef::new(Things::I)
                    .date_time()
                    .not_null()
                    .default(ddl::now(manager)),
            ),
    )
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
            .col(ColumnDef::new(Things::A).json_binary().not_null().default("{}"))
            .col(ColumnDef::new(Things::B).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Things::C).boolean().not_null().default(true))
            .col(ColumnDef::new(Things::D).integer().not_null().default(-1))
            .col(ColumnDef::new(Things::E).text().not_null().default("it's"))
            .col(ColumnDef::new(Things::F).text().not_null())
            .col(ColumnDef::new(Things::G).double().not_null().default(1.5))
            .col(ColumnDef::new(Things::H).text().not_null().default("x"))
            .col(
                ColumnDef::new(Things::I)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            ),
    )
}

#[derive(DeriveIden)]
enum Things {
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

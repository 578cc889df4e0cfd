//! Written by Seawright from the entities: 2 columns changed.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Is filled before it is forbidden online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_null_is_filled_before_it_is_forbidden_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_not_null_filled(Things::Note, "none")
            .set_not_null_filled(Things::Seen, Expr::col(Things::Made))
            .rebuild_on_sqlite(things_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_not_null(Things::Seen)
            .drop_not_null(Things::Note)
            .rebuild_on_sqlite(things_after_down(manager))
            .online()
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
            .col(ColumnDef::new(Things::Note).text().not_null())
            .col(ColumnDef::new(Things::Seen).date_time().not_null())
            .col(ColumnDef::new(Things::Made).date_time().not_null()),
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
            .col(ColumnDef::new(Things::Note).text())
            .col(ColumnDef::new(Things::Seen).date_time())
            .col(ColumnDef::new(Things::Made).date_time().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Note,
    Seen,
    Made,
    Id,
}

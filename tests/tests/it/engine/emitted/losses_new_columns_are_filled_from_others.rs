//! Written by Seawright from the entities: 3 columns added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{self, AlterTable, Rebuild};

/// Columns are filled from others.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_new_columns_are_filled_from_others"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .add_column_filled(
                ColumnDef::new(Things::Upper).string_len(20).not_null(),
                Expr::cust("upper(first)"),
            )
            .add_column_filled(
                ColumnDef::new(Things::Seen)
                    .date_time()
                    .not_null()
                    .default(ddl::now(manager)),
                Expr::col(Things::Made),
            )
            .add_column_filled(ColumnDef::new(Things::Rank).integer().default(0), 7)
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table(Things::Table).drop_column(Things::Rank).to_owned())
            .await?;
        manager
            .alter_table(Table::alter().table(Things::Table).drop_column(Things::Seen).to_owned())
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Things::Table)
                    .drop_column(Things::Upper)
                    .to_owned(),
            )
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
            .col(ColumnDef::new(Things::First).string_len(20).not_null())
            .col(ColumnDef::new(Things::Made).date_time().not_null())
            .col(ColumnDef::new(Things::Upper).string_len(20).not_null())
            .col(
                ColumnDef::new(Things::Seen)
                    .date_time()
                    .not_null()
                    .default(ddl::now(manager)),
            )
            .col(ColumnDef::new(Things::Rank).integer().default(0)),
    )
    .added([Things::Upper, Things::Seen, Things::Rank])
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Upper,
    Seen,
    Made,
    Rank,
    Id,
    First,
}

//! Written by Seawright from the entities: 2 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Using};

/// Text is truncated.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_a_text_is_truncated"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type_using(
                ColumnDef::new(Things::Name).string_len(5),
                Using::default()
                    .on_postgres(r#"left("name", 5)"#)
                    .on_sqlite(r#"substr(CAST("things"."name" AS text), 1, 5)"#),
            )
            .set_type_using(
                ColumnDef::new(Things::Rate).decimal_len(8, 2),
                Using::default()
                    .on_postgres(r#"trunc("rate"::numeric, 2)"#)
                    .on_sqlite(r#"CAST("things"."rate" * 100 AS integer) / 100.0"#),
            )
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type(ColumnDef::new(Things::Rate).decimal_len(10, 4))
            .set_type(ColumnDef::new(Things::Name).string_len(50))
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
            .col(ColumnDef::new(Things::Name).string_len(5).not_null())
            .col(ColumnDef::new(Things::Rate).decimal_len(8, 2).not_null()),
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
            .col(ColumnDef::new(Things::Name).string_len(50).not_null())
            .col(ColumnDef::new(Things::Rate).decimal_len(10, 4).not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Name,
    Rate,
    Id,
}

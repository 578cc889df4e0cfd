//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, ColumnType, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// And types of postgresql s own stay as they are.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "values_arrays_and_types_of_postgresql_s_own_stay_as_they_are"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Everything::Table)
            .set_default(Everything::Whole, "{}")
            .rebuild_on_sqlite(everything_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Everything::Table)
            .drop_default(Everything::Whole)
            .rebuild_on_sqlite(everything_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `everything` as it is after the way up, for SQLite, which can change little of a table in place.
fn everything_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Everything::Table)
            .col(
                ColumnDef::new(Everything::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(
                ColumnDef::new(Everything::Whole)
                    .array(ColumnType::Integer)
                    .not_null()
                    .default("{}"),
            )
            .col(ColumnDef::new(Everything::Words).array(ColumnType::Text))
            .col(ColumnDef::new(Everything::Docs).array(ColumnType::JsonBinary))
            .col(ColumnDef::new(Everything::Moments).array(ColumnType::TimestampWithTimeZone))
            .col(ColumnDef::new(Everything::Moods).array(ColumnType::custom("mood")))
            .col(ColumnDef::new(Everything::Net).custom("inet"))
            .col(ColumnDef::new(Everything::Span).custom("interval"))
            .col(ColumnDef::new(Everything::Label).string_len(9).not_null()),
    )
}

/// `everything` as it is after the way down, for SQLite, which can change little of a table in place.
fn everything_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Everything::Table)
            .col(
                ColumnDef::new(Everything::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Everything::Whole).array(ColumnType::Integer).not_null())
            .col(ColumnDef::new(Everything::Words).array(ColumnType::Text))
            .col(ColumnDef::new(Everything::Docs).array(ColumnType::JsonBinary))
            .col(ColumnDef::new(Everything::Moments).array(ColumnType::TimestampWithTimeZone))
            .col(ColumnDef::new(Everything::Moods).array(ColumnType::custom("mood")))
            .col(ColumnDef::new(Everything::Net).custom("inet"))
            .col(ColumnDef::new(Everything::Span).custom("interval"))
            .col(ColumnDef::new(Everything::Label).string_len(9).not_null()),
    )
}

#[derive(DeriveIden)]
enum Everything {
    Table,
    Whole,
    Id,
    Words,
    Docs,
    Moments,
    Moods,
    Net,
    Span,
    Label,
}

//! Written by Seawright from the entities: 1 column added, 1 column renamed, 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Table with every type of every database is changed.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "values_a_table_with_every_type_of_every_database_is_changed"
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
                    .table(Everything::Table)
                    .rename_column(Everything::Name, Everything::Label)
                    .to_owned(),
            )
            .await?;
        AlterTable::new(Everything::Table)
            .add_column(ColumnDef::new(Everything::More).text().not_null().default("it's"))
            .set_default(Everything::Yes, true)
            .rebuild_on_sqlite(everything_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Everything::Table)
            .drop_default(Everything::Yes)
            .drop_column(Everything::More)
            .rebuild_on_sqlite(everything_after_down(manager))
            .execute(manager)
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Everything::Table)
                    .rename_column(Everything::Label, Everything::Name)
                    .to_owned(),
            )
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
            .col(ColumnDef::new(Everything::Yes).boolean().not_null().default(true))
            .col(ColumnDef::new(Everything::Tiny).tiny_integer())
            .col(ColumnDef::new(Everything::Small).small_integer())
            .col(ColumnDef::new(Everything::Whole).integer())
            .col(ColumnDef::new(Everything::Big).big_integer())
            .col(ColumnDef::new(Everything::Utiny).tiny_unsigned())
            .col(ColumnDef::new(Everything::Usmall).small_unsigned())
            .col(ColumnDef::new(Everything::Uwhole).unsigned())
            .col(ColumnDef::new(Everything::Ubig).big_unsigned())
            .col(ColumnDef::new(Everything::Single).float())
            .col(ColumnDef::new(Everything::Double).double())
            .col(ColumnDef::new(Everything::Exact).decimal())
            .col(ColumnDef::new(Everything::Money).decimal_len(12, 2))
            .col(ColumnDef::new(Everything::Code).char_len(3))
            .col(ColumnDef::new(Everything::One).char())
            .col(ColumnDef::new(Everything::Label).string_len(20))
            .col(ColumnDef::new(Everything::Plain).string())
            .col(ColumnDef::new(Everything::Words).text())
            .col(ColumnDef::new(Everything::Bytes).blob())
            .col(ColumnDef::new(Everything::Four).binary_len(4))
            .col(ColumnDef::new(Everything::Eight).var_binary(8))
            .col(ColumnDef::new(Everything::Any).blob())
            .col(ColumnDef::new(Everything::Day).date())
            .col(ColumnDef::new(Everything::Time).time())
            .col(ColumnDef::new(Everything::At).date_time())
            .col(ColumnDef::new(Everything::Stamp).timestamp())
            .col(ColumnDef::new(Everything::Moment).timestamp_with_time_zone())
            .col(ColumnDef::new(Everything::Doc).json())
            .col(ColumnDef::new(Everything::Docb).json_binary())
            .col(ColumnDef::new(Everything::Uid).uuid())
            .col(ColumnDef::new(Everything::Mood).enumeration("mood", ["sad", "glad", "it's so so"]))
            .col(ColumnDef::new(Everything::More).text().not_null().default("it's")),
    )
    .added([Everything::More])
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
            .col(ColumnDef::new(Everything::Yes).boolean().not_null())
            .col(ColumnDef::new(Everything::Tiny).tiny_integer())
            .col(ColumnDef::new(Everything::Small).small_integer())
            .col(ColumnDef::new(Everything::Whole).integer())
            .col(ColumnDef::new(Everything::Big).big_integer())
            .col(ColumnDef::new(Everything::Utiny).tiny_unsigned())
            .col(ColumnDef::new(Everything::Usmall).small_unsigned())
            .col(ColumnDef::new(Everything::Uwhole).unsigned())
            .col(ColumnDef::new(Everything::Ubig).big_unsigned())
            .col(ColumnDef::new(Everything::Single).float())
            .col(ColumnDef::new(Everything::Double).double())
            .col(ColumnDef::new(Everything::Exact).decimal())
            .col(ColumnDef::new(Everything::Money).decimal_len(12, 2))
            .col(ColumnDef::new(Everything::Code).char_len(3))
            .col(ColumnDef::new(Everything::One).char())
            .col(ColumnDef::new(Everything::Label).string_len(20))
            .col(ColumnDef::new(Everything::Plain).string())
            .col(ColumnDef::new(Everything::Words).text())
            .col(ColumnDef::new(Everything::Bytes).blob())
            .col(ColumnDef::new(Everything::Four).binary_len(4))
            .col(ColumnDef::new(Everything::Eight).var_binary(8))
            .col(ColumnDef::new(Everything::Any).blob())
            .col(ColumnDef::new(Everything::Day).date())
            .col(ColumnDef::new(Everything::Time).time())
            .col(ColumnDef::new(Everything::At).date_time())
            .col(ColumnDef::new(Everything::Stamp).timestamp())
            .col(ColumnDef::new(Everything::Moment).timestamp_with_time_zone())
            .col(ColumnDef::new(Everything::Doc).json())
            .col(ColumnDef::new(Everything::Docb).json_binary())
            .col(ColumnDef::new(Everything::Uid).uuid())
            .col(ColumnDef::new(Everything::Mood).enumeration("mood", ["sad", "glad", "it's so so"])),
    )
}

#[derive(DeriveIden)]
enum Everything {
    Table,
    Name,
    Label,
    More,
    Yes,
    Id,
    Tiny,
    Small,
    Whole,
    Big,
    Utiny,
    Usmall,
    Uwhole,
    Ubig,
    Single,
    Double,
    Exact,
    Money,
    Code,
    One,
    Plain,
    Words,
    Bytes,
    Four,
    Eight,
    Any,
    Day,
    Time,
    At,
    Stamp,
    Moment,
    Doc,
    Docb,
    Uid,
    Mood,
}

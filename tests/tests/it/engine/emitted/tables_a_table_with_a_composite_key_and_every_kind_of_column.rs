//! Written by Seawright from the entities: 1 table created.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait,
    sea_orm,
};
use seawright::ddl;

/// Table with a composite key and every kind of column.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tables_a_table_with_a_composite_key_and_every_kind_of_column"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Everything::Table)
                    .col(ColumnDef::new(Everything::A).integer().not_null())
                    .col(ColumnDef::new(Everything::B).uuid().not_null())
                    .col(ColumnDef::new(Everything::Yes).boolean().not_null().default(true))
                    .col(ColumnDef::new(Everything::Tiny).tiny_integer().not_null().default(-1))
                    .col(ColumnDef::new(Everything::Small).small_integer().not_null())
                    .col(
                        ColumnDef::new(Everything::Big)
                            .big_integer()
                            .not_null()
                            .default(9_000_000_000_i64),
                    )
                    .col(ColumnDef::new(Everything::Float).float().not_null().default(1.5))
                    .col(ColumnDef::new(Everything::Double).double().not_null().default(-0.25))
                    .col(
                        ColumnDef::new(Everything::Exact)
                            .decimal_len(12, 2)
                            .not_null()
                            .default(0),
                    )
                    .col(ColumnDef::new(Everything::Code).char_len(3).not_null().default("abc"))
                    .col(ColumnDef::new(Everything::Plain).string())
                    .col(ColumnDef::new(Everything::Bytes).blob())
                    .col(ColumnDef::new(Everything::Day).date())
                    .col(ColumnDef::new(Everything::Time).time())
                    .col(
                        ColumnDef::new(Everything::At)
                            .date_time()
                            .not_null()
                            .default(Expr::current_timestamp()),
                    )
                    .col(
                        ColumnDef::new(Everything::Moment)
                            .timestamp_with_time_zone()
                            .not_null()
                            .default(ddl::now(manager)),
                    )
                    .col(ColumnDef::new(Everything::TextJson).json())
                    .col(
                        ColumnDef::new(Everything::Json)
                            .json_binary()
                            .not_null()
                            .default("{\"a\": [\"it's\"]}"),
                    )
                    .primary_key(
                        Index::create()
                            .name("everything_key")
                            .col(Everything::B)
                            .col(Everything::A),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Everything::Table).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Everything {
    Table,
    A,
    B,
    Yes,
    Tiny,
    Small,
    Big,
    Float,
    Double,
    Exact,
    Code,
    Plain,
    Bytes,
    Day,
    Time,
    At,
    Moment,
    TextJson,
    Json,
}

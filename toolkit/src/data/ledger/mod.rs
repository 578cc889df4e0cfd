//! What the database remembers of data migrations: the tables of Seawright's own, beside `seaql_migrations`.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Schema, Statement, entity::prelude::*};
use sea_orm_migration::prelude::{Index, IndexCreateStatement};

use crate::ddl;

pub mod checks;
pub mod counters;
pub mod counts;
pub mod images;
pub mod moved;
pub mod notes;
pub mod ranges;
pub mod runs;
pub mod steps;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Outcome {
    /// It lives on in another table.
    #[sea_orm(string_value = "migrated")]
    Migrated,
    /// It has no successor and is kept whole here.
    #[sea_orm(string_value = "archived")]
    Archived,
    /// It could not be migrated and is kept whole here, with the reason, until someone resolves it.
    #[sea_orm(string_value = "quarantined")]
    Quarantined,
    /// It could not be migrated, and a person has decided that it stays as it is.
    #[sea_orm(string_value = "accepted")]
    Accepted,
}

/// How far a data step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum StepState {
    /// Begun and not ended; a run that was interrupted stays so until the next.
    #[sea_orm(string_value = "running")]
    Running,
    /// All rows done, not yet verified.
    #[sea_orm(string_value = "done")]
    Done,
    /// Done and verified.
    #[sea_orm(string_value = "verified")]
    Verified,
    /// Taken back by `data revert`.
    #[sea_orm(string_value = "reverted")]
    Reverted,
}

/// Makes the ledger's tables where they are missing.
///
/// # Errors
/// What the database says, for example that the role may not create tables.
pub async fn install<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    for mut create in [
        schema.create_table_from_entity(steps::Entity),
        schema.create_table_from_entity(moved::Entity),
        schema.create_table_from_entity(counts::Entity),
        schema.create_table_from_entity(counters::Entity),
        schema.create_table_from_entity(runs::Entity),
        schema.create_table_from_entity(ranges::Entity),
        schema.create_table_from_entity(images::Entity),
        schema.create_table_from_entity(notes::Entity),
        schema.create_table_from_entity(checks::Entity),
    ] {
        db.execute(create.if_not_exists()).await?;
    }
    // A row is looked up by where it was, and by what it became.
    let indexes: [(&str, [moved::Column; 2]); 2] = [
        (
            "seawright_data_rows_by_source",
            [moved::Column::SourceTable, moved::Column::RowKey],
        ),
        (
            "seawright_data_rows_by_target",
            [moved::Column::Step, moved::Column::TargetKey],
        ),
    ];
    if db.get_database_backend() != DbBackend::MySql {
        for (name, [first, second]) in indexes {
            let mut index: IndexCreateStatement = Index::create()
                .name(name)
                .table(moved::Entity)
                .col(first)
                .col(second)
                .to_owned();
            db.execute(index.if_not_exists()).await?;
        }
        let mut index = Index::create()
            .name("seawright_data_images_by_step")
            .table(images::Entity)
            .col(images::Column::Step)
            .col(images::Column::Run)
            .to_owned();
        db.execute(index.if_not_exists()).await?;
    }
    Ok(())
}

/// Whether the ledger is there.
pub(crate) async fn is_installed<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    has_table(db, "seawright_data_rows").await
}

/// Whether the current schema has a table of that name. It only reads.
pub(crate) async fn has_table<C: ConnectionTrait>(db: &C, table: &str) -> Result<bool, DbErr> {
    let name = ddl::quote_text(table);
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => format!("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = {name}"),
        DbBackend::Postgres => {
            format!("SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = {name}")
        }
        _ => format!("SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = {name}"),
    };
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    Ok(row.is_some())
}

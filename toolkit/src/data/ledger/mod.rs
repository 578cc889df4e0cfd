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

/// The advisory lock under which the tables are made: `swrtdata` in ASCII.
const INSTALLING: i64 = i64::from_be_bytes(*b"swrtdata");

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

/// Makes the ledger's tables where they are missing. Any number of processes may do so at once.
///
/// # Errors
/// What the database says, for example that the role may not create tables.
pub async fn install<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let statements = creation(backend);
    if backend != DbBackend::Postgres {
        for statement in statements {
            db.execute_raw(statement).await?;
        }
        return Ok(());
    }
    // PostgreSQL's IF NOT EXISTS fails for whoever comes second while the first has not committed. The statements of one
    // message are one transaction, and the lock is held as long as it.
    let statements = statements.into_iter().map(|statement| statement.sql);
    let script = std::iter::once(format!("SELECT pg_advisory_xact_lock({INSTALLING})"))
        .chain(statements)
        .collect::<Vec<_>>()
        .join(";\n");
    db.execute_unprepared(&script).await?;
    Ok(())
}

/// The statements that make what is missing.
fn creation(backend: DbBackend) -> Vec<Statement> {
    let schema = Schema::new(backend);
    let tables = [
        schema.create_table_from_entity(steps::Entity),
        schema.create_table_from_entity(moved::Entity),
        schema.create_table_from_entity(counts::Entity),
        schema.create_table_from_entity(counters::Entity),
        schema.create_table_from_entity(runs::Entity),
        schema.create_table_from_entity(ranges::Entity),
        schema.create_table_from_entity(images::Entity),
        schema.create_table_from_entity(notes::Entity),
        schema.create_table_from_entity(checks::Entity),
    ];
    let mut statements: Vec<Statement> = tables
        .into_iter()
        .map(|mut create| backend.build(create.if_not_exists()))
        .collect();
    if backend == DbBackend::MySql {
        return statements;
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
    for (name, [first, second]) in indexes {
        let mut index: IndexCreateStatement = Index::create()
            .name(name)
            .table(moved::Entity)
            .col(first)
            .col(second)
            .to_owned();
        statements.push(backend.build(index.if_not_exists()));
    }
    let mut index = Index::create()
        .name("seawright_data_images_by_step")
        .table(images::Entity)
        .col(images::Column::Step)
        .col(images::Column::Run)
        .to_owned();
    statements.push(backend.build(index.if_not_exists()));
    statements
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

//! What the database remembers of data migrations: the tables of Seawright's own, beside `seaql_migrations`.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Schema, Statement, entity::prelude::*};
use sea_orm_migration::prelude::{Index, IndexCreateStatement};

use crate::ddl;

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
}

/// A data step and how far it has come: `seawright_data_steps`.
pub mod steps {
    use super::StepState;
    use sea_orm::entity::prelude::*;

    /// One row a data step.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "seawright_data_steps")]
    pub struct Model {
        /// The step's name in the migrator's list.
        #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
        pub step: String,
        /// The table that it reads.
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub source_table: String,
        /// How far it has come.
        pub state: StepState,
        /// When it first began, UTC.
        pub started_at: DateTime,
        /// When it last came to its end, UTC.
        pub finished_at: Option<DateTime>,
        /// When it was last verified, UTC.
        pub verified_at: Option<DateTime>,
    }

    /// None: the ledger stands for itself.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What became of each row of a table that goes: `seawright_data_rows`.
pub mod moved {
    use super::Outcome;
    use sea_orm::entity::prelude::*;

    /// One row a row of the source.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "seawright_data_rows")]
    pub struct Model {
        /// The step that did it.
        #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
        pub step: String,
        /// The row's primary key as text; the parts of a composite one joined by U+001F.
        #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(512))")]
        pub row_key: String,
        /// The table that the row was in.
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub source_table: String,
        /// What became of it.
        pub outcome: Outcome,
        /// Why, where it is not migrated.
        #[sea_orm(column_type = "Text")]
        pub reason: Option<String>,
        /// The primary key of the row that it became. Of a row in quarantine: of the row that an earlier run made of
        /// it as it was then, and that is still there.
        #[sea_orm(column_type = "String(StringLen::N(512))")]
        pub target_key: Option<String>,
        /// The row, whole, as its database writes it as JSON.
        #[sea_orm(column_type = "Text")]
        pub row_json: String,
        /// When, UTC.
        pub recorded_at: DateTime,
    }

    /// None: the rows that it tells of are about to go.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How many rows each table had before and after a run: `seawright_row_counts`.
pub mod counts {
    use sea_orm::entity::prelude::*;

    /// One row a table and run.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "seawright_row_counts")]
    pub struct Model {
        /// When the run began, UTC, in microseconds since 1970: what names the run.
        #[sea_orm(primary_key, auto_increment = false)]
        pub run: i64,
        /// The table.
        #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
        pub table_name: String,
        /// The command: `up`, `down`, `adopt`, …
        #[sea_orm(column_type = "String(StringLen::N(20))")]
        pub command: String,
        /// The rows before; NULL where there was no such table.
        pub rows_before: Option<i64>,
        /// The rows after; NULL where there is no such table any more.
        pub rows_after: Option<i64>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How far a table that went had counted: `seawright_counters`.
pub mod counters {
    use sea_orm::entity::prelude::*;

    /// One row a table with a numbered column.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "seawright_counters")]
    pub struct Model {
        /// The table.
        #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
        pub table_name: String,
        /// The numbered column.
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub column_name: String,
        /// The last number that was given.
        pub last_value: i64,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
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

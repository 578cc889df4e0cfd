//! One connection for a whole backup or restore: one transaction, one state.
//!
//! SeaORM's own transactions have no `COPY`, so the connection is kept here and lent to whoever asks in SeaORM's words.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{
        self, AssertSqlSafe, Connection as _,
        postgres::PgConnection,
        sqlite::{SqliteConnectOptions, SqliteConnection},
    },
};
use tokio::sync::{Mutex, MutexGuard};

use super::error::{BackupError, Result};
use crate::{ddl::quote, history::current_schema};

/// Values are written as the same text whatever the session's settings, and a long read is not broken off.
const SETTINGS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
    SET LOCAL lock_timeout = '10min'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; \
    SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; \
    SET LOCAL xmloption = 'content'; SET LOCAL row_security = off; SET LOCAL check_function_bodies = off; \
    SET LOCAL synchronize_seqscans = off";

pub(super) fn failed(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => {
            DbErr::Conn(RuntimeErr::SqlxError(error.into()))
        }
        other => DbErr::Exec(RuntimeErr::SqlxError(other.into())),
    }
}

/// A connection to PostgreSQL in a transaction that is rolled back unless it is committed, whatever ends it.
pub(super) struct Postgres {
    connection: Mutex<PgConnection>,
    pub(super) schema: String,
}

impl Postgres {
    /// A transaction that only reads, in one state from here on.
    pub(super) async fn reading(db: &DatabaseConnection) -> Result<Self> {
        Self::open(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    /// A transaction that writes.
    pub(super) async fn writing(db: &DatabaseConnection) -> Result<Self> {
        Self::open(db, "BEGIN").await
    }

    async fn open(db: &DatabaseConnection, begin: &str) -> Result<Self> {
        let asking = || BackupError::database::<DbErr>("the connection cannot be had");
        let schema = current_schema(db).await.map_err(asking())?.unwrap_or_default();
        let options = db.get_postgres_connection_pool().connect_options();
        let connection = PgConnection::connect_with(&options).await.map_err(failed);
        let session = Self {
            connection: Mutex::new(connection.map_err(asking())?),
            schema,
        };
        let script = format!("SET search_path TO {}; {begin}; {SETTINGS}", quote(&session.schema));
        session.execute_unprepared(&script).await.map_err(asking())?;
        Ok(session)
    }

    /// The connection itself.
    pub(super) async fn lock(&self) -> MutexGuard<'_, PgConnection> {
        self.connection.lock().await
    }

    /// Ends the transaction for good.
    pub(super) async fn commit(self) -> Result<()> {
        let done = self.execute_unprepared("COMMIT").await;
        done.map_err(BackupError::database("the restore cannot be committed"))?;
        let _ = self.connection.into_inner().close().await;
        Ok(())
    }

    /// Ends the transaction as if it had not been.
    pub(super) async fn close(self) {
        let _ = self.execute_unprepared("ROLLBACK").await;
        let _ = self.connection.into_inner().close().await;
    }
}

#[async_trait]
impl ConnectionTrait for Postgres {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_unprepared(&statement.sql).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut connection = self.connection.lock().await;
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await;
        done.map(ExecResult::from).map_err(failed)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut connection = self.connection.lock().await;
        let query = sqlx::query(AssertSqlSafe(statement.sql)).persistent(false);
        let rows = query.fetch_all(&mut *connection).await.map_err(failed)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}

/// A connection to a SQLite file.
pub(super) struct Sqlite {
    connection: Mutex<SqliteConnection>,
}

impl Sqlite {
    /// A connection to the same file as that pool's.
    pub(super) async fn of(db: &DatabaseConnection) -> Result<Self> {
        let options = db.get_sqlite_connection_pool().connect_options();
        // A row that waits costs memory, and one that is waited for costs time.
        Self::open((*options).clone().row_buffer_size(256)).await
    }

    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self> {
        let connection = SqliteConnection::connect_with(&options).await.map_err(failed);
        let connection = connection.map_err(BackupError::database("the file cannot be opened"))?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// The connection itself.
    pub(super) async fn lock(&self) -> MutexGuard<'_, SqliteConnection> {
        self.connection.lock().await
    }

    pub(super) async fn close(self) -> Result<()> {
        let closed = self.connection.into_inner().close().await.map_err(failed);
        closed.map_err(BackupError::database("the file cannot be closed"))
    }
}

#[async_trait]
impl ConnectionTrait for Sqlite {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_unprepared(&statement.sql).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut connection = self.connection.lock().await;
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await;
        done.map(ExecResult::from).map_err(failed)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut connection = self.connection.lock().await;
        let query = sqlx::query(AssertSqlSafe(statement.sql)).persistent(false);
        let rows = query.fetch_all(&mut *connection).await.map_err(failed)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}

/// The texts of a query with one column `line`.
pub(super) async fn lines<C: ConnectionTrait>(db: &C, doing: &str, sql: &str) -> Result<Vec<String>> {
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .map_err(BackupError::database(doing))?;
    rows.iter()
        .map(|row| row.try_get("", "line").map_err(BackupError::database(doing)))
        .collect()
}

//! One state of the database, for any number of connections that only read.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::{
    AccessMode, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    RuntimeErr, Statement, TransactionTrait as _, sqlx,
};

/// How many instructions SQLite takes between two looks at the clock.
const INSTRUCTIONS: i32 = 10_000;

/// The moment after which a statement is broken off; none while nothing is asked.
type Deadline = Arc<Mutex<Option<Instant>>>;

/// One state of a database.
pub(super) struct Snapshot {
    db: DatabaseConnection,
    timeout: Duration,
    first: DatabaseTransaction,
    /// PostgreSQL's name of the state, by which other connections come to it.
    name: Option<String>,
    deadline: Deadline,
}

impl Snapshot {
    /// Takes the state that the database is in now.
    pub(super) async fn take(db: &DatabaseConnection, timeout: Duration) -> Result<Self, DbErr> {
        let deadline = Deadline::default();
        if db.get_database_backend() == DbBackend::Postgres {
            let first = begin(db, timeout, None).await?;
            let row = first
                .query_one_raw(Statement::from_string(
                    DbBackend::Postgres,
                    "SELECT pg_export_snapshot()",
                ))
                .await?;
            let name = row.map(|row| row.try_get_by_index(0)).transpose()?;
            return Ok(Self {
                db: db.clone(),
                timeout,
                first,
                name,
                deadline,
            });
        }
        watch(db, Some(Arc::clone(&deadline))).await?;
        // A read transaction of SQLite sees one state from its first read on, whatever is written meanwhile.
        db.execute_unprepared("PRAGMA query_only = 1").await?;
        Ok(Self {
            db: db.clone(),
            timeout,
            first: db.begin().await?,
            name: None,
            deadline,
        })
    }

    /// Another connection to the same state, where the database can have one.
    pub(super) async fn another(&self) -> Result<Option<DatabaseTransaction>, DbErr> {
        match &self.name {
            Some(name) => begin(&self.db, self.timeout, Some(name)).await.map(Some),
            None => Ok(None),
        }
    }

    /// The connection that took it.
    pub(super) fn first(&self) -> &DatabaseTransaction {
        &self.first
    }

    /// Has the time for a check begin, on databases that can't see to it themselves.
    pub(super) fn begin_check(&self) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now().checked_add(self.timeout);
    }

    /// Lets go of it.
    pub(super) async fn close(self) -> Result<(), DbErr> {
        self.first.rollback().await?;
        if self.db.get_database_backend() == DbBackend::Sqlite {
            self.db.execute_unprepared("PRAGMA query_only = 0").await?;
            watch(&self.db, None).await?;
        }
        Ok(())
    }
}

async fn begin(db: &DatabaseConnection, timeout: Duration, state: Option<&str>) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db
        .begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
        .await?;
    if let Some(state) = state {
        let state = crate::ddl::quote_text(state);
        transaction
            .execute_unprepared(&format!("SET TRANSACTION SNAPSHOT {state}"))
            .await?;
    }
    // Values are read as the account of rows has written them, whatever the session's settings.
    transaction
        .execute_unprepared(&format!(
            "SET LOCAL statement_timeout = {}; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; \
             SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'",
            timeout.as_millis()
        ))
        .await?;
    Ok(transaction)
}

/// Has SQLite break off what takes longer than the deadline. A pool of SQLite has one connection, so it is the one that the
/// checks are asked on.
async fn watch(db: &DatabaseConnection, deadline: Option<Deadline>) -> Result<(), DbErr> {
    let failed = |error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    let pool = db.get_sqlite_connection_pool();
    let mut connection = pool.acquire().await.map_err(failed)?;
    let mut handle = connection.lock_handle().await.map_err(failed)?;
    match deadline {
        Some(deadline) => handle.set_progress_handler(INSTRUCTIONS, move || {
            let deadline = *deadline.lock().unwrap_or_else(PoisonError::into_inner);
            deadline.is_none_or(|deadline| Instant::now() < deadline)
        }),
        None => handle.remove_progress_handler(),
    }
    Ok(())
}

/// Whether a statement was broken off because it took too long: 57014 on PostgreSQL, 9 on SQLite.
pub(super) fn is_timeout(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("57014" | "9"))
}

//! What a step sends, written down without a database.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use sea_orm::{
    DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr, ExecResult, MockDatabase, MockDatabaseConnection,
    MockDatabaseTrait, MockExecResult, QueryResult, Statement, Transaction, Value,
};
use sea_orm_migration::{MigrationTrait, SchemaManager};
use serde::Serialize;

use super::caught::caught;
use crate::{
    data::{DataFacts, describing},
    ddl::online::LockPolicy,
};

/// What a step does, as far as it shows without a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// The statements, in their order.
    pub statements: Vec<String>,
    /// What it asks the database, whose answers may change what it sends; here it was told of nothing.
    pub questions: Vec<String>,
    /// What the data migration is, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<DataFacts>,
    /// Why it could not be recorded to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<String>,
}

/// The way of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It is applied.
    Up,
    /// It is taken back.
    Down,
}

impl Direction {
    /// `up` or `down`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

#[derive(Debug)]
struct Recorder {
    backend: DbBackend,
    recording: Arc<Mutex<Recording>>,
}

impl Recorder {
    fn write(&self, line: impl FnOnce(&mut Recording)) {
        line(&mut self.recording.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl MockDatabaseTrait for Recorder {
    fn execute(&mut self, counter: usize, statement: Statement) -> Result<ExecResult, DbErr> {
        let sql = statement.to_string();
        self.write(|recording| recording.statements.push(sql));
        // Only a mock can make an `ExecResult`.
        MockDatabase::new(self.backend)
            .append_exec_results([MockExecResult::default()])
            .execute(0, statement)
            .map_err(|error| DbErr::Custom(format!("statement {counter}: {error}")))
    }

    fn query(&mut self, _: usize, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let sql = statement.to_string();
        // `INSERT … RETURNING` and the like are sent as questions.
        let word = sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let asks = matches!(word.as_str(), "SELECT" | "WITH" | "PRAGMA" | "SHOW" | "VALUES");
        let answer = probe(&sql);
        self.write(|recording| {
            if asks {
                recording.questions.push(sql);
            } else {
                recording.statements.push(sql);
            }
        });
        let Some(column) = answer else { return Ok(Vec::new()) };
        MockDatabase::new(self.backend)
            .append_query_results([[BTreeMap::from([(column, Value::from(false))])]])
            .query(0, statement)
    }

    fn begin(&mut self) {}

    fn commit(&mut self) {}

    fn rollback(&mut self) {}

    fn drain_transaction_log(&mut self) -> Vec<Transaction> {
        Vec::new()
    }

    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    fn ping(&self) -> Result<(), DbErr> {
        Ok(())
    }
}

/// The column of the answer that sea-schema's probes need, which can't do with none.
fn probe(sql: &str) -> Option<&'static str> {
    ["has_table", "has_column", "has_index", "has_foreign_key"]
        .into_iter()
        .find(|column| sql.contains(&format!("AS \"{column}\"")) || sql.contains(&format!("AS `{column}`")))
}

/// Records a step. It is run with a connection that answers every question with nothing, and no table is there.
pub fn record(step: &dyn MigrationTrait, backend: DbBackend, direction: Direction) -> Recording {
    let recording = Arc::new(Mutex::new(Recording::default()));
    let recorder = Recorder {
        backend,
        recording: Arc::clone(&recording),
    };
    let db: DatabaseConnection =
        DatabaseConnectionType::MockDatabaseConnection(Arc::new(MockDatabaseConnection::new(recorder))).into();
    let manager = SchemaManager::new(&db);
    let (outcome, data) = describing(|| {
        // How long locks are waited for is no part of what a step means.
        now(LockPolicy::default().scope(caught(async {
            match direction {
                Direction::Up => step.up(&manager).await,
                Direction::Down => step.down(&manager).await,
            }
        })))
    });
    let mut recording = std::mem::take(&mut *recording.lock().unwrap_or_else(PoisonError::into_inner));
    recording.data = data;
    recording.broken_off = match outcome {
        Some(Ok(())) => None,
        Some(Err(error)) => Some(error.to_string()),
        None => Some("it waits for something else than the database".to_owned()),
    };
    recording
}

/// The outcome of a future that waits for nothing: the recorder answers at once.
fn now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

//! A connection that looks at every statement of a step before it is sent, and counts it.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseConnectionType, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, MockDatabaseConnection, MockDatabaseTrait, QueryResult, Statement, Transaction, TransactionTrait as _,
};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::ddl::online::{LockPolicy, in_short, watched};

/// Where a run is in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A statement is about to be sent: which of the step's, from 1.
    Before(u32),
    /// It was sent, and the database has answered.
    After(u32),
    /// The step is about to be committed; where it has no transaction, to be recorded.
    Commit,
    /// It is.
    Committed,
}

/// What is to happen at the points of a run. For tests: to kill it, to cut its connection, to have it fail.
#[async_trait]
pub trait Faults: Send + Sync {
    /// Called at each point.
    ///
    /// # Errors
    /// Any; the step fails with it.
    async fn at(&self, step: &str, point: Point) -> Result<(), DbErr>;
}

tokio::task_local! {
    static FAULTS: Arc<dyn Faults>;
}

/// Runs a future whose steps meet those faults.
pub async fn with_faults<F: Future>(faults: Arc<dyn Faults>, future: F) -> F::Output {
    FAULTS.scope(faults, future).await
}

/// Meets what is to happen at a point, if anything.
pub(super) async fn meet(step: &str, point: Point) -> Result<(), DbErr> {
    match FAULTS.try_with(Arc::clone) {
        Ok(faults) => faults.at(step, point).await,
        Err(_) => Ok(()),
    }
}

/// What goes on around a step's statements.
#[async_trait]
pub(super) trait Watcher: Send + Sync {
    /// Before the n-th statement is sent, from 1.
    async fn before(&self, number: u32, sql: &str) -> Result<(), DbErr>;

    /// When the database has answered it.
    async fn after(&self, number: u32) -> Result<(), DbErr>;
}

/// The statements that a step has sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter(Arc<AtomicU32>);

impl Counter {
    pub(super) fn sent(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// From the beginning: the step is tried again.
    pub(super) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Where the statements go.
enum Target {
    Connection(DatabaseConnection),
    Transaction(Arc<DatabaseTransaction>),
}

/// A connection over another one. SeaORM lets a program stand in for a database only through its mock, which cannot wait: so
/// this one blocks its thread, which tokio replaces meanwhile.
struct Watched {
    target: Target,
    /// Transactions that the step has begun itself, the innermost last.
    inner: Vec<DatabaseTransaction>,
    /// What went wrong where no error can be returned: at the begin or the end of such a transaction.
    failure: Option<DbErr>,
    backend: DbBackend,
    watcher: Arc<dyn Watcher>,
    counter: Counter,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

/// Whether this runtime has threads to spare for one that blocks; on a runtime of one thread steps are not watched.
pub(super) fn is_possible() -> bool {
    Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// A connection whose statements go to that one.
pub(super) fn over_connection(
    db: &DatabaseConnection,
    watcher: Arc<dyn Watcher>,
    counter: &Counter,
) -> DatabaseConnection {
    watch(
        Target::Connection(db.clone()),
        db.get_database_backend(),
        watcher,
        counter,
    )
}

/// A connection whose statements go to that transaction.
pub(super) fn over_transaction(
    transaction: &Arc<DatabaseTransaction>,
    watcher: Arc<dyn Watcher>,
    counter: &Counter,
) -> DatabaseConnection {
    let backend = transaction.get_database_backend();
    watch(Target::Transaction(Arc::clone(transaction)), backend, watcher, counter)
}

fn watch(target: Target, backend: DbBackend, watcher: Arc<dyn Watcher>, counter: &Counter) -> DatabaseConnection {
    let watched = Watched {
        target,
        inner: Vec::new(),
        failure: None,
        backend,
        watcher,
        counter: counter.clone(),
    };
    DatabaseConnectionType::MockDatabaseConnection(Arc::new(MockDatabaseConnection::new(watched))).into()
}

fn wait<F: Future>(future: F) -> F::Output {
    tokio::task::block_in_place(|| Handle::current().block_on(future))
}

impl Watched {
    /// A statement that does something; questions are neither counted nor stopped.
    async fn send(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let number = self.counter.next();
        self.watcher.before(number, &statement.sql).await?;
        // A statement without values goes as it stands: prepared ones may hold only one command.
        let plain = statement.values.as_ref().is_none_or(|values| values.0.is_empty());
        let result = match (self.inner.last(), &self.target, plain) {
            (Some(inner), _, true) => inner.execute_unprepared(&statement.sql).await,
            (Some(inner), _, false) => inner.execute_raw(statement).await,
            (None, Target::Transaction(outer), true) => outer.execute_unprepared(&statement.sql).await,
            (None, Target::Transaction(outer), false) => outer.execute_raw(statement).await,
            // It blocks the thread of whoever asked, so that nobody else could watch over it.
            (None, Target::Connection(db), true) => {
                watched(db, &LockPolicy::current(), &in_short(&statement.sql), &statement.sql).await
            }
            (None, Target::Connection(db), false) => db.execute_raw(statement).await,
        }?;
        self.watcher.after(number).await?;
        Ok(result)
    }

    async fn ask(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match (self.inner.last(), &self.target) {
            (Some(inner), _) => inner.query_all_raw(statement).await,
            (None, Target::Transaction(outer)) => outer.query_all_raw(statement).await,
            (None, Target::Connection(db)) => db.query_all_raw(statement).await,
        }
    }

    async fn begin_inner(&self) -> Result<DatabaseTransaction, DbErr> {
        match (self.inner.last(), &self.target) {
            (Some(inner), _) => inner.begin().await,
            (None, Target::Transaction(outer)) => outer.begin().await,
            (None, Target::Connection(db)) => db.begin().await,
        }
    }

    fn end(&mut self, commits: bool) {
        let Some(inner) = self.inner.pop() else { return };
        let ended = wait(async {
            if commits {
                inner.commit().await
            } else {
                inner.rollback().await
            }
        });
        if let Err(error) = ended {
            self.failure = Some(error);
        }
    }
}

impl MockDatabaseTrait for Watched {
    fn execute(&mut self, _: usize, statement: Statement) -> Result<ExecResult, DbErr> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        wait(self.send(statement))
    }

    fn query(&mut self, _: usize, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        wait(self.ask(statement))
    }

    fn begin(&mut self) {
        match wait(self.begin_inner()) {
            Ok(inner) => self.inner.push(inner),
            Err(error) => self.failure = Some(error),
        }
    }

    fn commit(&mut self) {
        self.end(true);
    }

    fn rollback(&mut self) {
        self.end(false);
    }

    fn drain_transaction_log(&mut self) -> Vec<Transaction> {
        Vec::new()
    }

    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    fn ping(&self) -> Result<(), DbErr> {
        wait(async {
            match &self.target {
                Target::Connection(db) => db.ping().await,
                Target::Transaction(_) => Ok(()),
            }
        })
    }
}

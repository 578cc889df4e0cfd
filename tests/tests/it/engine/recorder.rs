//! A connection that writes down what it is told to execute.

use std::sync::{Arc, Mutex};

use sea_orm::{
    DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr, ExecResult, MockDatabase, MockDatabaseConnection,
    MockDatabaseTrait, MockExecResult, QueryResult, Statement, Transaction,
};
use sea_orm_migration::{MigrationTrait, SchemaManager};

#[derive(Debug)]
struct Recorder {
    backend: DbBackend,
    log: Arc<Mutex<Vec<String>>>,
}

impl MockDatabaseTrait for Recorder {
    fn execute(&mut self, _: usize, statement: Statement) -> Result<ExecResult, DbErr> {
        self.log.lock().unwrap().push(statement.to_string());
        // Only a mock can make an ExecResult.
        MockDatabase::new(self.backend)
            .append_exec_results([MockExecResult::default()])
            .execute(0, statement)
    }

    /// Questions have no answer, and are no part of what is done.
    fn query(&mut self, _: usize, _: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(Vec::new())
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

/// What a migration executes on the way up or down, without the locks of its gate.
pub(crate) async fn recorded(
    migration: &dyn MigrationTrait,
    backend: DbBackend,
    up: bool,
) -> Result<Vec<String>, DbErr> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder {
        backend,
        log: Arc::clone(&log),
    };
    let connection = Arc::new(MockDatabaseConnection::new(recorder));
    let db: DatabaseConnection = DatabaseConnectionType::MockDatabaseConnection(connection).into();
    let manager = SchemaManager::new(&db);
    if up {
        migration.up(&manager).await?;
    } else {
        migration.down(&manager).await?;
    }
    let mut statements = log.lock().unwrap().clone();
    statements.retain(|sql| !sql.starts_with("LOCK TABLE"));
    Ok(statements)
}

//! A data migration as a step of the migrator's list.

use std::{
    cell::{Cell, RefCell},
    fmt,
    sync::Arc,
};

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbBackend, DbErr, EntityName as _, TransactionTrait as _};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, SchemaManagerConnection};
use serde::Serialize;

use super::{DataError, DataMigration, Rehearsal, RunOptions, Summary, Undo, ledger, run::Run};

/// A [`DataMigration`] whose source type no one needs to know.
#[async_trait]
pub trait ErasedMigration: Send + Sync {
    /// The table that it reads.
    fn source_table(&self) -> String;

    /// What there is to say of it without a database.
    fn facts(&self) -> DataFacts;

    /// Works until nothing is pending, then verifies.
    async fn run(
        &self,
        step: &str,
        db: &SchemaManagerConnection<'_>,
        options: RunOptions,
    ) -> Result<Summary, DataError>;

    /// Does what [`run`](Self::run) does, in a transaction that is rolled back.
    async fn rehearse(
        &self,
        step: &str,
        db: &SchemaManagerConnection<'_>,
        options: RunOptions,
    ) -> Result<Rehearsal, DataError>;

    /// Proves that nothing is pending and that everything holds that must.
    async fn verify(&self, step: &str, db: &SchemaManagerConnection<'_>) -> Result<Summary, DataError>;

    /// How many rows still need it.
    async fn pending(&self, step: &str, db: &SchemaManagerConnection<'_>) -> Result<u64, DataError>;

    /// What the ledger says of it.
    async fn summary(&self, step: &str, db: &SchemaManagerConnection<'_>) -> Result<Summary, DataError>;

    /// Takes it back, in that transaction.
    async fn undo(&self, step: &str, transaction: &DatabaseTransaction, keep_changed: bool) -> Result<(), DataError>;
}

/// What there is to say of a data migration without a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DataFacts {
    /// The table that it reads.
    pub source: String,
    /// What must hold when it is done.
    pub invariants: Vec<String>,
}

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
    static FACTS: RefCell<Option<DataFacts>> = const { RefCell::new(None) };
}

/// Runs something in which a data step, when it is applied or taken back on this thread, only says what it is.
pub(crate) fn describing<T>(run: impl FnOnce() -> T) -> (T, Option<DataFacts>) {
    ASKED.set(true);
    FACTS.take();
    let output = run();
    ASKED.set(false);
    (output, FACTS.take())
}

/// A migration behind the trait object.
struct Erased<M>(Arc<M>);

impl<M> Erased<M> {
    fn run_of(&self, step: &str) -> Run<M> {
        Run {
            step: step.to_owned(),
            migration: Arc::clone(&self.0),
        }
    }
}

#[async_trait]
impl<M: DataMigration> ErasedMigration for Erased<M> {
    fn source_table(&self) -> String {
        M::Source::default().table_name().to_owned()
    }

    fn facts(&self) -> DataFacts {
        DataFacts {
            source: self.source_table(),
            invariants: self
                .0
                .invariants()
                .into_iter()
                .map(|invariant| invariant.what)
                .collect(),
        }
    }

    async fn run(
        &self,
        step: &str,
        db: &SchemaManagerConnection<'_>,
        options: RunOptions,
    ) -> Result<Summary, DataError> {
        self.run_of(step).run(db, options).await
    }

    async fn rehearse(
        &self,
        step: &str,
        db: &SchemaManagerConnection<'_>,
        options: RunOptions,
    ) -> Result<Rehearsal, DataError> {
        self.run_of(step).rehearse(db, options).await
    }

    async fn verify(&self, step: &str, db: &SchemaManagerConnection<'_>) -> Result<Summary, DataError> {
        let run = self.run_of(step);
        run.verify(db).await?;
        run.summary(db, 0).await
    }

    async fn pending(&self, step: &str, db: &SchemaManagerConnection<'_>) -> Result<u64, DataError> {
        self.run_of(step).pending_now(db).await
    }

    async fn summary(&self, step: &str, db: &SchemaManagerConnection<'_>) -> Result<Summary, DataError> {
        self.run_of(step).summary(db, 0).await
    }

    async fn undo(&self, step: &str, transaction: &DatabaseTransaction, keep_changed: bool) -> Result<(), DataError> {
        let undo = Undo {
            step,
            transaction,
            keep_changed,
        };
        self.0.undo(&undo).await?;
        undo.forget().await
    }
}

/// A data migration under the name by which the history knows it.
#[derive(Clone)]
pub struct DataStep {
    name: &'static str,
    migration: Arc<dyn ErasedMigration>,
}

impl fmt::Debug for DataStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataStep")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl DataStep {
    /// That migration as the step of that name.
    pub fn new(name: &'static str, migration: impl DataMigration) -> Self {
        Self {
            name,
            migration: Arc::new(Erased(Arc::new(migration))),
        }
    }

    /// The step's name.
    pub fn step(&self) -> &'static str {
        self.name
    }

    /// Says what it is, if that is all that is asked.
    fn is_only_asked(&self) -> bool {
        let asked = ASKED.get();
        if asked {
            FACTS.set(Some(self.migration.facts()));
        }
        asked
    }

    /// The migration.
    pub fn migration(&self) -> &dyn ErasedMigration {
        &*self.migration
    }
}

impl MigrationName for DataStep {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for DataStep {
    /// Every batch has a transaction of its own.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if self.is_only_asked() {
            return Ok(());
        }
        if manager.get_database_backend() == DbBackend::MySql {
            return Err(DbErr::Migration(
                "data is not yet moved on MySQL and MariaDB".to_owned(),
            ));
        }
        self.migration
            .run(self.name, manager.get_connection(), RunOptions::current())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if self.is_only_asked() {
            return Ok(());
        }
        let db = manager.get_connection();
        if !ledger::is_installed(db).await? {
            return Ok(());
        }
        let transaction = db.begin().await?;
        self.migration.undo(self.name, &transaction, false).await?;
        transaction.commit().await
    }
}

//! The run of one data migration: opened or gone on with, worked by its workers, finished, proven.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ActiveValue::Unchanged,
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityName as _, EntityTrait as _,
    IsolationLevel, QueryFilter as _, QuerySelect as _, Select, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait as _,
    prelude::DateTime,
    sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query, SelectStatement},
};
use sea_orm_migration::SchemaManagerConnection;
use tokio::task::JoinSet;

use super::{
    Changes, DataError, DataMigration, RunOptions, Summary,
    changes::Shapes,
    clock,
    error::rows,
    fault,
    image::Origin,
    keys::KeySql,
    leases::Leases,
    ledger::{
        self, StepState, ranges,
        runs::{self, Control, RunState},
        steps,
    },
    progress,
    rows::Shape,
    throttle::Gate,
    worker::Worker,
};

/// How often a table is gone through before it is said that rows come in as fast as they are done.
const PASSES: i32 = 1000;

/// One data migration under the name of its step.
pub(super) struct Run<M> {
    pub(super) step: String,
    pub(super) migration: Arc<M>,
}

/// What the workers of a run in this process share.
pub(super) struct Shared<M: DataMigration> {
    pub(super) step: String,
    pub(super) migration: Arc<M>,
    pub(super) options: RunOptions,
    pub(super) run: i64,
    pub(super) as_of: DateTime,
    pub(super) shape: Shape,
    pub(super) keys: KeySql<M::Source>,
    pub(super) shapes: Shapes,
    pub(super) gate: Gate,
    pub(super) first_batch: u64,
    /// The rows that needed it when the run began, and those that were done before this process joined it.
    pub(super) total: u64,
    pub(super) before: u64,
    pub(super) worked: AtomicU64,
    pub(super) quarantined: AtomicU64,
    pub(super) attempted: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) learned: AtomicU64,
    pub(super) halt: AtomicBool,
    pub(super) quarantine: AtomicBool,
}

impl<M: DataMigration> Shared<M> {
    pub(super) fn has_quarantine(&self) -> bool {
        self.quarantine.load(Ordering::Relaxed)
    }

    pub(super) fn set_quarantine(&self) {
        self.quarantine.store(true, Ordering::Relaxed);
    }

    /// The rows that still need it.
    pub(super) fn pending(&self) -> Select<M::Source> {
        self.pending_now(self.has_quarantine())
    }

    pub(super) fn pending_now(&self, has_quarantine: bool) -> Select<M::Source> {
        pending(&*self.migration, &self.step, &self.shape, has_quarantine)
    }

    pub(super) fn stopped(&self, by: &'static str) -> DataError {
        DataError::Stopped {
            step: self.step.clone(),
            by,
            done: rows(self.worked.load(Ordering::Relaxed)),
        }
    }

    pub(super) fn unfinished(&self, left: u64) -> DataError {
        DataError::Unfinished {
            step: self.step.clone(),
            table: self.shape.table.clone(),
            count: rows(left),
        }
    }
}

/// The rows that still need a migration. Those that moved out, or are in quarantine, and are still as they were then, are
/// left out.
pub(super) fn pending<M: DataMigration>(
    migration: &M,
    step: &str,
    shape: &Shape,
    has_quarantine: bool,
) -> Select<M::Source> {
    use crate::ddl::quote_text;
    let pending = migration.pending();
    let outcomes = match (migration.moves_out(), has_quarantine) {
        (true, _) => "",
        (false, true) => " AND kept.outcome IN ('quarantined', 'accepted')",
        (false, false) => return pending,
    };
    pending.filter(Expr::cust(format!(
        "NOT EXISTS (SELECT 1 FROM seawright_data_rows AS kept WHERE kept.step = {} AND kept.row_key = {}{outcomes} AND kept.row_json = {})",
        quote_text(step),
        shape.key_sql(),
        shape.json_sql()
    )))
}

/// How many rows a select has.
pub(super) async fn count<C: ConnectionTrait>(db: &C, select: SelectStatement) -> Result<u64, DbErr> {
    let query = Query::select()
        .expr_as(Expr::cust("count(*)"), Alias::new("count"))
        .from_subquery(select, Alias::new("rows_found"))
        .take();
    let row = db.query_one(&query).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Begins the transaction of a batch. On PostgreSQL it sees one state of the database: a row that somebody changes under it is a
/// conflict, after which the batch is done again, and nobody has to wait for rows that are only read. On SQLite it takes the
/// one place of a writer at once: who begins as a reader may not get it later.
pub(super) async fn begin(
    db: &SchemaManagerConnection<'_>,
    options: &RunOptions,
) -> Result<DatabaseTransaction, DbErr> {
    let transaction = match db {
        SchemaManagerConnection::Connection(db) => {
            let is_sqlite = db.get_database_backend() == DbBackend::Sqlite;
            db.begin_with_options(TransactionOptions {
                isolation_level: (!is_sqlite).then_some(IsolationLevel::RepeatableRead),
                access_mode: None,
                sqlite_transaction_mode: is_sqlite.then_some(SqliteTransactionMode::Immediate),
            })
            .await?
        }
        inner => inner.begin().await?,
    };
    settle(&transaction).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Compiling a statement that is over in half a second takes longer than it saves.
        // Long enough for a slow batch, short enough that nobody waits for ever behind one; the next is smaller.
        let longest = options.batch_time.as_millis().saturating_mul(20).clamp(5_000, 600_000);
        transaction
            .execute_unprepared(&format!(
                "SET LOCAL jit = off; SET LOCAL lock_timeout = 5000; SET LOCAL statement_timeout = {longest}"
            ))
            .await?;
    }
    Ok(transaction)
}

/// Has PostgreSQL write values so that it reads them back as they were, whatever the session's settings, and take UTC for
/// the zone of a present moment without one.
pub(super) async fn settle(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction
            .execute_unprepared(
                "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'postgres'; \
                 SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'",
            )
            .await?;
    }
    Ok(())
}

/// What a person has asked of a run.
pub(super) async fn control(transaction: &DatabaseTransaction, run: i64) -> Result<Control, DbErr> {
    let control: Option<Control> = runs::Entity::find_by_id(run)
        .select_only()
        .column(runs::Column::Control)
        .into_tuple()
        .one(transaction)
        .await?;
    Ok(control.unwrap_or(Control::Cancel))
}

impl<M: DataMigration> Run<M> {
    pub(super) fn table() -> String {
        M::Source::default().table_name().to_owned()
    }

    /// Works until nothing is pending, then verifies.
    pub(super) async fn run(
        &self,
        db: &SchemaManagerConnection<'_>,
        options: RunOptions,
    ) -> Result<Summary, DataError> {
        let shared = match self.open(db, options).await {
            Ok(Some(shared)) => shared,
            Ok(None) => return self.summary(db, 0).await,
            // Its tables have moved on since it was done.
            Err(DataError::Database(error)) if fault::is_undefined(&error) && self.is_proven(db).await? => {
                return self.summary(db, 0).await;
            }
            Err(error) => return Err(error),
        };
        let shared = Arc::new(shared);
        let outcome = self.passes(db, &shared).await;
        let worked = shared.worked.load(Ordering::Relaxed);
        if let Err(error) = outcome {
            self.close(db, &shared, &error).await?;
            return Err(error);
        }
        if shared.options.limit.is_none() {
            self.verify(db).await?;
        }
        self.summary(db, worked).await
    }

    /// Goes through the table until nothing is pending: rows may come in behind the workers.
    pub(super) async fn passes(
        &self,
        db: &SchemaManagerConnection<'_>,
        shared: &Arc<Shared<M>>,
    ) -> Result<(), DataError> {
        loop {
            self.workers(db, shared).await?;
            if shared
                .options
                .limit
                .is_some_and(|limit| shared.worked.load(Ordering::Relaxed) >= limit)
            {
                return Ok(());
            }
            if self.turn(db, shared).await? {
                return Ok(());
            }
        }
    }

    async fn workers(&self, db: &SchemaManagerConnection<'_>, shared: &Arc<Shared<M>>) -> Result<(), DataError> {
        let wanted = if self.migration.parallel() {
            shared.options.workers
        } else {
            1
        };
        let pool = match db {
            SchemaManagerConnection::Connection(pool)
                if wanted > 1 && pool.get_database_backend() != DbBackend::Sqlite =>
            {
                pool
            }
            // One connection, one writer.
            _ => return Worker::new(shared, db, 1).work().await,
        };
        let mut workers = JoinSet::new();
        for number in 1..=wanted {
            let (pool, shared) = ((*pool).clone(), Arc::clone(shared));
            let work = async move {
                let db = SchemaManagerConnection::Connection(&pool);
                Worker::new(&shared, &db, number).work().await
            };
            match progress::listener() {
                Some(listener) => workers.spawn(progress::listening(listener, work)),
                None => workers.spawn(work),
            };
        }
        let mut outcome = Ok(());
        while let Some(ended) = workers.join_next().await {
            let ended = ended.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(DataError::Failed(error.to_string())),
            });
            // The first to fail says why; those that were stopped because of it have nothing to say.
            outcome = outcome.and(ended);
        }
        outcome
    }

    /// The end of a pass: begins the next where rows are pending, or finishes the run; says whether it is over.
    async fn turn(&self, db: &SchemaManagerConnection<'_>, shared: &Shared<M>) -> Result<bool, DataError> {
        let leases = Leases {
            run: shared.run,
            owner: String::new(),
            lease: shared.options.lease,
        };
        let transaction = db.begin().await?;
        settle(&transaction).await?;
        let run = leases.lock(&transaction).await?;
        if run.state != RunState::Running {
            transaction.rollback().await?;
            return Ok(true);
        }
        let of_run = || ranges::Entity::find().filter(ranges::Column::Run.eq(shared.run));
        let is_open = of_run()
            .filter(ranges::Column::Done.eq(false))
            .one(&transaction)
            .await?
            .is_some();
        if is_open || !run.exhausted {
            transaction.rollback().await?;
            return Ok(false);
        }
        let worked: Option<i64> = of_run()
            .select_only()
            .column_as(ranges::Column::Worked.sum().cast_as("bigint"), "worked")
            .into_tuple::<Option<i64>>()
            .one(&transaction)
            .await?
            .flatten();
        let worked = worked.unwrap_or(0);
        ranges::Entity::delete_many()
            .filter(ranges::Column::Run.eq(shared.run))
            .exec(&transaction)
            .await?;
        let learned = shared.learned.load(Ordering::Relaxed);
        let mut next = runs::ActiveModel {
            run: Unchanged(shared.run),
            worked: Set(run.worked.saturating_add(worked)),
            frontier: Set(None),
            exhausted: Set(false),
            pass: Set(run.pass.saturating_add(1)),
            ..Default::default()
        };
        if learned > 0 && shared.options.batch.is_none() {
            next.batch = Set(i64::try_from(learned).unwrap_or(i64::MAX));
        }
        let left = count(&transaction, KeySql::bare(shared.pending())).await?;
        if left > 0 {
            if worked == 0 || run.pass >= PASSES {
                transaction.rollback().await?;
                return Err(shared.unfinished(left));
            }
            next.update(&transaction).await?;
            transaction.commit().await?;
            return Ok(false);
        }
        let changes = Changes {
            transaction: &transaction,
            origin: Origin {
                run: shared.run,
                step: &self.step,
            },
            now: shared.as_of,
            shapes: &shared.shapes,
        };
        self.migration.finish(&changes).await?;
        next.state = Set(RunState::Done);
        next.finished_at = Set(Some(clock::now()));
        next.update(&transaction).await?;
        self.record(&transaction, StepState::Done).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Writes down why a run has not come to its end; the next command goes on with it.
    async fn close(
        &self,
        db: &SchemaManagerConnection<'_>,
        shared: &Shared<M>,
        error: &DataError,
    ) -> Result<(), DbErr> {
        let state = if matches!(error, DataError::Stopped { .. }) {
            RunState::Cancelled
        } else {
            RunState::Failed
        };
        runs::Entity::update_many()
            .col_expr(runs::Column::State, Expr::value(sea_orm::ActiveEnum::to_value(&state)))
            .col_expr(runs::Column::Reason, Expr::value(error.to_string()))
            .filter(runs::Column::Run.eq(shared.run))
            .filter(runs::Column::State.eq(RunState::Running))
            .exec(db)
            .await?;
        Ok(())
    }

    pub(super) async fn record<C: ConnectionTrait>(&self, db: &C, state: StepState) -> Result<(), DbErr> {
        let now = clock::now();
        let at = |wanted: StepState| -> Option<DateTime> { (state == wanted).then_some(now) };
        let mut change = OnConflict::column(steps::Column::Step);
        match state {
            StepState::Done => change.update_columns([steps::Column::State, steps::Column::FinishedAt]),
            StepState::Verified => change.update_columns([steps::Column::State, steps::Column::VerifiedAt]),
            StepState::Running | StepState::Reverted => change.update_column(steps::Column::State),
        };
        steps::Entity::insert(steps::ActiveModel {
            step: Set(self.step.clone()),
            source_table: Set(Self::table()),
            state: Set(state),
            started_at: Set(now),
            finished_at: Set(at(StepState::Done)),
            verified_at: Set(at(StepState::Verified)),
        })
        .on_conflict(change)
        .exec_without_returning(db)
        .await?;
        Ok(())
    }

    /// Whether the table has gone after the step was proven. What was proven then stands; it can't be asked again, and
    /// what the application has done with the rows since is its own business.
    ///
    /// # Errors
    /// That the table is not there, where nothing was proven.
    pub(super) async fn is_over<C: ConnectionTrait>(&self, db: &C, shape: &Shape) -> Result<bool, DataError> {
        if !shape.columns.is_empty() {
            return Ok(false);
        }
        if self.is_proven(db).await? {
            return Ok(true);
        }
        Err(DataError::Failed(format!(
            "`{}` is not there, so the data migration `{}` has nothing to read",
            shape.table, self.step
        )))
    }

    /// Whether the step was proven when its turn was.
    pub(super) async fn is_proven<C: ConnectionTrait>(&self, db: &C) -> Result<bool, DataError> {
        Ok(ledger::is_installed(db).await?
            && steps::Entity::find_by_id(self.step.clone())
                .one(db)
                .await?
                .is_some_and(|step| step.state == StepState::Verified))
    }

    /// What the ledger says of the step.
    pub(super) async fn summary<C: ConnectionTrait>(&self, db: &C, worked: u64) -> Result<Summary, DataError> {
        let mut summary = Summary {
            step: self.step.clone(),
            source: Self::table(),
            worked,
            ..Summary::default()
        };
        if !ledger::is_installed(db).await? {
            return Ok(summary);
        }
        summary.count(db).await?;
        Ok(summary)
    }
}

/// The text of a select, as its database reads it.
pub(super) fn text_of_query(backend: DbBackend, select: &SelectStatement) -> String {
    let statement: Statement = backend.build(select);
    statement.to_string()
}

//! The beginning of a run: a look whether it can be done, and its place in the ledger.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64},
};

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, TransactionTrait as _, prelude::DateTime, sea_query::ExprTrait as _,
};
use sea_orm_migration::SchemaManagerConnection;

use super::{
    DataError, DataMigration, Outcome, RunOptions,
    changes::Shapes,
    clock,
    keys::KeySql,
    leases::{Leases, process},
    ledger::{
        self, StepState, moved, ranges,
        runs::{self, Control, RunState},
        steps,
    },
    progress::{self, Event},
    rows::Shape,
    run::{Run, Shared, count, pending},
    throttle::Gate,
};

/// Rows of the first batch of a step that has never run.
const FIRST_BATCH: u64 = 1000;

impl<M: DataMigration> Run<M> {
    /// Looks whether it can be run, and opens the run or goes on with the one that is open. None where the table has gone
    /// after the step was proven.
    pub(super) async fn open(
        &self,
        db: &SchemaManagerConnection<'_>,
        options: RunOptions,
    ) -> Result<Option<Shared<M>>, DataError> {
        let shape = Shape::read(db, &Self::table()).await?;
        if self.is_over(db, &shape).await? {
            return Ok(None);
        }
        if shape.key.is_empty() {
            return Err(DataError::Failed(format!(
                "`{}` has no primary key, so its rows cannot be told apart",
                shape.table
            )));
        }
        let keys = KeySql::of(&shape)?;
        let looking = db.begin().await?;
        let prepared = self.migration.prepare(&looking).await;
        looking.rollback().await?;
        prepared?;
        ledger::install(db).await?;
        let quarantined = moved::Entity::find()
            .filter(moved::Column::Step.eq(self.step.as_str()))
            .filter(moved::Column::Outcome.is_in([Outcome::Quarantined, Outcome::Accepted]))
            .count(db)
            .await?;
        let pending = pending(&*self.migration, &self.step, &shape, quarantined > 0);
        let total = count(db, KeySql::bare(pending)).await?;
        let run = self.open_run(db, &options, total).await?;
        let before: Option<i64> = ranges::Entity::find()
            .select_only()
            .column_as(ranges::Column::Worked.sum().cast_as("bigint"), "worked")
            .filter(ranges::Column::Run.eq(run.run))
            .into_tuple::<Option<i64>>()
            .one(db)
            .await?
            .flatten();
        let before = u64::try_from(run.worked.saturating_add(before.unwrap_or(0))).unwrap_or(0);
        progress::tell(&Event::DataStarted {
            step: self.step.clone(),
            pending: total,
        });
        Ok(Some(Shared {
            step: self.step.clone(),
            migration: Arc::clone(&self.migration),
            gate: Gate::new(options.throttle.clone(), options.stop.clone(), &self.step),
            options,
            run: run.run,
            as_of: run.as_of,
            shape,
            keys,
            shapes: Shapes::default(),
            first_batch: u64::try_from(run.batch).unwrap_or(FIRST_BATCH),
            total: total + before,
            before,
            worked: AtomicU64::new(0),
            quarantined: AtomicU64::new(0),
            attempted: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            learned: AtomicU64::new(0),
            halt: AtomicBool::new(false),
            quarantine: AtomicBool::new(quarantined > 0),
        }))
    }

    /// The run that is open, or a new one. Whoever comes second waits at the step's row and finds the first one's.
    async fn open_run(
        &self,
        db: &SchemaManagerConnection<'_>,
        options: &RunOptions,
        pending: u64,
    ) -> Result<runs::Model, DataError> {
        let transaction = db.begin().await?;
        self.record(&transaction, StepState::Running).await?;
        steps::Entity::find_by_id(self.step.clone())
            .lock_exclusive()
            .one(&transaction)
            .await?;
        let open = runs::Entity::find()
            .filter(runs::Column::Step.eq(self.step.as_str()))
            .filter(runs::Column::State.is_in([RunState::Running, RunState::Failed, RunState::Cancelled]))
            .order_by_desc(runs::Column::Run)
            .one(&transaction)
            .await?;
        let run = if let Some(found) = open {
            let was = found.state;
            let leases = Leases {
                run: found.run,
                owner: String::new(),
                lease: options.lease,
            };
            leases.release_the_dead(&transaction).await?;
            let mut again: runs::ActiveModel = found.into();
            again.state = Set(RunState::Running);
            again.reason = Set(None);
            // A pause is for a person to end; a run that was called off is gone on with by this very command.
            if was != RunState::Running {
                again.control = Set(Control::Go);
            }
            if let Some(as_of) = options.as_of {
                again.as_of = Set(as_of);
            }
            again.update(&transaction).await?
        } else {
            let learned: Option<i64> = runs::Entity::find()
                .select_only()
                .column(runs::Column::Batch)
                .filter(runs::Column::Step.eq(self.step.as_str()))
                .order_by_desc(runs::Column::Run)
                .into_tuple()
                .one(&transaction)
                .await?;
            // A step that runs again goes on with what it took for now at first.
            let first: Option<DateTime> = runs::Entity::find()
                .select_only()
                .column(runs::Column::AsOf)
                .filter(runs::Column::Step.eq(self.step.as_str()))
                .filter(runs::Column::State.ne(RunState::Reverted))
                .order_by_asc(runs::Column::Run)
                .into_tuple()
                .one(&transaction)
                .await?;
            let now = clock::now();
            runs::ActiveModel {
                run: Set(clock::number()),
                step: Set(self.step.clone()),
                state: Set(RunState::Running),
                control: Set(Control::Go),
                as_of: Set(options.as_of.or(first).unwrap_or(now)),
                started_at: Set(now),
                finished_at: Set(None),
                begun_by: Set(process()),
                tool: Set(env!("CARGO_PKG_VERSION").to_owned()),
                pending: Set(i64::try_from(pending).unwrap_or(i64::MAX)),
                worked: Set(0),
                frontier: Set(None),
                exhausted: Set(false),
                pass: Set(1),
                batch: Set(learned.unwrap_or(i64::try_from(FIRST_BATCH).unwrap_or(1))),
                reason: Set(None),
            }
            .insert(&transaction)
            .await?
        };
        transaction.commit().await?;
        Ok(run)
    }
}

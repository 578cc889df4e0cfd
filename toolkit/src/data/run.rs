//! The runner of one data migration.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, Iterable as _,
    ModelTrait as _, Order, QueryFilter as _, QueryOrder as _, QueryResult, QuerySelect as _, Select, Statement,
    TransactionTrait, Value,
    prelude::DateTime,
    sea_query::{Condition, Expr, OnConflict},
};

use super::{
    Batch, DataError, DataMigration, Outcome,
    batch::Fate,
    error::rows,
    gate,
    ledger::{self, StepState, moved, steps},
    migration::{count, keys_only},
    progress::{self, Event},
    rows::Shape,
};
use crate::ddl::quote_text;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Rows a batch.
    pub batch: u64,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { batch: 1000 }
    }
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The step.
    pub step: String,
    /// The table that it reads.
    pub source: String,
    /// Rows that were worked on in this run.
    pub worked: u64,
    /// Rows that live on elsewhere, over all runs.
    pub migrated: u64,
    /// Rows kept whole without a successor, over all runs.
    pub archived: u64,
    /// Rows kept whole because they could not be migrated, over all runs.
    pub quarantined: u64,
}

impl Summary {
    /// Fills in what the ledger says became of the step's rows.
    pub(crate) async fn count<C: ConnectionTrait>(&mut self, db: &C) -> Result<(), DbErr> {
        let sql = format!(
            "SELECT outcome, count(*) AS count FROM seawright_data_rows WHERE step = {} GROUP BY outcome",
            quote_text(&self.step)
        );
        for row in db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?
        {
            let number: i64 = row.try_get("", "count")?;
            let number = u64::try_from(number).unwrap_or(0);
            match row.try_get::<Outcome>("", "outcome")? {
                Outcome::Migrated => self.migrated = number,
                Outcome::Archived => self.archived = number,
                Outcome::Quarantined => self.quarantined = number,
            }
        }
        Ok(())
    }
}

/// One data migration under the name of its step.
pub(super) struct Run<'r, M> {
    pub(super) step: &'r str,
    pub(super) migration: &'r M,
}

impl<M: DataMigration> Run<'_, M> {
    fn table() -> String {
        use sea_orm::EntityName as _;
        M::Source::default().table_name().to_owned()
    }

    /// Works until nothing is pending, then verifies.
    pub(super) async fn run<C>(&self, db: &C, options: RunOptions) -> Result<Summary, DataError>
    where
        C: ConnectionTrait + TransactionTrait<Transaction = DatabaseTransaction>,
    {
        ledger::install(db).await?;
        let table = Self::table();
        let shape = Shape::read(db, &table).await?;
        if self.is_over(db, &shape).await? {
            return self.summary(db, 0).await;
        }
        self.record(db, StepState::Running).await?;
        let total = self.pending_count(db, &shape).await?;
        progress::tell(&Event::DataStarted {
            step: self.step.to_owned(),
            pending: total,
        });
        let mut worked = 0;
        let mut after: Option<Vec<Value>> = None;
        let mut found_in_pass = false;
        loop {
            let transaction = db.begin().await?;
            let batch = self.next(&transaction, &shape, after.as_deref(), options.batch).await?;
            let Some(last) = batch.last() else {
                transaction.rollback().await?;
                if found_in_pass && self.pending_count(db, &shape).await? > 0 && self.migration.moves_out() {
                    // Rows came in behind us.
                    (after, found_in_pass) = (None, false);
                    continue;
                }
                break;
            };
            after = Some(key_of::<M::Source>(last));
            found_in_pass = true;
            let number = batch.len() as u64;
            self.work(db, transaction, &shape, batch).await?;
            worked += number;
            progress::tell(&Event::Batch {
                step: self.step.to_owned(),
                done: worked,
                total,
            });
        }
        let transaction = db.begin().await?;
        self.migration.finish(&transaction).await?;
        self.record(&transaction, StepState::Done).await?;
        transaction.commit().await?;
        self.verify(db).await?;
        self.summary(db, worked).await
    }

    /// Does a batch in its transaction; where a row violates a constraint, halves it until the row is found.
    async fn work<C>(
        &self,
        db: &C,
        transaction: DatabaseTransaction,
        shape: &Shape,
        batch: Vec<<M::Source as EntityTrait>::Model>,
    ) -> Result<(), DataError>
    where
        C: ConnectionTrait + TransactionTrait<Transaction = DatabaseTransaction>,
    {
        let mut waiting = vec![(batch, None::<String>)];
        let mut first = Some(transaction);
        while let Some((rows, culprit)) = waiting.pop() {
            let transaction = match first.take() {
                Some(transaction) => transaction,
                None => db.begin().await?,
            };
            let result = self
                .attempt(&transaction, shape, rows.clone(), culprit.as_deref())
                .await;
            match result {
                Ok(quarantined) => {
                    transaction.commit().await?;
                    for event in &quarantined {
                        progress::tell(event);
                    }
                }
                Err(DataError::Database(error)) if culprit.is_none() && is_the_rows_fault(&error) => {
                    transaction.rollback().await?;
                    if rows.len() == 1 {
                        waiting.push((rows, Some(error.to_string())));
                    } else {
                        let (left, right) = rows.split_at(rows.len() / 2);
                        waiting.push((right.to_vec(), None));
                        waiting.push((left.to_vec(), None));
                    }
                }
                Err(error) => {
                    transaction.rollback().await?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Does rows inside a transaction. With a culprit's reason, the one row goes into quarantine instead.
    async fn attempt(
        &self,
        transaction: &DatabaseTransaction,
        shape: &Shape,
        rows: Vec<<M::Source as EntityTrait>::Model>,
        culprit: Option<&str>,
    ) -> Result<Vec<Event>, DataError> {
        let mut kept = Vec::new();
        let mut models = rows;
        if self.migration.moves_out() {
            let read = self.kept(transaction, shape, &models).await?;
            models.clear();
            for row in read {
                models.push(row.model);
                kept.push((row.key, row.json));
            }
        }
        let mut batch = Batch::<M::Source> {
            step: self.step,
            fates: vec![None; models.len()],
            keys: kept.iter().map(|(key, _)| key.clone()).collect(),
            rows: models,
            transaction,
        };
        match culprit {
            Some(reason) => batch.quarantined(0, reason),
            None => self.migration.migrate(&mut batch).await?,
        }
        let table = Self::table();
        let mut entries = Vec::new();
        let mut events = Vec::new();
        let now = super::clock::now();
        for (at, fate) in batch.fates.into_iter().enumerate() {
            let Some((key, json)) = kept.get(at) else {
                if let Some(Fate {
                    outcome: Outcome::Quarantined,
                    reason,
                    ..
                }) = fate
                {
                    return Err(DataError::Failed(format!(
                        "a row of `{table}` cannot be migrated by `{}`: {}",
                        self.step,
                        reason.unwrap_or_default()
                    )));
                }
                continue;
            };
            let Some(fate) = fate else {
                return Err(DataError::Failed(format!(
                    "`{}` did not say what becomes of the row {key} of `{table}`; call `migrated`, `archived` or `quarantined` for each",
                    self.step
                )));
            };
            if fate.outcome == Outcome::Quarantined {
                events.push(Event::Quarantined {
                    step: self.step.to_owned(),
                    table: table.clone(),
                    key: key.clone(),
                    reason: fate.reason.clone().unwrap_or_default(),
                });
            }
            entries.push(moved::ActiveModel {
                step: Set(self.step.to_owned()),
                row_key: Set(key.clone()),
                source_table: Set(table.clone()),
                outcome: Set(fate.outcome),
                reason: Set(fate.reason),
                target_key: Set(fate.target),
                row_json: Set(json.clone()),
                recorded_at: Set(now),
            });
        }
        let mut rewritten = vec![
            moved::Column::Outcome,
            moved::Column::Reason,
            moved::Column::RowJson,
            moved::Column::RecordedAt,
        ];
        // What an earlier run made of a culprit is still there, since no one has deleted it; then the entry must go on
        // to say so, or neither the next run nor the way back would find it.
        if culprit.is_none() {
            rewritten.push(moved::Column::TargetKey);
        }
        for chunk in entries.chunks(500) {
            moved::Entity::insert_many(chunk.to_vec())
                .on_conflict(
                    OnConflict::columns([moved::Column::Step, moved::Column::RowKey])
                        .update_columns(rewritten.iter().copied())
                        .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
        }
        Ok(events)
    }

    /// The rows of a batch as the ledger keeps them, in the order of the rows.
    ///
    /// The model is read again, in the statement that reads the JSON: were it older than the JSON, a change that came
    /// in between would count as migrated and be lost.
    async fn kept(
        &self,
        transaction: &DatabaseTransaction,
        shape: &Shape,
        rows: &[<M::Source as EntityTrait>::Model],
    ) -> Result<Vec<Kept<<M::Source as EntityTrait>::Model>>, DataError> {
        let mut kept = Vec::with_capacity(rows.len());
        // SQLite nests a condition no deeper than 1000 (SQLITE_MAX_EXPR_DEPTH), and the builder recurses into it.
        for chunk in rows.chunks(200) {
            kept.extend(
                ordered(M::Source::find())
                    .expr_as(Expr::cust(shape.key_sql()), KEPT_KEY)
                    .expr_as(Expr::cust(shape.json_sql()), KEPT_JSON)
                    .filter(these::<M::Source>(chunk))
                    .into_model::<Kept<_>>()
                    .all(transaction)
                    .await?,
            );
        }
        if kept.len() != rows.len() {
            return Err(DataError::Failed(format!(
                "{} of `{}` were changed while they were read; run it again",
                super::error::rows(rows.len() as u64),
                shape.table
            )));
        }
        Ok(kept)
    }

    /// The rows that still need it. Those that moved out and are still as they were when they did are left out.
    fn pending(&self, shape: &Shape) -> Select<M::Source> {
        let pending = self.migration.pending();
        if !self.migration.moves_out() {
            return pending;
        }
        pending.filter(Expr::cust(format!(
            "NOT EXISTS (SELECT 1 FROM seawright_data_rows AS kept WHERE kept.step = {} AND kept.row_key = {} AND kept.row_json = {})",
            quote_text(self.step),
            shape.key_sql(),
            shape.json_sql()
        )))
    }

    /// How many rows still need it.
    pub(super) async fn pending_now<C: ConnectionTrait>(&self, db: &C) -> Result<u64, DataError> {
        let shape = Shape::read(db, &Self::table()).await?;
        if shape.columns.is_empty() {
            return Ok(0); // The table has gone.
        }
        if self.migration.moves_out() && !ledger::is_installed(db).await? {
            return Ok(count(db, keys_only(self.migration.pending())).await?);
        }
        self.pending_count(db, &shape).await
    }

    async fn pending_count<C: ConnectionTrait>(&self, db: &C, shape: &Shape) -> Result<u64, DataError> {
        Ok(count(db, keys_only(self.pending(shape))).await?)
    }

    async fn next(
        &self,
        transaction: &DatabaseTransaction,
        shape: &Shape,
        after: Option<&[Value]>,
        limit: u64,
    ) -> Result<Vec<<M::Source as EntityTrait>::Model>, DataError> {
        let mut select = ordered(self.pending(shape)).limit(limit);
        if let Some(after) = after {
            select = select.filter(beyond::<M::Source>(after));
        }
        Ok(select.all(transaction).await?)
    }

    /// Proves that nothing is pending and that everything holds that must.
    pub(super) async fn verify<C: ConnectionTrait>(&self, db: &C) -> Result<(), DataError> {
        let step = self.step.to_owned();
        let table = Self::table();
        if self.is_over(db, &Shape::read(db, &table).await?).await? {
            return Ok(());
        }
        let pending = self.pending_now(db).await?;
        if pending > 0 {
            return Err(DataError::Unfinished {
                step,
                table,
                count: rows(pending),
            });
        }
        for invariant in self.migration.invariants() {
            let found = count(db, invariant.query).await?;
            if found > 0 {
                return Err(DataError::Broken {
                    step,
                    what: invariant.what,
                    count: rows(found),
                });
            }
        }
        if !self.migration.tolerates_quarantine() {
            let first = moved::Entity::find()
                .filter(moved::Column::Step.eq(self.step))
                .filter(moved::Column::Outcome.eq(Outcome::Quarantined))
                .all(db)
                .await?;
            if let Some(row) = first.first() {
                let reason = row.reason.clone().unwrap_or_default();
                return Err(DataError::Quarantined {
                    step,
                    table,
                    count: rows(first.len() as u64),
                    reason,
                });
            }
        }
        self.record(db, StepState::Verified).await?;
        if self.migration.moves_out() && ledger::has_table(db, &table).await? {
            let (total, missing) = gate::unaccounted(db, &table).await?;
            if missing > 0 {
                self.record(db, StepState::Done).await?;
                return Err(DataError::Unfinished {
                    step,
                    table,
                    count: format!("{} of {total}", rows(missing)),
                });
            }
        }
        Ok(())
    }

    /// Whether the table has gone after the step was proven. What was proven then stands; it can't be asked again, and
    /// what the application has done with the rows since is its own business.
    ///
    /// # Errors
    /// That the table is not there, where nothing was proven.
    async fn is_over<C: ConnectionTrait>(&self, db: &C, shape: &Shape) -> Result<bool, DataError> {
        if !shape.columns.is_empty() {
            return Ok(false);
        }
        let proven = ledger::is_installed(db).await?
            && steps::Entity::find_by_id(self.step.to_owned())
                .one(db)
                .await?
                .is_some_and(|step| step.state == StepState::Verified);
        if proven {
            return Ok(true);
        }
        Err(DataError::Failed(format!(
            "`{}` is not there, so the data migration `{}` has nothing to read",
            shape.table, self.step
        )))
    }

    async fn record<C: ConnectionTrait>(&self, db: &C, state: StepState) -> Result<(), DbErr> {
        let now = super::clock::now();
        let at = |wanted: StepState| -> Option<DateTime> { (state == wanted).then_some(now) };
        let mut change = OnConflict::column(steps::Column::Step);
        match state {
            StepState::Running => change.update_column(steps::Column::State),
            StepState::Done => change.update_columns([steps::Column::State, steps::Column::FinishedAt]),
            StepState::Verified => change.update_columns([steps::Column::State, steps::Column::VerifiedAt]),
        };
        steps::Entity::insert(steps::ActiveModel {
            step: Set(self.step.to_owned()),
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

    /// What the ledger says of the step.
    pub(super) async fn summary<C: ConnectionTrait>(&self, db: &C, worked: u64) -> Result<Summary, DataError> {
        let mut summary = Summary {
            step: self.step.to_owned(),
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

/// Whether the row and not the database or the connection is to blame: a constraint, or a value that does not fit
/// (SQLSTATE classes 22 and 23; SQLITE_CONSTRAINT is 19, and its kinds have it in their lowest byte).
fn is_the_rows_fault(error: &DbErr) -> bool {
    if error.sql_err().is_some() {
        return true;
    }
    let (DbErr::Exec(error) | DbErr::Query(error)) = error else {
        return false;
    };
    let sea_orm::RuntimeErr::SqlxError(error) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    code.is_some_and(|code| match code.len() {
        5 => code.starts_with("22") || code.starts_with("23"),
        _ => code.parse::<u32>().is_ok_and(|code| code & 0xff == 19),
    })
}

/// A row of the source and how the ledger keeps it.
struct Kept<M> {
    model: M,
    key: String,
    json: String,
}

// Names that no column of a user's has.
const KEPT_KEY: &str = "seawright_row_key";
const KEPT_JSON: &str = "seawright_row_json";

impl<M: FromQueryResult> FromQueryResult for Kept<M> {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            model: M::from_query_result(row, prefix)?,
            key: row.try_get(prefix, KEPT_KEY)?,
            json: row.try_get(prefix, KEPT_JSON)?,
        })
    }
}

/// Just these rows.
fn these<E: EntityTrait>(rows: &[E::Model]) -> Condition {
    let columns: Vec<E::Column> = key_columns::<E>().collect();
    if let [column] = columns[..] {
        return Condition::all().add(column.is_in(rows.iter().map(|row| row.get(column))));
    }
    rows.iter().fold(Condition::any(), |any, row| {
        let one = columns
            .iter()
            .fold(Condition::all(), |all, column| all.add(column.eq(row.get(*column))));
        any.add(one)
    })
}

fn key_columns<E: EntityTrait>() -> impl Iterator<Item = E::Column> {
    E::PrimaryKey::iter().map(sea_orm::PrimaryKeyToColumn::into_column)
}

fn key_of<E: EntityTrait>(row: &E::Model) -> Vec<Value> {
    key_columns::<E>().map(|column| row.get(column)).collect()
}

fn ordered<E: EntityTrait>(mut select: Select<E>) -> Select<E> {
    for column in key_columns::<E>() {
        select = select.order_by(column, Order::Asc);
    }
    select
}

/// The rows behind a key: `a > x OR (a = x AND b > y)`.
fn beyond<E: EntityTrait>(after: &[Value]) -> Condition {
    let columns: Vec<E::Column> = key_columns::<E>().collect();
    let mut any = Condition::any();
    for at in 0..columns.len().min(after.len()) {
        let mut all = Condition::all();
        for equal in 0..at {
            all = all.add(columns[equal].eq(after[equal].clone()));
        }
        any = any.add(all.add(columns[at].gt(after[at].clone())));
    }
    any
}

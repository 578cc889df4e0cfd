//! The proof of a data step: each question with its answer, kept in the ledger.

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, TransactionTrait as _, sea_query::SelectStatement,
};
use sea_orm_migration::SchemaManagerConnection;

use super::{
    DataError, DataMigration, Outcome, clock,
    error::rows,
    fault, gate,
    keys::KeySql,
    ledger::{self, StepState, checks, moved, steps},
    rows::Shape,
    run::{Run, count, pending, text_of_query},
};

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Checked {
    /// The step.
    pub step: String,
    /// What must hold, in words.
    pub what: String,
    /// The query that was asked.
    pub query: String,
    /// The rows that it should find.
    pub expected: i64,
    /// The rows that it found.
    pub found: i64,
}

impl Checked {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.expected == self.found
    }
}

impl<M: DataMigration> Run<M> {
    /// Proves that nothing is pending and that everything holds that must. Every question is asked, and every answer kept,
    /// before the first that is wrong is told.
    pub(super) async fn verify(&self, db: &SchemaManagerConnection<'_>) -> Result<(), DataError> {
        let table = Self::table();
        let shape = Shape::read(db, &table).await?;
        if self.is_over(db, &shape).await? {
            return Ok(());
        }
        ledger::install(db).await?;
        let backend = db.get_database_backend();
        let mut asked: Vec<(String, SelectStatement)> = vec![(
            format!("no row of `{table}` needs it any more"),
            KeySql::bare(pending(&*self.migration, &self.step, &shape, true)),
        )];
        let invariants = self.migration.invariants();
        asked.extend(invariants.iter().map(|invariant| {
            (
                format!("there is no {}", strip(&invariant.what)),
                invariant.query.clone(),
            )
        }));
        // One state of the database for all questions, whatever is written meanwhile.
        let transaction = super::run::begin(db, &super::RunOptions::default()).await?;
        transaction
            .execute_unprepared(if backend == sea_orm::DbBackend::Postgres {
                "SET LOCAL statement_timeout = 0"
            } else {
                "SELECT 1"
            })
            .await?;
        let mut answers = Vec::new();
        for (number, (what, query)) in asked.into_iter().enumerate() {
            let text = text_of_query(backend, &query);
            let found = match count(&transaction, query).await {
                Ok(found) => found,
                // Its tables have moved on. What was proven when its turn was stays proven.
                Err(error) if fault::is_undefined(&error) => {
                    transaction.rollback().await?;
                    return if self.is_proven(db).await? {
                        Ok(())
                    } else {
                        Err(error.into())
                    };
                }
                Err(error) => return Err(error.into()),
            };
            answers.push(checks::ActiveModel {
                step: Set(self.step.clone()),
                number: Set(i32::try_from(number).unwrap_or(i32::MAX)),
                what: Set(what),
                query: Set(text),
                expected: Set(0),
                found: Set(i64::try_from(found).unwrap_or(i64::MAX)),
                checked_at: Set(clock::now()),
            });
        }
        transaction.rollback().await?;
        let found: Vec<i64> = answers.iter().map(|answer| *answer.found.as_ref()).collect();
        let writing = db.begin().await?;
        // Hosts that ended a run together prove it one after the other.
        steps::Entity::find_by_id(self.step.clone())
            .lock_exclusive()
            .one(&writing)
            .await?;
        checks::Entity::delete_many()
            .filter(checks::Column::Step.eq(self.step.as_str()))
            .exec(&writing)
            .await?;
        checks::Entity::insert_many(answers)
            .exec_without_returning(&writing)
            .await?;
        let error = self.first_wrong(&writing, &found, &invariants, &shape).await?;
        // A proof that fails takes back what an earlier one had said.
        let state = if error.is_some() {
            StepState::Done
        } else {
            StepState::Verified
        };
        self.record(&writing, state).await?;
        writing.commit().await?;
        if let Some(error) = error {
            return Err(error);
        }
        // Whether every row has an account asks for steps that are verified, so this comes after.
        if self.migration.moves_out() {
            let (total, missing) = gate::unaccounted(db, &table).await?;
            if missing > 0 {
                self.record(db, StepState::Done).await?;
                return Err(DataError::Unfinished {
                    step: self.step.clone(),
                    table,
                    count: format!("{} of {total}", rows(missing)),
                });
            }
        }
        Ok(())
    }

    async fn first_wrong<C: ConnectionTrait>(
        &self,
        db: &C,
        found: &[i64],
        invariants: &[super::Invariant],
        shape: &Shape,
    ) -> Result<Option<DataError>, DataError> {
        let number = |found: i64| rows(u64::try_from(found).unwrap_or(0));
        if let Some(left) = found.first().filter(|found| **found > 0) {
            return Ok(Some(DataError::Unfinished {
                step: self.step.clone(),
                table: shape.table.clone(),
                count: number(*left),
            }));
        }
        let broken = invariants
            .iter()
            .zip(found.iter().skip(1))
            .find(|(_, found)| **found > 0);
        if let Some((invariant, found)) = broken {
            return Ok(Some(DataError::Broken {
                step: self.step.clone(),
                what: invariant.what.clone(),
                count: number(*found),
            }));
        }
        if self.migration.tolerates_quarantine() {
            return Ok(None);
        }
        let first = moved::Entity::find()
            .filter(moved::Column::Step.eq(self.step.as_str()))
            .filter(moved::Column::Outcome.eq(Outcome::Quarantined))
            .order_by_asc(moved::Column::RowKey);
        let count = first.clone().count(db).await?;
        Ok(first.one(db).await?.map(|row| DataError::Quarantined {
            step: self.step.clone(),
            table: shape.table.clone(),
            count: rows(count),
            reason: row.reason.unwrap_or_default(),
        }))
    }

    /// How many rows still need it.
    pub(super) async fn pending_now<C: ConnectionTrait>(&self, db: &C) -> Result<u64, DataError> {
        let shape = Shape::read(db, &Self::table()).await?;
        if shape.columns.is_empty() {
            return Ok(0); // The table has gone.
        }
        let select = if ledger::is_installed(db).await? {
            pending(&*self.migration, &self.step, &shape, true)
        } else {
            self.migration.pending()
        };
        Ok(count(db, KeySql::bare(select)).await?)
    }
}

/// `a log` after `there is no` is `log`.
fn strip(what: &str) -> &str {
    what.strip_prefix("a ")
        .or_else(|| what.strip_prefix("an "))
        .unwrap_or(what)
}

/// The newest answers that the ledger has of a step.
///
/// # Errors
/// What the database says.
pub async fn answers<C: ConnectionTrait>(db: &C, step: &str) -> Result<Vec<Checked>, sea_orm::DbErr> {
    if !ledger::is_installed(db).await? {
        return Ok(Vec::new());
    }
    let rows = checks::Entity::find()
        .filter(checks::Column::Step.eq(step))
        .order_by_asc(checks::Column::Number)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Checked {
            step: row.step,
            what: row.what,
            query: row.query,
            expected: row.expected,
            found: row.found,
        })
        .collect())
}

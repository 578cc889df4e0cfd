//! One worker: it leases ranges and does their batches.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use sea_orm::TransactionTrait as _;
use sea_orm_migration::SchemaManagerConnection;
use tokio::time::sleep;

use super::{
    DataError, DataMigration,
    attempt::Slice,
    error::rows,
    fault::{self, Fault},
    keys::Key,
    leases::{Claim, Lease, Leases, process},
    ledger::runs::Control,
    pace::Pace,
    progress::{Event, tell},
    run::{Shared, begin, control},
};

/// How often in succession a batch may fail because of the moment.
const TRIES: u32 = 8;
/// How long a worker waits for others, at first and at most.
const WAIT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Why a range is put aside.
enum Aside {
    Done,
    Lost,
    Asked,
}

/// One worker of a run in this process.
pub(super) struct Worker<'w, M: DataMigration> {
    shared: &'w Shared<M>,
    db: &'w SchemaManagerConnection<'w>,
    leases: Leases,
    pace: Pace,
    proven: bool,
}

impl<'w, M: DataMigration> Worker<'w, M> {
    pub(super) fn new(shared: &'w Shared<M>, db: &'w SchemaManagerConnection<'w>, number: usize) -> Self {
        let options = &shared.options;
        Self {
            shared,
            db,
            leases: Leases {
                run: shared.run,
                owner: format!("{} worker {number}", process()),
                lease: options.lease,
            },
            pace: options
                .batch
                .map_or_else(|| Pace::adaptive(shared.first_batch, options.batch_time), Pace::fixed),
            proven: false,
        }
    }

    /// Works until there is nothing more to lease in this pass. What it holds when it ends, it gives back.
    pub(super) async fn work(&mut self) -> Result<(), DataError> {
        let outcome = self.ranges().await;
        if outcome.is_err() {
            self.shared.halt.store(true, Ordering::Relaxed);
        }
        self.shared.learned.fetch_max(self.pace.size(), Ordering::Relaxed);
        let transaction = self.db.begin().await?;
        self.leases.release(&transaction).await?;
        transaction.commit().await?;
        outcome
    }

    async fn ranges(&mut self) -> Result<(), DataError> {
        let mut wait = WAIT.0;
        while !self.is_over()? {
            let transaction = self.db.begin().await?;
            let claim = self
                .leases
                .claim(&transaction, &self.shared.keys, self.shared.pending(), self.pace.size())
                .await;
            let claim = match claim {
                Err(error) if fault::of(&error) == Fault::Moment => {
                    transaction.rollback().await?;
                    sleep(jitter(wait)).await;
                    wait = (wait * 2).min(WAIT.1);
                    continue;
                }
                other => other?,
            };
            transaction.commit().await?;
            match claim {
                Claim::Range(lease) => {
                    wait = WAIT.0;
                    match self.range(lease).await? {
                        Aside::Done | Aside::Lost => {}
                        Aside::Asked => {
                            let transaction = self.db.begin().await?;
                            self.leases.release(&transaction).await?;
                            transaction.commit().await?;
                        }
                    }
                }
                Claim::Wait => {
                    sleep(jitter(wait)).await;
                    wait = (wait * 2).min(WAIT.1);
                }
                Claim::Asked(Control::Cancel) => {
                    self.shared.halt.store(true, Ordering::Relaxed);
                    return Err(self.shared.stopped("from another terminal"));
                }
                Claim::Asked(_) => {
                    tell(&Event::Held {
                        step: self.shared.step.clone(),
                        why: "paused; `seawright data resume` goes on".to_owned(),
                    });
                    sleep(WAIT.1).await;
                }
                Claim::Through | Claim::Ended => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether there is a reason to end that has nothing to do with the rows.
    fn is_over(&self) -> Result<bool, DataError> {
        if self.shared.options.stop.is_asked() {
            self.shared.halt.store(true, Ordering::Relaxed);
            return Err(self.shared.stopped("at your request"));
        }
        let enough = self
            .shared
            .options
            .limit
            .is_some_and(|limit| self.shared.worked.load(Ordering::Relaxed) >= limit);
        Ok(enough || self.shared.halt.load(Ordering::Relaxed))
    }

    /// Does the batches of a range. Where a row does not fit, halves the batch until the row is found.
    async fn range(&mut self, lease: Lease) -> Result<Aside, DataError> {
        let slice = |after: Option<Key>, last: &Key| Slice {
            after,
            last: last.clone(),
            culprit: None,
            whole: false,
        };
        let mut waiting = vec![slice(lease.cursor.clone(), &lease.last)];
        let mut tries = 0;
        while let Some(mut next) = waiting.pop() {
            if self.is_over()? {
                return Ok(Aside::Asked);
            }
            self.shared.gate.pass(self.db).await?;
            let mut limit = self.pace.size();
            if let Some(most) = self.shared.options.limit {
                limit = limit.min(most.saturating_sub(self.shared.worked.load(Ordering::Relaxed)).max(1));
            }
            let clock = Instant::now();
            let transaction = match begin(self.db, &self.shared.options).await {
                Ok(transaction) => transaction,
                Err(error) => {
                    self.stumble(&mut tries, error.into()).await?;
                    waiting.push(next);
                    continue;
                }
            };
            if control(&transaction, self.shared.run).await? != Control::Go {
                transaction.rollback().await?;
                return Ok(Aside::Asked);
            }
            let mut keys = Vec::new();
            let proves = !self.proven && next.culprit.is_none();
            let result = self.shared.attempt(&transaction, &next, limit, &mut keys, proves).await;
            let attempt = match result {
                Ok(attempt) if attempt.again_whole => {
                    transaction.rollback().await?;
                    next.whole = true;
                    waiting.push(next);
                    continue;
                }
                Ok(attempt) => attempt,
                Err(error) => {
                    transaction.rollback().await?;
                    self.shared.attempted.fetch_add(1, Ordering::Relaxed);
                    match fault::of(&error) {
                        Fault::Row if keys.len() > 1 && next.culprit.is_none() => {
                            let middle = keys.swap_remove(keys.len() / 2 - 1);
                            waiting.push(slice(Some(middle.clone()), &next.last));
                            waiting.push(slice(next.after, &middle));
                        }
                        Fault::Row if next.culprit.is_none() && !keys.is_empty() => {
                            let only = keys.swap_remove(0);
                            if only != next.last {
                                waiting.push(slice(Some(only.clone()), &next.last));
                            }
                            waiting.push(Slice {
                                culprit: Some(error.to_string()),
                                whole: true,
                                ..slice(next.after, &only)
                            });
                        }
                        Fault::Moment => {
                            self.stumble(&mut tries, error).await?;
                            waiting.push(next);
                        }
                        _ => return Err(error),
                    }
                    continue;
                }
            };
            let number = attempt.keys.len() as u64;
            let is_through = number < limit;
            let is_last = is_through && waiting.is_empty();
            let cursor = match attempt.keys.last() {
                Some(last) if !is_through => last.clone(),
                _ => next.last.clone(),
            };
            if !self
                .leases
                .advance(&transaction, lease.number, &cursor, number, is_last)
                .await?
            {
                transaction.rollback().await?;
                return Ok(Aside::Lost);
            }
            if let Err(error) = transaction.commit().await {
                let error = DataError::from(error);
                if fault::of(&error) != Fault::Moment {
                    return Err(error);
                }
                self.stumble(&mut tries, error).await?;
                waiting.push(next);
                continue;
            }
            tries = 0;
            self.proven = self.proven || number > 0;
            self.settled(number, attempt.quarantined, attempt.events, clock.elapsed())
                .await?;
            if !is_through {
                next.after = Some(cursor);
                next.culprit = None;
                waiting.push(next);
            }
        }
        Ok(Aside::Done)
    }

    /// What a committed batch changes outside the database.
    async fn settled(
        &mut self,
        number: u64,
        quarantined: u64,
        events: Vec<Event>,
        took: Duration,
    ) -> Result<(), DataError> {
        let shared = self.shared;
        self.pace.succeeded(number, took);
        shared.attempted.fetch_add(1, Ordering::Relaxed);
        let worked = shared.worked.fetch_add(number, Ordering::Relaxed) + number;
        if quarantined > 0 {
            shared.set_quarantine();
        }
        let lost = shared.quarantined.fetch_add(quarantined, Ordering::Relaxed) + quarantined;
        for event in &events {
            tell(event);
        }
        if number > 0 {
            tell(&Event::Batch {
                step: shared.step.clone(),
                done: shared.before + worked,
                total: shared.total.max(shared.before + worked),
                rows: number,
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            });
        }
        if lost > 1000 && lost > worked / 2 && !shared.migration.looks_for_faults() {
            return Err(DataError::Failed(format!(
                "`{}` puts more than half of its rows into quarantine ({lost} of {worked}); that is a fault of the migration rather than of the rows. \
                 What is done is kept; mend the migration, then run it again",
                shared.step
            )));
        }
        shared.gate.spent(number).await;
        Ok(())
    }

    /// A batch failed because of the moment: the next is smaller and comes a little later. Too often, and the run ends.
    async fn stumble(&mut self, tries: &mut u32, error: DataError) -> Result<(), DataError> {
        let shared = self.shared;
        *tries += 1;
        self.pace.failed();
        let failed = shared.failed.fetch_add(1, Ordering::Relaxed) + 1;
        let attempted = shared.attempted.load(Ordering::Relaxed).max(failed);
        tell(&Event::Retried {
            step: shared.step.clone(),
            reason: error.to_string(),
        });
        if *tries > TRIES {
            return Err(error);
        }
        if attempted >= 50 && failed > attempted / 2 {
            return Err(DataError::Failed(format!(
                "more than half of the batches of `{}` fail ({failed} of {attempted}), the last of them because: {error}. \
                 {} are done; run it again when the database is less busy",
                shared.step,
                rows(shared.worked.load(Ordering::Relaxed))
            )));
        }
        sleep(jitter(WAIT.0 * 2_u32.pow((*tries).min(6)))).await;
        Ok(())
    }
}

/// Between half of a wait and all of it, so that workers that met do not meet again.
fn jitter(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + fastrand::f64() / 2.0)
}

//! Having the database know that the history is right as it is now.

use sea_orm::TransactionTrait as _;
use serde::Serialize;

use super::{Result, Runner, Status, ledger, problems::Problem, run_lock::RunLock, tracking};

/// What is, or would be, put right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// What can be put right by the database's knowing better: steps that were renamed or changed.
    pub repaired: Vec<Problem>,
    /// Steps whose files only look different.
    pub rewritten: Vec<String>,
    /// What only the history's authors can put right.
    pub left: Vec<Problem>,
    /// Whether nothing was written.
    pub dry_run: bool,
}

impl Repair {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.repaired.is_empty() && self.rewritten.is_empty()
    }

    fn of(status: Status, dry_run: bool) -> Self {
        let (repaired, left) = status
            .problems
            .into_iter()
            .partition(|problem| matches!(problem, Problem::Renamed { .. } | Problem::Edited { .. }));
        let rewritten = status.remarks.into_iter().filter_map(|remark| match remark {
            super::Remark::Rewritten { step } => Some(step),
            _ => None,
        });
        Self {
            repaired,
            rewritten: rewritten.collect(),
            left,
            dry_run,
        }
    }
}

/// Records steps under their new names and with what they do now. It changes only what the database remembers, never its
/// schema. With `dry_run` it only tells.
///
/// # Errors
/// What the database says; another run's lock.
pub async fn repair(runner: &Runner<'_>, dry_run: bool) -> Result<Repair> {
    if dry_run {
        return Ok(Repair::of(runner.status().await?, true));
    }
    let _lock = RunLock::take(runner.db(), "history repair").await?;
    let repair = Repair::of(runner.status().await?, false);
    if repair.is_empty() {
        return Ok(repair);
    }
    ledger::install(runner.db()).await?;
    let transaction = runner.db().begin().await?;
    let known = |name: &str| runner.known().iter().find(|step| step.name() == name);
    for problem in &repair.repaired {
        let (old, now) = match problem {
            Problem::Renamed { step, now } => (Some(step), now),
            Problem::Edited { step, .. } => (None, step),
            _ => continue,
        };
        let Some(step) = known(now) else { continue };
        if let Some(old) = old {
            tracking::rename(&transaction, runner.table(), old, now).await?;
            ledger::delete(&transaction, old).await?;
        }
        ledger::record(&transaction, now, &step.digests).await?;
    }
    for name in &repair.rewritten {
        if let Some(step) = known(name) {
            ledger::record(&transaction, name, &step.digests).await?;
        }
    }
    transaction.commit().await?;
    Ok(repair)
}

//! Taking over a database that other means built.

use sea_orm::{DatabaseConnection, TransactionTrait as _};
use serde::Serialize;

use super::{
    Error, History, Result, Runner,
    compare::differences,
    counts::{self, Count},
    run_lock::RunLock,
    shadow::replay,
    tracking,
};
use crate::{data::ledger, introspect::introspect};

/// What was found and recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adoption {
    /// The step after which the history leads to just this schema.
    pub after: String,
    /// The steps that the database is now known to have.
    pub recorded: Vec<String>,
    /// The tables, each as expected in every column, key and index, and their rows.
    pub counts: Vec<Count>,
    /// Whether nothing was written.
    pub dry_run: bool,
}

/// Compares a database with every point of the history and, where one is just this schema, records the steps up to it
/// as applied. With `dry_run` it only compares.
///
/// # Errors
/// [`Error::Differs`] with every difference from the nearest point; [`Error::NothingToAdopt`] for an empty database;
/// [`Error::Usage`] for one that has a history already. Nothing is written then.
pub async fn adopt(db: &DatabaseConnection, url: &str, history: History, dry_run: bool) -> Result<Adoption> {
    let runner = Runner::new(db, history)?;
    let _lock = if dry_run {
        None
    } else {
        Some(RunLock::take(db, "adopt").await?)
    };
    let status = runner.status().await?;
    if let Some(last) = status.steps.iter().rev().find(|step| step.applied_at.is_some()) {
        return Err(Error::Usage(format!(
            "this database has a history already, up to `{}`: there is nothing to adopt",
            last.name
        )));
    }
    if status.unknown_tables.is_empty() {
        return Err(Error::NothingToAdopt);
    }
    let found = introspect(db).await?;
    let points = replay(db, url, history).await?;
    let compared: Vec<(String, Vec<super::Difference>)> = points
        .into_iter()
        .map(|(step, expected)| (step, differences(&expected, &found)))
        .collect();
    let matching = compared.iter().rev().find(|(_, differences)| differences.is_empty());
    let Some((after, _)) = matching else {
        let nearest = compared.into_iter().min_by_key(|(_, differences)| differences.len());
        let (nearest, differences) = nearest.unwrap_or_default();
        return Err(Error::Differs { nearest, differences });
    };
    let recorded: Vec<String> = {
        let names = runner.names();
        let last = names.iter().position(|name| name == after).unwrap_or(0);
        names[..=last].iter().map(|name| (*name).to_owned()).collect()
    };
    let counted = counts::count(db, &status.unknown_tables).await?;
    let counts = counts::compare(&counted, &counted);
    if !dry_run {
        ledger::install(db).await?;
        super::ledger::install(db).await?;
        let transaction = db.begin().await?;
        tracking::install(&transaction, runner.table()).await?;
        for name in &recorded {
            tracking::insert(&transaction, runner.table(), name).await?;
            if let Some(step) = runner.known().iter().find(|step| step.name() == name) {
                super::ledger::record(&transaction, name, &step.digests).await?;
            }
        }
        counts::store(&transaction, "adopt", crate::data::run_number(), &counts).await?;
        transaction.commit().await?;
    }
    Ok(Adoption {
        after: after.clone(),
        recorded,
        counts,
        dry_run,
    })
}

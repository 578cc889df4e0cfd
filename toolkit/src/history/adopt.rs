//! Taking over a database that other means built.

use sea_orm::{DatabaseConnection, TransactionTrait as _};
use serde::Serialize;

use super::{
    Error, ForeignHistory, History, Result, Runner, Survey,
    compare::own_differences,
    counts::{self, Count},
    foreign, report,
    run_lock::RunLock,
    tracking,
};
use crate::data::ledger;

/// What was found and recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adoption {
    /// The step after which the history leads to just this schema.
    pub after: String,
    /// The steps that the database is now known to have.
    pub recorded: Vec<String>,
    /// How many objects were held against the point, all as expected: tables, columns, keys, checks, indexes.
    pub objects: usize,
    /// The books of other tools; they are left as they are.
    pub foreign: Vec<ForeignHistory>,
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
    adopt_with(db, url, None, history, dry_run).await
}

/// The same with an empty database to replay the history in, see [`Shadow::open`](super::Shadow::open).
///
/// # Errors
/// As [`adopt`].
pub async fn adopt_with(
    db: &DatabaseConnection,
    url: &str,
    shadow: Option<&str>,
    history: History,
    dry_run: bool,
) -> Result<Adoption> {
    let runner = Runner::new(db, history)?;
    let _lock = if dry_run {
        None
    } else {
        Some(RunLock::take(db, "adopt").await?)
    };
    let survey = Survey::take(db, url, shadow, history).await?;
    let found = &survey.found;
    let foreign = foreign::histories(db).await?;
    let matching = survey
        .points
        .iter()
        .rev()
        .find(|(_, expected)| own_differences(expected, found).is_empty());
    let Some((after, expected)) = matching else {
        let Some((nearest, expected)) = survey.nearest()? else {
            return Err(Error::NothingToAdopt);
        };
        return Err(Error::Differs {
            nearest: nearest.clone(),
            differences: own_differences(expected, found),
            report: Box::new(report::compare(expected, found)),
            foreign,
        });
    };
    let recorded: Vec<String> = {
        let names = runner.names();
        let last = names.iter().position(|name| name == after).unwrap_or(0);
        names[..=last].iter().map(|name| (*name).to_owned()).collect()
    };
    let tables: Vec<String> = found.tables.iter().map(|table| table.name.clone()).collect();
    let counted = counts::count(db, &tables).await?;
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
        objects: report::compare(expected, found).as_expected,
        foreign,
        counts,
        dry_run,
    })
}

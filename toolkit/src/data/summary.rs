//! What a run did.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::Outcome;
use crate::ddl::quote_text;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The step.
    pub step: String,
    /// The table that it reads.
    pub source: String,
    /// Rows that were worked on in this run, by this process.
    pub worked: u64,
    /// Rows that live on elsewhere, over all runs.
    pub migrated: u64,
    /// Rows kept whole without a successor, over all runs.
    pub archived: u64,
    /// Rows kept whole because they could not be migrated, over all runs, and not resolved.
    pub quarantined: u64,
    /// Rows that could not be migrated and that a person has accepted as they are.
    pub accepted: u64,
    /// Rows that a person should look at.
    pub noted: u64,
}

impl Summary {
    /// Fills in what the ledger says became of the step's rows.
    pub(crate) async fn count<C: ConnectionTrait>(&mut self, db: &C) -> Result<(), DbErr> {
        let step = quote_text(&self.step);
        let backend = db.get_database_backend();
        let sql =
            format!("SELECT outcome, count(*) AS count FROM seawright_data_rows WHERE step = {step} GROUP BY outcome");
        for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
            let number: i64 = row.try_get("", "count")?;
            let number = u64::try_from(number).unwrap_or(0);
            match row.try_get::<Outcome>("", "outcome")? {
                Outcome::Migrated => self.migrated = number,
                Outcome::Archived => self.archived = number,
                Outcome::Quarantined => self.quarantined = number,
                Outcome::Accepted => self.accepted = number,
            }
        }
        let sql = format!("SELECT count(*) AS count FROM seawright_data_notes WHERE step = {step}");
        if let Some(row) = db.query_one_raw(Statement::from_string(backend, sql)).await? {
            let number: i64 = row.try_get("", "count")?;
            self.noted = u64::try_from(number).unwrap_or(0);
        }
        Ok(())
    }
}

//! Flows: what the database is for, done on it and taken back.
//!
//! A check looks at rows. A flow uses them as the program does: it makes rows through the program's own rules, follows them
//! to their end, and says at each step what it saw. Each flow has a transaction of its own, which is rolled back whatever
//! comes of it; the tables are summed up before the first and after the last.

mod sums;

use std::{
    fmt,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _,
};

use super::{Answer, Found, Outcome, Row, Verification};
use crate::history::Result;

/// How long a flow waits for a row that somebody else has locked.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// The check that the flows have left nothing behind.
pub const NOTHING_STAYS: &str = "flows:nothing-stays";

/// What went wrong in a flow.
pub type FlowError = Box<dyn std::error::Error + Send + Sync>;

/// Something that the database is for.
#[async_trait]
pub trait Flow: Send + Sync {
    /// Its name, `flows:what`, in small letters.
    fn name(&self) -> &'static str;

    /// What it claims.
    fn claim(&self) -> &'static str;

    /// Does it, in a transaction that will be rolled back. It commits nothing and uses no other connection.
    ///
    /// # Errors
    /// Whatever keeps it from its end. No message may hold a secret.
    async fn run(&self, db: &DatabaseTransaction, seen: &mut Seen) -> Result<(), FlowError>;
}

impl fmt::Debug for dyn Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Flow").field(&self.name()).finish()
    }
}

/// What a flow has seen so far, a line a step.
#[derive(Debug, Default)]
pub struct Seen {
    steps: Vec<String>,
}

impl Seen {
    /// Writes down a step that went as it should.
    pub fn step(&mut self, what: impl Into<String>) {
        self.steps.push(what.into());
    }

    /// Writes down a step that went as it should if `holds`.
    ///
    /// # Errors
    /// The step did not; `otherwise` says how it went.
    pub fn must(
        &mut self,
        holds: bool,
        what: impl Into<String>,
        otherwise: impl FnOnce() -> String,
    ) -> Result<(), FlowError> {
        if !holds {
            return Err(format!("it is not so that {}: {}", what.into(), otherwise()).into());
        }
        self.step(what);
        Ok(())
    }
}

/// Runs the flows one after the other, each in a transaction that is rolled back, and adds what came of them.
///
/// The last answer is about what stayed behind: every table is summed up before and after. Somebody else who writes
/// meanwhile makes it fail too.
///
/// # Errors
/// Where no transaction can be had, or a table can't be read. What goes wrong within a flow is its answer.
pub async fn run_flows(
    db: &DatabaseConnection,
    flows: &[Box<dyn Flow>],
    asks_what_stays: bool,
    timeout: Duration,
    verification: &mut Verification,
) -> Result<()> {
    let begun = Instant::now();
    let before = if asks_what_stays {
        Some(sums::of(db).await?)
    } else {
        None
    };
    let mut ends = Vec::new();
    for flow in flows {
        let (answer, end) = run(db, flow.as_ref(), timeout).await?;
        verification.add(answer);
        ends.extend(end);
    }
    if let Some(before) = before {
        let after = sums::of(db).await?;
        let mut found = sums::differences(&before, &after);
        found.note = (!ends.is_empty()).then(|| format!("PostgreSQL calls their transactions {}", ends.join(", ")));
        verification.add(answer_of(
            NOTHING_STAYS,
            "every table is after the flows what it was before them",
            found,
            begun,
            Some(
                "somebody who writes meanwhile makes the tables differ too: run it again when nobody does, or leave it out with --except flows:nothing-stays",
            ),
        ));
    }
    Ok(())
}

async fn run(db: &DatabaseConnection, flow: &dyn Flow, timeout: Duration) -> Result<(Answer, Option<String>)> {
    let begun = Instant::now();
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = db.begin_with_options(options).await?;
    let is_postgres = db.get_database_backend() == DbBackend::Postgres;
    let mut number = None;
    if is_postgres {
        transaction
            .execute_unprepared(&format!(
                "SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
                timeout.as_millis(),
                LOCK_TIMEOUT.as_millis()
            ))
            .await?;
        number = Some(one::<i64>(&transaction, "SELECT txid_current()").await?);
    }
    let mut seen = Seen::default();
    let mut outcome = flow.run(&transaction, &mut seen).await;
    if outcome.is_ok() && is_postgres {
        // What is put off to the commit, which there won't be, is looked at now.
        let deferred = transaction.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE").await;
        outcome = deferred.map(drop).map_err(FlowError::from);
    }
    transaction.rollback().await?;
    let end = match number {
        Some(number) => Some(one(db, &format!("SELECT txid_status({number})")).await?),
        None => None,
    };
    let mut found = Found::default();
    if let Err(error) = outcome {
        found.add(Row::new("step", seen.steps.len() + 1).because(whole(error.as_ref())));
    }
    found.looked_at = seen.steps.len() as u64;
    found.steps = seen.steps;
    Ok((answer_of(flow.name(), flow.claim(), found, begun, None), end))
}

async fn one<T: sea_orm::TryGetable>(db: &impl sea_orm::ConnectionTrait, sql: &str) -> Result<T, DbErr> {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    row.ok_or_else(|| DbErr::RecordNotFound(sql.to_owned()))?
        .try_get_by_index(0)
}

/// An error with what led to it, without repeating itself.
fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text += &format!(": {more}");
        }
        cause = error.source();
    }
    text
}

fn answer_of(name: &str, claim: &str, found: Found, begun: Instant, help: Option<&str>) -> Answer {
    Answer {
        name: name.to_owned(),
        claim: claim.to_owned(),
        outcome: if found.total == 0 {
            Outcome::Holds
        } else {
            Outcome::Fails
        },
        found,
        error: None,
        help: help.map(str::to_owned),
        milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

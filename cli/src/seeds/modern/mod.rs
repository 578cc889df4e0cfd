//! Cronium's database as it is after the migration: made by the migrations themselves, so that the history is recorded, and
//! filled by the factories of the entities.

mod limits;
mod runs;
mod things;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use data_migrations::Keys;
use entity::{
    factories::{factory, sealed},
    vault::{VAULT_KEY, Vault},
};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait as _,
    prelude::DateTime,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};
use seawright::{
    history::{History, Runner},
    seed::{Factory, SeedError, SeedOptions, SeedProfile, Seeded},
};

use super::legacy::require_empty;

/// The rows of a unit are some hundreds, and all of them are in memory at a time.
const MAX_SCALE: u32 = 10_000;

/// The first moment of the rows; everything happens in the days after it.
const START: DateTime = match NaiveDate::from_ymd_opt(2026, 11, 2) {
    Some(day) => match day.and_hms_opt(8, 0, 0) {
        Some(start) => start,
        None => DateTime::MIN,
    },
    None => DateTime::MIN,
};

/// Makes a database with rows in all 36 tables, migrated, its secrets sealed with the key of the environment.
#[derive(Clone, Copy, Debug)]
pub struct Modern(History);

impl Modern {
    /// By that history.
    pub fn by(history: History) -> Self {
        Self(history)
    }
}

/// Makes a small one of them, of people with names.
#[derive(Clone, Copy, Debug)]
pub struct Demo(History);

impl Demo {
    /// By that history.
    pub fn by(history: History) -> Self {
        Self(history)
    }
}

#[async_trait]
impl SeedProfile for Modern {
    fn name(&self) -> &'static str {
        "modern"
    }

    fn about(&self) -> &'static str {
        "The 36 tables after the migration, all of them filled; needs CRONIUM_VAULT_KEY, which seals the secrets."
    }

    fn missing(&self) -> Option<String> {
        missing_key()
    }

    async fn seed(&self, db: &DatabaseConnection, options: SeedOptions) -> Result<Seeded, DbErr> {
        seed(self.0, db, options, false).await
    }
}

#[async_trait]
impl SeedProfile for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn about(&self) -> &'static str {
        "A small team's database, to look at and to try things on; needs CRONIUM_VAULT_KEY as well."
    }

    fn missing(&self) -> Option<String> {
        missing_key()
    }

    async fn seed(&self, db: &DatabaseConnection, options: SeedOptions) -> Result<Seeded, DbErr> {
        if options.scale != 1 {
            return Err(DbErr::Custom(
                "the demo has one size: leave --scale out, or take the profile `modern`".into(),
            ));
        }
        seed(self.0, db, options, true).await
    }
}

/// The key that is not there; one that cannot be read is a mistake, which making the database says.
fn missing_key() -> Option<String> {
    let is_missing = Keys::environment().vault().is_ok_and(|vault| vault.current().is_none());
    is_missing.then(|| format!("{VAULT_KEY}, which seals the secrets"))
}

async fn seed(
    history: History,
    db: &DatabaseConnection,
    options: SeedOptions,
    has_names: bool,
) -> Result<Seeded, DbErr> {
    if !(1..=MAX_SCALE).contains(&options.scale) {
        return Err(DbErr::Custom(format!(
            "the scale {} is out of range: give a number from 1 to {MAX_SCALE}",
            options.scale
        )));
    }
    let told = |error: &dyn std::fmt::Display| DbErr::Custom(error.to_string());
    // Asked before anything is made: without a key nothing could be sealed.
    let vault: Arc<Vault> = Keys::environment().vault().map_err(|error| told(&error))?;
    if vault.current().is_none() {
        return Err(DbErr::Custom(format!(
            "there is no key to seal the secrets with: set {VAULT_KEY}"
        )));
    }
    let runner = Runner::new(db, history).map_err(|error| told(&error))?;
    if let Err(refusal) = require_empty(db).await
        && !is_left_over(&runner, db).await
    {
        return Err(refusal);
    }
    runner.up(None, None).await.map_err(|error| told(&error))?;

    let tx = db.begin().await?;
    let mut filling = Filling {
        tx: &tx,
        make: sealed(factory(options.rng).at(START), &vault),
        units: options.scale as usize,
        has_names,
    };
    filling.fill().await?;
    let seeded = count(&tx).await?;
    tx.commit().await?;
    Ok(seeded)
}

/// Whether an earlier run came as far as the tables and no further: they are at the end of the history, and hold nothing but
/// the templates that the history itself makes.
async fn is_left_over(runner: &Runner<'_>, db: &DatabaseConnection) -> bool {
    let is_migrated = runner.status().await.is_ok_and(|status| status.pending() == 0);
    let Ok(tx) = db.begin().await else { return false };
    is_migrated
        && count(&tx).await.is_ok_and(|seeded| {
            let mut filled = seeded.tables.iter().filter(|(_, rows)| *rows > 0);
            filled.all(|(table, _)| table == "tool_action_templates")
        })
}

/// What the rows are made with.
struct Filling<'db> {
    tx: &'db DatabaseTransaction,
    make: Factory,
    units: usize,
    has_names: bool,
}

impl Filling<'_> {
    async fn fill(&mut self) -> Result<(), SeedError> {
        let people = self.people().await?;
        self.limits(&people).await?;
        let things = self.things(&people).await?;
        self.runs(&things).await?;
        self.workflows(&people, &things).await?;
        self.webhooks(&people, &things).await
    }
}

/// The rows of all tables, whoever made them.
async fn count(tx: &DatabaseTransaction) -> Result<Seeded, DbErr> {
    let schema = entity::schema()
        .schema()
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    let mut seeded = Seeded::default();
    for table in &schema.tables {
        let mut query = Query::select();
        query
            .expr(Expr::cust("count(*)").cast_as(Alias::new("bigint")))
            .from(Alias::new(&table.name));
        let row = tx.query_one(&query).await?;
        let rows: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        seeded
            .tables
            .push((table.name.clone(), u64::try_from(rows).unwrap_or(0)));
    }
    Ok(seeded)
}

/// The n-th of them, over and over again.
fn cycle<T>(of: &[T], n: usize) -> &T {
    &of[n % of.len()]
}

/// A row's number as a column has it.
fn number(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

//! Cronium's database as it was before its migration of July 2025: the 22 tables, and rows with the habits and the
//! defects of the real ones.

mod actions;
mod events;
mod logs;
mod people;
mod random;
mod runs;
mod scripts;
mod settings;
mod sink;
mod templates;
#[cfg(test)]
mod tests;
mod tools;
mod workflows;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, TransactionTrait as _,
    sea_query::{Expr, ExprTrait as _, LikeExpr, Query},
};
use sea_orm_migration::{MigrationTrait, SchemaManager};
use seawright::seed::{SeedOptions, SeedProfile, Seeded};

use self::sink::Sink;

/// The identifiers are 32-bit numbers: with this scale the logs, the longest table, still have enough of them.
const MAX_SCALE: u32 = 1_000_000;

/// Makes a legacy database of Cronium, as its application had built and filled it by July 2025.
///
/// Its tables are made by the baseline migration, but no migration is recorded: it is a database that another tool
/// built, and that has still to be adopted. Works on PostgreSQL and SQLite.
///
/// The same options make the same rows, on every machine and in both databases. With the scale 1 there are 729 logs, 32
/// events, 4 users, 6 workflows, 3 tool credentials and 2 servers, as in the real database; every other scale has that many
/// times as many rows, except for roles, settings and the system's templates, which are always the same.
#[derive(Clone, Copy, Debug)]
pub struct Legacy {
    baseline: fn() -> Box<dyn MigrationTrait>,
}

impl Legacy {
    /// The profile, with the migration that makes the 22 tables.
    pub fn new(baseline: fn() -> Box<dyn MigrationTrait>) -> Self {
        Self { baseline }
    }
}

#[async_trait]
impl SeedProfile for Legacy {
    fn name(&self) -> &'static str {
        "legacy"
    }

    fn about(&self) -> &'static str {
        "Cronium's 22 tables before the migration of July 2025, with rows as odd as the real ones."
    }

    async fn seed(&self, db: &DatabaseConnection, options: SeedOptions) -> Result<Seeded, DbErr> {
        if !(1..=MAX_SCALE).contains(&options.scale) {
            return Err(DbErr::Migration(format!(
                "the scale {} is out of range: give a number from 1 to {MAX_SCALE}",
                options.scale
            )));
        }
        let transaction = db.begin().await?;
        require_empty(&transaction).await?;
        (self.baseline)().up(&SchemaManager::new(&transaction)).await?;
        let seeded = fill(&transaction, options).await?;
        transaction.commit().await?;
        Ok(seeded)
    }
}

/// What every table's rows are made from.
#[derive(Clone, Copy)]
struct Plan {
    /// How many times the usual number of rows.
    units: usize,
    /// The seed.
    rng: u64,
}

/// Refuses a database with tables: its rows could be taken for the ones made here.
pub(super) async fn require_empty<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let mut query = Query::select();
    match db.get_database_backend() {
        DbBackend::Postgres => query
            .expr_as(Expr::col("table_name").cast_as("text"), "name")
            .from(("information_schema", "tables"))
            .and_where(Expr::col("table_schema").eq(Expr::cust("current_schema()"))),
        DbBackend::Sqlite => query
            .column("name")
            .from("sqlite_schema")
            .and_where(Expr::col("type").is_in(["table", "view"]))
            .and_where(Expr::col("name").not_like(LikeExpr::new(r"sqlite\_%").escape('\\'))),
        other => {
            return Err(DbErr::Migration(format!(
                "it can be made on PostgreSQL and SQLite, not on {other:?}"
            )));
        }
    }
    .order_by("name", sea_orm::Order::Asc)
    .limit(4);
    let tables = db
        .query_all(&query)
        .await?
        .iter()
        .map(|row| row.try_get::<String>("", "name"))
        .collect::<Result<Vec<_>, _>>()?;
    let which = match tables.as_slice() {
        [] => return Ok(()),
        [a] => format!("the table {a}"),
        [a, b, c, _, ..] => format!("the tables {a}, {b}, {c} and others"),
        some => format!("the tables {}", some.join(", ")),
    };
    Err(DbErr::Migration(format!(
        "the database is not empty, it has {which}: give the address of a new database, or drop its tables first"
    )))
}

/// Inserts the rows, those that others refer to first.
async fn fill(db: &DatabaseTransaction, options: SeedOptions) -> Result<Seeded, DbErr> {
    let plan = Plan {
        units: options.scale as usize,
        rng: options.rng,
    };
    let mut sink = Sink::new(db).await?;
    settings::insert_roles(&mut sink, plan).await?;
    let users = people::insert_users(&mut sink, plan).await?;
    settings::insert(&mut sink, plan, &users).await?;
    people::insert(&mut sink, plan, &users).await?;
    tools::insert(&mut sink, plan, &users).await?;
    templates::insert(&mut sink, plan, &users).await?;
    let events = events::insert(&mut sink, plan, &users).await?;
    actions::insert(&mut sink, plan, &events).await?;
    let workflows = workflows::insert(&mut sink, plan, &users).await?;
    logs::insert(&mut sink, plan, &users, &events).await?;
    runs::insert(&mut sink, plan, &workflows).await?;
    Ok(sink.into_seeded())
}

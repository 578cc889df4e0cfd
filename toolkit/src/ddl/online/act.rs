//! The statements of an online change: when each is left out because it is done, and how it is sent.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, RuntimeErr, Statement};
use sea_orm_migration::SchemaManagerConnection;

use super::{
    lock::{LockPolicy, WallTime, blockers_of_statement, holders, patiently},
    there::{self, Constraint},
    watching::{in_short, is_given_up, watched},
};
use crate::ddl::{quote, quote_text};

/// Where the statements go.
type Db<'d> = SchemaManagerConnection<'d>;

/// An index that is to be made.
#[derive(Clone, Debug)]
pub(in crate::ddl) struct Shape {
    pub(in crate::ddl) name: String,
    pub(in crate::ddl) table: String,
    pub(in crate::ddl) is_unique: bool,
    /// The statement that makes it.
    pub(in crate::ddl) create: String,
}

/// What makes a statement needless. A catalogue that says nothing makes none needless.
#[derive(Clone, Debug)]
pub(in crate::ddl) enum Unless {
    /// The constraint is there. Another one of its name is an error.
    Constraint(Constraint),
    /// What has the constraint's name is another one.
    Another(Constraint),
    /// The table's constraint has the second name already, and none has the first.
    Renamed(String, String, String),
    /// The table has the column, of the type that the definition says. One of another type is an error.
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// As it is added.
        definition: String,
        /// Whether the default is as it was added.
        with_default: bool,
    },
    /// The table's primary key has that name and those columns.
    PrimaryKey(String, String, Vec<String>),
    /// The column is NOT NULL.
    NotNull(String, String),
    /// The index is there and valid; an invalid one is dropped.
    Index(Shape),
}

/// How strong a statement's lock is.
#[derive(Clone, Debug)]
pub(in crate::ddl) enum Lock {
    /// It keeps writers out while it is held and while it is waited for: those tables are locked for a moment.
    Strong(Vec<String>),
    /// Writers go on, however long it takes or waits.
    Weak,
}

/// A statement of an online change.
#[derive(Clone, Debug)]
pub(in crate::ddl) struct Act {
    pub(in crate::ddl) sql: String,
    pub(in crate::ddl) lock: Lock,
    pub(in crate::ddl) unless: Vec<Unless>,
    /// What takes away what a failure leaves behind: an invalid unique index and an unproven constraint bind new rows.
    pub(in crate::ddl) cleanup: Option<Box<Act>>,
    /// How many rows do not allow it, where that can be asked.
    pub(in crate::ddl) counted: Option<Counted>,
}

/// How rows that do not allow a statement are counted and told.
#[derive(Clone, Debug)]
pub(in crate::ddl) struct Counted {
    pub(in crate::ddl) sql: String,
    /// What stands behind `3 rows of …`.
    pub(in crate::ddl) said: String,
}

impl Counted {
    /// Their number in words; nothing where it can't be had.
    async fn found(&self, db: &Db<'_>) -> String {
        let row = ask(db, self.sql.clone()).await.ok().flatten();
        let number: Option<i64> = row.and_then(|row| row.try_get_by_index(0).ok());
        match number {
            Some(number) if number > 0 => {
                let rows = if number == 1 { "row" } else { "rows" };
                format!("{number} {rows} {}. ", self.said)
            }
            _ => String::new(),
        }
    }
}

/// How long what was left by a statement that was given up is tried to be taken away.
const CLEANING: Duration = Duration::from_secs(10);

impl Act {
    pub(in crate::ddl) fn strong(table: &str, sql: String) -> Self {
        Self {
            sql,
            lock: Lock::Strong(vec![table.to_owned()]),
            unless: Vec::new(),
            cleanup: None,
            counted: None,
        }
    }

    pub(in crate::ddl) fn weak(sql: String) -> Self {
        Self {
            sql,
            lock: Lock::Weak,
            unless: Vec::new(),
            cleanup: None,
            counted: None,
        }
    }

    pub(in crate::ddl) fn unless(mut self, done: Unless) -> Self {
        self.unless.push(done);
        self
    }

    pub(in crate::ddl) fn or_else(mut self, cleanup: Self) -> Self {
        self.cleanup = Some(Box::new(cleanup));
        self
    }

    pub(in crate::ddl) fn counting(mut self, counted: Counted) -> Self {
        self.counted = Some(counted);
        self
    }

    /// What is sent. Several statements in one message are one transaction, so that `SET LOCAL` holds for the second
    /// and for nothing after it, whatever connection of a pool takes it.
    pub(in crate::ddl) fn sent(&self, policy: &LockPolicy) -> String {
        match self.lock {
            Lock::Strong(_) => format!("{}; {}", policy.set_local(), self.sql),
            Lock::Weak => self.sql.clone(),
        }
    }

    fn what(&self) -> String {
        match &self.lock {
            Lock::Strong(tables) => {
                let tables: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
                format!("a change of {}", tables.join(" and "))
            }
            Lock::Weak => in_short(&self.sql),
        }
    }

    async fn is_done(&self, db: &Db<'_>, policy: &LockPolicy) -> Result<bool, DbErr> {
        for done in &self.unless {
            if done.holds(db, policy).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn tried(&self, db: &Db<'_>, policy: &LockPolicy, sql: &str, was_sent: &AtomicBool) -> Result<(), DbErr> {
        if self.is_done(db, policy).await? {
            return Ok(());
        }
        was_sent.store(true, Ordering::Relaxed);
        match self.lock {
            Lock::Strong(_) => db.execute_unprepared(sql).await.map(drop),
            Lock::Weak => send(db, policy, &self.what(), sql).await,
        }
    }

    async fn run(&self, db: &Db<'_>, policy: &LockPolicy, was_sent: &AtomicBool) -> Result<(), DbErr> {
        let sql = &self.sent(policy);
        let attempt = || self.tried(db, policy, sql, was_sent);
        let who = || async move {
            let seen = match &self.lock {
                Lock::Strong(tables) => holders(db, tables, policy.timeout).await,
                Lock::Weak => blockers_of_statement(db, sql).await,
            };
            // Who is in the way is told as far as the role may see it; not to see it is no failure of the change.
            seen.unwrap_or_default()
        };
        patiently(policy, &WallTime::default(), &self.what(), attempt, who).await
    }
}

/// Runs the statements that are still to be run.
pub(in crate::ddl) async fn run(db: &Db<'_>, acts: &[Act]) -> Result<(), DbErr> {
    let policy = LockPolicy::current();
    for act in acts {
        let was_sent = AtomicBool::new(false);
        let Err(error) = act.run(db, &policy, &was_sent).await else {
            continue;
        };
        // What is there under that name and is not ours stays, whatever it is.
        let Some(cleanup) = act.cleanup.as_ref().filter(|_| was_sent.into_inner()) else {
            return Err(error);
        };
        let mut cleaning = policy.clone();
        if is_given_up(&error) {
            // Whoever was in the way of it is likely to be in the way of this, too.
            cleaning.patience = cleaning.patience.min(CLEANING);
            cleaning.longest_wait = cleaning.longest_wait.map(|longest| longest.min(CLEANING));
        }
        let left = match cleanup.run(db, &cleaning, &AtomicBool::new(false)).await {
            Ok(()) => String::new(),
            Err(why) => format!(". What it left could not be taken away ({why}); the next run does it"),
        };
        if is_violation(&error) {
            let counted = match &act.counted {
                Some(counted) => counted.found(db).await,
                None => String::new(),
            };
            return Err(DbErr::Migration(format!(
                "rows that are there do not allow it: {error}. {counted}Mend them and run it again{left}"
            )));
        }
        return Err(match error {
            DbErr::Migration(text) => DbErr::Migration(text + &left),
            error => error,
        });
    }
    Ok(())
}

/// Class 23: rows break a constraint.
fn is_violation(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("23"))
}

/// Sends a statement that may have to wait for others.
async fn send(db: &Db<'_>, policy: &LockPolicy, what: &str, sql: &str) -> Result<(), DbErr> {
    match db {
        SchemaManagerConnection::Connection(db) => watched(db, policy, what, sql).await.map(drop),
        db => db.execute_unprepared(sql).await.map(drop),
    }
}

async fn ask(db: &Db<'_>, sql: String) -> Result<Option<sea_orm::QueryResult>, DbErr> {
    db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await
}

fn class(name: &str) -> String {
    format!("to_regclass({})", quote_text(&quote(name)))
}

impl Unless {
    async fn holds(&self, db: &Db<'_>, policy: &LockPolicy) -> Result<bool, DbErr> {
        match self {
            Self::Constraint(constraint) => constraint.is_there(db).await,
            Self::Another(constraint) => constraint.is_another(db).await,
            Self::Renamed(table, from, to) => there::is_renamed(db, table, from, to).await,
            Self::Column {
                table,
                column,
                definition,
                with_default,
            } => there::is_column(db, table, column, definition, *with_default).await,
            Self::NotNull(table, column) => {
                let sql = format!(
                    "SELECT 1 AS there FROM pg_attribute WHERE attrelid = {} AND attname = {} AND attnotnull",
                    class(table),
                    quote_text(column)
                );
                Ok(ask(db, sql).await?.is_some())
            }
            Self::PrimaryKey(table, name, columns) => {
                let sql = format!(
                    "SELECT c.conname::text AS name, array_agg(a.attname::text ORDER BY k.place) AS columns \
                     FROM pg_constraint AS c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (number, place) \
                     JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number \
                     WHERE c.conrelid = {} AND c.contype = 'p' GROUP BY c.conname",
                    class(table)
                );
                let Some(row) = ask(db, sql).await? else {
                    return Ok(false);
                };
                let (found, of): (String, Vec<String>) = (row.try_get("", "name")?, row.try_get("", "columns")?);
                Ok(found == *name && of == *columns)
            }
            Self::Index(shape) => shape.is_built(db, policy).await,
        }
    }
}

impl Shape {
    /// Whether the index is there and valid. What a cancelled build left is dropped; a build that a lost program began
    /// goes on in the server and is waited for.
    async fn is_built(&self, db: &Db<'_>, policy: &LockPolicy) -> Result<bool, DbErr> {
        let start = tokio::time::Instant::now();
        loop {
            let sql = format!(
                "SELECT i.indisvalid AS is_valid, i.indisunique AS is_unique, c.relname::text AS table_name, \
                 EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) AS is_building, \
                 pg_get_indexdef(i.indexrelid) AS definition FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid \
                 WHERE i.indexrelid = {}",
                class(&self.name)
            );
            let Some(row) = ask(db, sql).await? else {
                return Ok(false);
            };
            if row.try_get("", "is_valid")? {
                let table: String = row.try_get("", "table_name")?;
                let is_unique: bool = row.try_get("", "is_unique")?;
                let is_same = table == self.table && is_unique == self.is_unique;
                if is_same && there::is_index(db, &table, &self.name, &self.create).await? {
                    return Ok(true);
                }
                let definition: String = row.try_get("", "definition")?;
                return Err(DbErr::Migration(format!(
                    "an index `{}` is there already and is another one: {definition}. Drop it or give it another name, then run \
                     this again",
                    self.name
                )));
            }
            if !row.try_get("", "is_building")? {
                let drop = drop_index(&self.name);
                send(db, policy, &in_short(&drop), &drop).await?;
                return Ok(false);
            }
            if start.elapsed() > policy.patience {
                return Err(DbErr::Migration(format!(
                    "the index `{}` is still being built by another process of the server; run this again when it is done",
                    self.name
                )));
            }
            tokio::time::sleep(Duration::from_secs(1).min(policy.longest_pause)).await;
        }
    }
}

pub(in crate::ddl) fn drop_index(name: &str) -> String {
    format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote(name))
}

//! SQLite's rebuild of a table.
//!
//! The order of steps is the one that SQLite's manual gives for changes that ALTER TABLE cannot make
//! (<https://sqlite.org/lang_altertable.html#otheralter>): new table, copy, drop, rename, indexes and triggers, check.
//!
//! A migration says what the table is to be; what it is stands in the database. So a rebuild reads the table first,
//! makes the change to what is there ([`merge`]), and keeps everything else: what was added by hand, the numbers of the
//! rows, the triggers. Where no database is at hand (a dry run, a printed script), the migration's word stands for it.

mod build;
mod definition;
mod live;
mod merge;
mod read;

pub(in crate::ddl) use build::refused_where;
pub(crate) use build::{Build, Rebuilt};

use sea_orm::{
    ConnectionTrait, DbErr,
    sea_query::{IndexCreateStatement, SqliteQueryBuilder, TableCreateStatement},
};

use super::{Unfit, alter_table::Step, quote, quote_text};
use live::ask;

/// A table as it is after a change, for SQLite to build anew.
#[derive(Clone, Debug)]
pub struct Rebuild {
    table: TableCreateStatement,
    indexes: Vec<(String, String)>,
    added: Vec<String>,
    proofs: Vec<Proof>,
    conversions: Vec<(String, String)>,
}

/// What must hold of the rows before a table is built anew.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    /// What is wrong with the rows that do not fit, in words.
    pub what: String,
    /// True for the rows of the old table that do not fit.
    pub unfit: String,
}

impl Rebuild {
    /// The table as it is afterwards.
    pub fn new(table: &mut TableCreateStatement) -> Self {
        Self {
            table: table.take(),
            indexes: Vec::new(),
            added: Vec::new(),
            proofs: Vec::new(),
            conversions: Vec::new(),
        }
    }

    /// One of its indexes.
    #[must_use]
    pub fn index(mut self, index: &mut IndexCreateStatement) -> Self {
        let index = index.take();
        let name = super::plain_name(index.get_index_spec().get_name().unwrap_or_default());
        self.indexes.push((name, index.to_string(SqliteQueryBuilder)));
        self
    }

    /// One of its indexes over expressions, for which sea-query has no builder.
    #[must_use]
    pub fn index_sql(mut self, name: &str, sql: &str) -> Self {
        self.indexes.push((name.to_owned(), sql.to_owned()));
        self
    }

    /// The columns that are new: all others are copied.
    #[must_use]
    pub fn added<C: sea_orm::sea_query::IntoIden>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.added.extend(columns.into_iter().map(super::name_of));
        self
    }

    /// Refuses where the table has rows for which `unfit` is true; `what` says in words what is wrong with them. It is asked
    /// before anything is changed.
    #[must_use]
    pub fn refuse_where(mut self, what: &str, unfit: &str) -> Self {
        self.proofs.push(Proof {
            what: what.to_owned(),
            unfit: unfit.to_owned(),
        });
        self
    }

    /// Copies the value of an expression over the old row into a column, and not the column as it is.
    #[must_use]
    pub fn convert(mut self, column: impl sea_orm::sea_query::IntoIden, sql: &str) -> Self {
        self.conversions.push((super::name_of(column), sql.to_owned()));
        self
    }

    /// What is to be sent, as far as it can be told without the table. `fills` are new columns with what rows that are
    /// there get.
    pub(super) fn expected(&self, table: &str, fills: &[(String, String)]) -> Build {
        Build::expected(self, table, fills)
    }

    /// What is to be sent to that database.
    ///
    /// # Errors
    /// That the table is not what the change starts from.
    pub(super) async fn over<C: ConnectionTrait>(
        &self,
        connection: &C,
        table: &str,
        steps: &[Step],
        fills: &[(String, String)],
    ) -> Result<Build, DbErr> {
        match live::read(connection, table).await? {
            Some(live) => Build::over(self, &live, table, steps, fills),
            None => Err(missing(table)),
        }
    }

    pub(super) async fn execute<C: ConnectionTrait>(
        &self,
        connection: &C,
        table: &str,
        steps: &[Step],
        fills: &[(String, String)],
    ) -> Result<(), DbErr> {
        let enforced = live::enforces_keys(connection).await?;
        if enforced == Some(true) {
            refuse_to_cascade(connection, table).await?;
        }
        let there = live::read(connection, table).await?;
        let build = match (&there, enforced) {
            (Some(live), _) => Build::over(self, live, table, steps, fills)?,
            (None, Some(_)) => return Err(missing(table)),
            // Nobody is there to be asked.
            (None, None) => Build::expected(self, table, fills),
        };
        for proof in &self.proofs {
            let unfit = Unfit::rows(&proof.what).on_sqlite(&proof.unfit);
            unfit.refuse(connection, &build.table).await?;
        }
        let dropped: Vec<&str> = build.dropped.iter().map(String::as_str).collect();
        let readers = if dropped.is_empty() || there.is_none() {
            Vec::new()
        } else {
            live::readers(connection, table).await?
        };
        for sql in build.statements() {
            if let Err(error) = connection.execute_unprepared(&sql).await {
                // A setting is the connection's and is not rolled back.
                connection.execute_unprepared("PRAGMA legacy_alter_table = OFF").await?;
                return Err(error);
            }
        }
        for reader in readers {
            reader.outlives(connection, table, &dropped).await?;
        }
        refers_to_nothing(connection, &build.table).await
    }
}

fn missing(table: &str) -> DbErr {
    DbErr::Migration(format!(
        "there is no table `{table}`, which the change starts from; nothing was changed"
    ))
}

async fn refers_to_nothing<C: ConnectionTrait>(connection: &C, table: &str) -> Result<(), DbErr> {
    let broken = ask(connection, &format!("PRAGMA foreign_key_check({})", quote(table))).await?;
    if broken.is_empty() {
        return Ok(());
    }
    let who = if broken.len() == 1 {
        format!("1 row of `{table}` refers to a row that is not there")
    } else {
        format!("{} rows of `{table}` refer to rows that are not there", broken.len())
    };
    Err(DbErr::Migration(format!(
        "{who}; nothing was changed. Find them with `PRAGMA foreign_key_check({})`",
        quote(table)
    )))
}

/// While foreign keys are enforced, DROP TABLE deletes the rows first and so fires ON DELETE of every table that refers
/// to this one (<https://sqlite.org/foreignkeys.html#fk_schemacommands>); inside a transaction they can't be switched off.
async fn refuse_to_cascade<C: ConnectionTrait>(connection: &C, table: &str) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT m.name AS name FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f \
         WHERE m.type = 'table' AND lower(f.\"table\") = lower({0}) AND lower(m.name) <> lower({0})",
        quote_text(table)
    );
    match ask(connection, &sql).await?.first() {
        None => Ok(()),
        Some(row) => {
            let referring: String = row.try_get("", "name")?;
            Err(DbErr::Migration(format!(
                "SQLite has to rebuild `{table}`, to which `{referring}` refers, and cannot do so while foreign keys are enforced; \
                 run it with `seawright up`, with `sea-orm-cli migrate up`, or in a program with `seawright::history::up`"
            )))
        }
    }
}

//! SQLite's rebuild of a table.
//!
//! The order of steps is the one that SQLite's manual gives for changes that ALTER TABLE cannot make
//! (<https://sqlite.org/lang_altertable.html#otheralter>): new table, copy, drop, rename, indexes and triggers, check.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement,
    sea_query::{IndexCreateStatement, SqliteQueryBuilder, TableCreateStatement},
};

use super::{quote, quote_list, quote_text};

/// A table as it is after a change, for SQLite to build anew.
#[derive(Clone, Debug)]
pub struct Rebuild {
    table: TableCreateStatement,
    indexes: Vec<(String, String)>,
    added: Vec<String>,
    converted: Vec<(String, String)>,
    proofs: Vec<(String, String)>,
}

impl Rebuild {
    /// The table as it is afterwards.
    pub fn new(table: &mut TableCreateStatement) -> Self {
        Self {
            table: table.take(),
            indexes: Vec::new(),
            added: Vec::new(),
            converted: Vec::new(),
            proofs: Vec::new(),
        }
    }

    /// One of its indexes.
    #[must_use]
    pub fn index(mut self, index: &mut IndexCreateStatement) -> Self {
        let index = index.take();
        let name = index.get_index_spec().get_name().unwrap_or_default().to_owned();
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

    /// What the values of a column become: SQL over the old table.
    pub(super) fn converted(mut self, column: String, sql: String) -> Self {
        self.converted.push((column, sql));
        self
    }

    /// What must be true of no row of the old table, in words and as a condition.
    pub(super) fn proving(mut self, what: String, condition: String) -> Self {
        self.proofs.push((what, condition));
        self
    }

    /// The SQL, in order. `fills` are new columns with what rows that are there get; `others` are the statements of
    /// indexes and triggers that are no part of the description and come back as they were.
    pub(super) fn statements(&self, table: &str, fills: &[(String, String)], others: &[String]) -> Vec<String> {
        let new = format!("seawright_new_{table}");
        let mut create = self.table.clone();
        create.table(new.clone());
        // A computed column takes no value.
        let columns: Vec<String> = self
            .table
            .get_columns()
            .iter()
            .filter(|column| column.get_column_spec().generated.is_none())
            .map(sea_orm::sea_query::ColumnDef::get_column_name)
            .collect();
        let kept: Vec<String> = columns
            .into_iter()
            .filter(|column| !self.added.contains(column))
            .collect();
        let into = quote_list(kept.iter().chain(fills.iter().map(|(column, _)| column)));
        let from = kept
            .iter()
            .map(|column| {
                let converted = self.converted.iter().find(|(own, _)| own == column);
                converted.map_or_else(|| quote(column), |(_, sql)| sql.clone())
            })
            .chain(fills.iter().map(|(_, fill)| fill.clone()))
            .collect::<Vec<_>>()
            .join(", ");
        let mut statements = vec![
            create.to_string(SqliteQueryBuilder),
            format!(
                "INSERT INTO {} ({into}) SELECT {from} FROM {}",
                quote(&new),
                quote(table)
            ),
        ];
        if self.counts() {
            // The highest number ever given must not be given again.
            statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {}", quote_text(&new)));
            statements.push(format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {}, seq FROM sqlite_sequence WHERE name = {}",
                quote_text(&new),
                quote_text(table)
            ));
        }
        statements.push(format!("DROP TABLE {}", quote(table)));
        // Without it, renaming would look at every view and fail at one that names the table just dropped.
        statements.push("PRAGMA legacy_alter_table = ON".to_owned());
        statements.push(format!("ALTER TABLE {} RENAME TO {}", quote(&new), quote(table)));
        statements.push("PRAGMA legacy_alter_table = OFF".to_owned());
        statements.extend(self.indexes.iter().map(|(_, sql)| sql.clone()));
        statements.extend(others.iter().cloned());
        statements
    }

    fn counts(&self) -> bool {
        self.table
            .get_columns()
            .iter()
            .any(|column| column.get_column_spec().auto_increment)
    }

    pub(super) async fn execute<C: ConnectionTrait>(
        &self,
        connection: &C,
        table: &str,
        fills: &[(String, String)],
    ) -> Result<(), DbErr> {
        refuse_to_cascade(connection, table).await?;
        let described: Vec<&str> = self.indexes.iter().map(|(name, _)| name.as_str()).collect();
        let mut others = Vec::new();
        let sql = format!(
            "SELECT name, sql FROM sqlite_schema WHERE tbl_name = {} AND type IN ('index', 'trigger') AND sql IS NOT NULL",
            quote_text(table)
        );
        for row in connection
            .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
            .await?
        {
            let (name, sql): (String, String) = (row.try_get("", "name")?, row.try_get("", "sql")?);
            if !described.contains(&name.as_str()) {
                others.push(sql);
            }
        }
        for sql in self.statements(table, fills, &others) {
            connection.execute_unprepared(&sql).await?;
        }
        let sql = format!("PRAGMA foreign_key_check({})", quote(table));
        let broken = connection
            .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
            .await?;
        if broken.is_empty() {
            return Ok(());
        }
        let who = if broken.len() == 1 {
            format!("1 row of `{table}` refers to a row that is not there")
        } else {
            format!("{} rows of `{table}` refer to rows that are not there", broken.len())
        };
        Err(DbErr::Migration(format!(
            "{who}; nothing was changed. Find them with `PRAGMA foreign_key_check(\"{table}\")`"
        )))
    }
}

/// While foreign keys are enforced, DROP TABLE deletes the rows first and so fires ON DELETE of every table that refers
/// to this one (<https://sqlite.org/foreignkeys.html#fk_schemacommands>); inside a transaction they can't be switched off.
async fn refuse_to_cascade<C: ConnectionTrait>(connection: &C, table: &str) -> Result<(), DbErr> {
    let enforced = connection
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_keys"))
        .await?;
    let enforced: i32 = enforced.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    if enforced == 0 {
        return Ok(());
    }
    let sql = format!(
        "SELECT m.name AS name FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f \
         WHERE m.type = 'table' AND lower(f.\"table\") = lower({0}) AND lower(m.name) <> lower({0})",
        quote_text(table)
    );
    match connection
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await?
    {
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

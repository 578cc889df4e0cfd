//! What the database at hand has of a table.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::definition::{Definition, mentions, same};
use crate::{
    ddl::{quote, quote_text},
    introspect::sqlite_tokens::{Kind, tokens},
};

/// A table that is there.
#[derive(Clone, Debug)]
pub(super) struct Live {
    /// Its name as it was written.
    pub name: String,
    /// The statement that made it.
    pub sql: String,
    /// What it is made of.
    pub definition: Definition,
    /// Its indexes but for those of its keys: name and statement.
    pub indexes: Vec<(String, String)>,
    /// Its triggers, in their order.
    pub triggers: Vec<(String, String)>,
}

/// The answer to a question that every SQLite answers: none means that nothing is there to be asked, as when a
/// migration is recorded.
pub(super) async fn enforces_keys<C: ConnectionTrait>(connection: &C) -> Result<Option<bool>, DbErr> {
    let answer = ask(connection, "PRAGMA foreign_keys").await?;
    let enforced: Option<i32> = answer.first().map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(enforced.map(|enforced| enforced != 0))
}

pub(super) async fn ask<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    connection
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
}

/// Reads the table; nothing where it is not there.
pub(super) async fn read<C: ConnectionTrait>(connection: &C, table: &str) -> Result<Option<Live>, DbErr> {
    // A trigger keeps the table's name as its author wrote it.
    let sql = format!(
        "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = {} COLLATE NOCASE \
         AND type IN ('table', 'index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
        quote_text(table)
    );
    let mut found = None;
    let (mut indexes, mut triggers) = (Vec::new(), Vec::new());
    for row in ask(connection, &sql).await? {
        let (kind, name, sql): (String, String, String) = (
            row.try_get("", "type")?,
            row.try_get("", "name")?,
            row.try_get("", "sql")?,
        );
        match kind.as_str() {
            "table" => found = Some((name, sql)),
            "index" => indexes.push((name, sql)),
            _ => triggers.push((name, sql)),
        }
    }
    let Some((name, sql)) = found else { return Ok(None) };
    let definition = Definition::parse(&sql).ok_or_else(|| {
        DbErr::Migration(format!(
            "SQLite has to rebuild `{name}`, and it cannot be made out how that is made, so that something of it could get lost; \
             nothing was changed. What is there: {sql}"
        ))
    })?;
    Ok(Some(Live {
        name,
        sql,
        definition,
        indexes,
        triggers,
    }))
}

/// A view or a trigger that speaks of a table.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    kind: String,
    name: String,
    sql: String,
    /// What shows whether it can be compiled.
    probes: Vec<String>,
}

/// The views and triggers that speak of a table and can be compiled: what is broken already cannot be broken.
pub(super) async fn readers<C: ConnectionTrait>(connection: &C, table: &str) -> Result<Vec<Reader>, DbErr> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') AND sql IS NOT NULL ORDER BY rowid";
    let mut readers = Vec::new();
    for row in ask(connection, sql).await? {
        let (kind, name, on, sql): (String, String, String, String) = (
            row.try_get("", "type")?,
            row.try_get("", "name")?,
            row.try_get("", "tbl_name")?,
            row.try_get("", "sql")?,
        );
        if !mentions(&sql, table) {
            continue;
        }
        let probes = if kind == "view" {
            vec![format!("EXPLAIN {}", with_brackets(body(&sql)))]
        } else {
            firing(connection, &on).await?
        };
        let reader = Reader {
            kind,
            name,
            sql,
            probes,
        };
        if reader.compiles(connection).await.is_ok() {
            readers.push(reader);
        }
    }
    Ok(readers)
}

impl Reader {
    /// # Errors
    /// What the database says against it.
    async fn compiles<C: ConnectionTrait>(&self, connection: &C) -> Result<(), DbErr> {
        for probe in &self.probes {
            ask(connection, probe).await?;
        }
        Ok(())
    }

    /// Refuses where it cannot be compiled any more, or would take the name of a column that goes for a text.
    pub(super) async fn outlives<C: ConnectionTrait>(
        &self,
        connection: &C,
        table: &str,
        dropped: &[&str],
    ) -> Result<(), DbErr> {
        let broken = self.compiles(connection).await.err().map(|error| error.to_string());
        let quoted = tokens(&self.sql).unwrap_or_default().into_iter().find_map(|token| {
            let name = token
                .name()
                .filter(|_| token.kind == Kind::Quoted && token.text.starts_with('"'))?;
            dropped.iter().any(|dropped| same(dropped, &name)).then_some(name)
        });
        let why = match (broken, quoted) {
            (Some(why), _) => why,
            (None, Some(name)) if self.kind == "trigger" => format!("it names `{name}`"),
            _ => return Ok(()),
        };
        Err(DbErr::Migration(format!(
            "the {} `{}` speaks of what goes from `{table}` ({why}); nothing was changed. Drop it or change it first",
            self.kind, self.name
        )))
    }
}

/// Statements that fire every trigger of a table or view, to be explained and not run.
async fn firing<C: ConnectionTrait>(connection: &C, on: &str) -> Result<Vec<String>, DbErr> {
    let sql = format!(
        "SELECT name FROM pragma_table_xinfo({}) WHERE hidden = 0",
        quote_text(on)
    );
    let mut sets = Vec::new();
    for row in ask(connection, &sql).await? {
        let name: String = row.try_get("", "name")?;
        sets.push(format!("{0} = {0}", quote(&name)));
    }
    let on = quote(on);
    Ok(vec![
        format!("EXPLAIN INSERT INTO {on} DEFAULT VALUES"),
        format!("EXPLAIN UPDATE {on} SET {}", sets.join(", ")),
        format!("EXPLAIN DELETE FROM {on}"),
    ])
}

/// A view's query.
fn body(sql: &str) -> &str {
    let Some(tokens) = tokens(sql) else { return sql };
    let at = tokens.iter().find(|token| token.is_word("as"));
    at.and_then(|token| sql.get(token.text.as_ptr() as usize - sql.as_ptr() as usize + 2..))
        .unwrap_or(sql)
}

/// Names in brackets are never texts; in double quotes they are where no column is called so
/// (<https://sqlite.org/quirks.html#dblquote>).
fn with_brackets(sql: &str) -> String {
    let Some(tokens) = tokens(sql) else {
        return sql.to_owned();
    };
    let words = tokens.iter().map(|token| match token.name() {
        Some(name) if token.kind == Kind::Quoted && token.text.starts_with('"') && !name.contains(']') => {
            format!("[{name}]")
        }
        _ => token.text.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_asked_with_names_that_cannot_be_texts() {
        let sql = "CREATE VIEW \"as\" AS SELECT \"a\", 'it''s' FROM t";
        assert_eq!(with_brackets(body(sql)), "SELECT [a] , 'it''s' FROM t");
    }
}

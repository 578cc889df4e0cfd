//! Rows that a change would cost a value: found before it, so that nothing is cut in silence.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{quote, quote_text, sqlite::refused_where};

/// The SQLSTATE with which a change refuses rows that do not fit (class `SW`, which no server uses).
pub(crate) const UNFIT: &str = "SW001";

/// Rows that a change cannot take along as they are: a condition for each database that is true for them.
///
/// ```
/// use seawright::ddl::Unfit;
/// let long = Unfit::rows("`name` does not fit into varchar(50)")
///     .on_postgres(r#"char_length("name") > 50"#)
///     .on_sqlite(r#"length("customers"."name") > 50"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfit {
    pub(crate) what: String,
    pub(crate) postgres: Option<String>,
    pub(crate) sqlite: Option<String>,
}

impl Unfit {
    /// What is wrong with them, in words.
    #[must_use]
    pub fn rows(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            ..Self::default()
        }
    }

    /// PostgreSQL's condition. Without one the database itself refuses such rows.
    #[must_use]
    pub fn on_postgres(mut self, condition: &str) -> Self {
        self.postgres = Some(condition.to_owned());
        self
    }

    /// SQLite's condition; columns are best named with their table, since SQLite reads a name in double quotes that it does
    /// not find as a text.
    #[must_use]
    pub fn on_sqlite(mut self, condition: &str) -> Self {
        self.sqlite = Some(condition.to_owned());
        self
    }

    /// The condition of that database.
    pub(crate) fn condition(&self, backend: DbBackend) -> Option<&str> {
        match backend {
            DbBackend::Postgres => self.postgres.as_deref(),
            DbBackend::Sqlite => self.sqlite.as_deref(),
            _ => None,
        }
    }

    /// The query that finds them.
    pub(crate) fn query(&self, table: &str, backend: DbBackend) -> Option<String> {
        let condition = self.condition(backend)?;
        Some(format!("SELECT * FROM {} WHERE {condition}", quote(table)))
    }

    /// The statement that refuses them on PostgreSQL, in the transaction of the change: nobody can add one in between.
    pub(super) fn guard(&self, table: &str) -> Option<String> {
        let condition = self.postgres.as_deref()?;
        let query = self.query(table, DbBackend::Postgres)?;
        let body = format!(
            "DECLARE unfit bigint; BEGIN LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; \
             SELECT count(*) INTO unfit FROM {table} WHERE {condition}; \
             IF unfit > 0 THEN RAISE EXCEPTION USING ERRCODE = '{UNFIT}', \
             MESSAGE = {} || unfit || CASE WHEN unfit = 1 THEN ' row' ELSE ' rows' END || {}, HINT = {}; END IF; END",
            quote_text(&format!("{} in ", self.what)),
            quote_text(&format!(" of `{table}`")),
            quote_text(&find(&query)),
            table = quote(table),
        );
        Some(format!("DO {}", dollar_quoted(&body)))
    }

    /// The statements that refuse them.
    pub(crate) fn statements(&self, table: &str, backend: DbBackend) -> Vec<String> {
        match (backend, &self.sqlite) {
            (DbBackend::Postgres, _) => self.guard(table).into_iter().collect(),
            (DbBackend::Sqlite, Some(condition)) => refused_where(table, &self.what, condition),
            _ => Vec::new(),
        }
    }

    /// Refuses them, before anything is changed.
    pub(super) async fn refuse<C: ConnectionTrait>(&self, db: &C, table: &str) -> Result<(), DbErr> {
        let backend = db.get_database_backend();
        let (Some(condition), Some(query)) = (self.condition(backend), self.query(table, backend)) else {
            return Ok(());
        };
        let sql = format!(
            "SELECT count(*) AS count FROM {} WHERE {condition} {COMMENT}{} */",
            quote(table),
            self.what.replace("*/", "* /")
        );
        let row = db.query_one_raw(Statement::from_string(backend, sql)).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
        if count == 0 {
            return Ok(());
        }
        Err(DbErr::Migration(format!(
            "{REFUSED}{} in {count} {} of `{table}`. {}",
            self.what,
            if count == 1 { "row" } else { "rows" },
            find(&query)
        )))
    }
}

/// How the text of an error begins that is a refusal and no failure. `DbErr`, the only error that a migration can
/// return, has no room for more than text.
pub const REFUSED: &str = "refused: ";

fn find(query: &str) -> String {
    format!("Find them with: {query}")
}

/// A text between dollars, which nothing in it ends.
pub(super) fn dollar_quoted(body: &str) -> String {
    let tags = (0..).map(|number| {
        if number == 0 {
            "$guard$".to_owned()
        } else {
            format!("$guard{number}$")
        }
    });
    let tag = tags
        .into_iter()
        .find(|tag| !body.contains(tag.as_str()))
        .unwrap_or_default();
    format!("{tag} {body} {tag}")
}

/// Marks the question about rows that do not fit, for who reads what a migration asks.
const COMMENT: &str = "/* unfit: ";

/// What a migration asks about rows that do not fit, read back from what it sends: what is wrong with them, and the table with
/// the condition, as they stand behind FROM.
pub(crate) fn asked(sql: &str) -> Option<(String, String)> {
    if let Some(rest) = sql.strip_prefix("SELECT count(*) AS count FROM ") {
        let (from, what) = rest.rsplit_once(COMMENT)?;
        return Some((what.strip_suffix(" */")?.to_owned(), from.trim_end().to_owned()));
    }
    let (_, rest) = sql
        .strip_prefix("DO $guard")?
        .split_once("SELECT count(*) INTO unfit FROM ")?;
    let (from, rest) = rest.split_once("; IF unfit > 0 THEN")?;
    let (_, rest) = rest.split_once("MESSAGE = '")?;
    let (what, _) = rest.split_once(" in ' || unfit")?;
    Some((what.replace("''", "'"), from.to_owned()))
}

/// What each value becomes when a column gets another type: an expression for each database. Where there is none, the
/// database's own assignment decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Using {
    pub(crate) postgres: Option<String>,
    pub(crate) sqlite: Option<String>,
}

impl Using {
    /// The same expression on every database.
    #[must_use]
    pub fn all(expression: &str) -> Self {
        Self::default().on_postgres(expression).on_sqlite(expression)
    }

    /// PostgreSQL's expression.
    #[must_use]
    pub fn on_postgres(mut self, expression: &str) -> Self {
        self.postgres = Some(expression.to_owned());
        self
    }

    /// SQLite's expression.
    #[must_use]
    pub fn on_sqlite(mut self, expression: &str) -> Self {
        self.sqlite = Some(expression.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_read_back_from_its_statement() {
        let unfit = Unfit::rows("`o'clock` does not fit into varchar(5)").on_postgres("char_length(\"o'clock\") > 5");
        let guard = unfit.guard("my \"things\"").unwrap();
        assert_eq!(
            asked(&guard),
            Some((
                "`o'clock` does not fit into varchar(5)".to_owned(),
                "\"my \"\"things\"\"\" WHERE char_length(\"o'clock\") > 5".to_owned()
            ))
        );
        assert_eq!(asked("SELECT count(*) AS count FROM things"), None);
    }

    #[test]
    fn nothing_in_a_body_ends_it() {
        let quoted = dollar_quoted("RAISE EXCEPTION '$guard$ $guard1$'");
        assert!(
            quoted.starts_with("$guard2$ ") && quoted.ends_with(" $guard2$"),
            "{quoted}"
        );
    }
}

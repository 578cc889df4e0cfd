//! Whether what bears a name is what a change would make. A constraint or an index of another definition under the name
//! is a refusal: the change would be taken for made, and its way back would take away what is not its own.
//!
//! PostgreSQL prints a definition in its own words, so the wanted one is made on an empty copy of the table, printed by the
//! same function, and taken back, all within one statement that leaves nothing behind.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement,
    sea_query::{ForeignKeyAction, TableForeignKey, TableRef},
};

use crate::ddl::{name_of, plain_name, quote, quote_list, quote_text};

/// Ours, of a class that PostgreSQL leaves to applications.
const OTHER: &str = "SW001";
const COPY: &str = "seawright_wanted";

/// A constraint as a change would make it.
#[derive(Clone, Debug)]
pub(in crate::ddl) struct Constraint {
    pub(in crate::ddl) table: String,
    pub(in crate::ddl) name: String,
    pub(in crate::ddl) wanted: Wanted,
}

/// A constraint's definition.
#[derive(Clone, Debug)]
pub(in crate::ddl) enum Wanted {
    /// What stands behind its name: `CHECK (…)`, `UNIQUE (…)`.
    Sql(String),
    /// A foreign key, which a copy that is temporary can't have.
    ForeignKey(Box<ForeignKey>),
}

/// A foreign key as the catalogue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ddl) struct ForeignKey {
    columns: Vec<String>,
    ref_table: String,
    ref_columns: Vec<String>,
    on_delete: char,
    on_update: char,
}

impl ForeignKey {
    pub(super) fn of(key: &TableForeignKey) -> Self {
        let ref_table = match key.get_ref_table() {
            Some(TableRef::Table(name, _)) => name_of(name.1.clone()),
            _ => String::new(),
        };
        // pg_constraint, confdeltype.
        let action = |action: Option<ForeignKeyAction>| match action {
            Some(ForeignKeyAction::Restrict) => 'r',
            Some(ForeignKeyAction::Cascade) => 'c',
            Some(ForeignKeyAction::SetNull) => 'n',
            Some(ForeignKeyAction::SetDefault) => 'd',
            _ => 'a',
        };
        Self {
            columns: key.get_columns(),
            ref_table,
            ref_columns: key.get_ref_columns(),
            on_delete: action(key.get_on_delete()),
            on_update: action(key.get_on_update()),
        }
    }
}

impl Constraint {
    pub(super) fn check(table: &str, name: &str, holds: &str) -> Self {
        Self {
            table: table.to_owned(),
            name: name.to_owned(),
            wanted: Wanted::Sql(format!("CHECK ({holds})")),
        }
    }

    pub(super) fn unique(table: &str, name: &str, columns: &[String]) -> Self {
        Self {
            table: table.to_owned(),
            name: name.to_owned(),
            wanted: Wanted::Sql(format!("UNIQUE ({})", quote_list(columns))),
        }
    }

    pub(super) fn foreign_key(table: &str, key: &TableForeignKey) -> Self {
        Self {
            table: table.to_owned(),
            name: plain_name(key.get_name().unwrap_or_default()),
            wanted: Wanted::ForeignKey(Box::new(ForeignKey::of(key))),
        }
    }

    /// What the database has under the name.
    async fn definition<C: ConnectionTrait>(&self, db: &C) -> Result<Option<String>, DbErr> {
        let sql = format!(
            "SELECT pg_get_constraintdef(oid) AS it FROM pg_constraint WHERE conrelid = {} AND conname = {}",
            class(&self.table),
            name_literal(&self.name)
        );
        ask(db, sql).await?.map(|row| row.try_get("", "it")).transpose()
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// That another is there under its name.
    pub(super) async fn is_there<C: ConnectionTrait>(&self, db: &C) -> Result<bool, DbErr> {
        let Some(found) = self.definition(db).await? else {
            return Ok(false);
        };
        let is_it = match &self.wanted {
            Wanted::ForeignKey(wanted) => self.is_key(db, wanted).await?,
            Wanted::Sql(sql) => {
                let add = format!("ALTER TABLE pg_temp.{COPY} ADD CONSTRAINT {} {sql}", quote(&self.name));
                let print = |table: &str| {
                    format!(
                        "SELECT regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '') FROM pg_constraint \
                         WHERE conrelid = {table} AND conname = {}",
                        name_literal(&self.name)
                    )
                };
                is_alike(
                    db,
                    &self.table,
                    &add,
                    &print(&class(&self.table)),
                    &print(&format!("'pg_temp.{COPY}'::regclass")),
                )
                .await?
            }
        };
        if is_it { Ok(true) } else { Err(self.other(&found)) }
    }

    /// Whether another is there under its name, which is not ours to take away.
    pub(super) async fn is_another<C: ConnectionTrait>(&self, db: &C) -> Result<bool, DbErr> {
        match self.is_there(db).await {
            Ok(_) => Ok(false),
            Err(DbErr::Migration(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn is_key<C: ConnectionTrait>(&self, db: &C, wanted: &ForeignKey) -> Result<bool, DbErr> {
        let names = |of: &str, keys: &str| {
            format!(
                "ARRAY(SELECT a.attname::text FROM unnest(c.{keys}) WITH ORDINALITY AS k (number, place) \
                 JOIN pg_attribute AS a ON a.attrelid = c.{of} AND a.attnum = k.number ORDER BY k.place)"
            )
        };
        let sql = format!(
            "SELECT {} AS columns, {} AS ref_columns, coalesce(c.confrelid = {}, false) AS is_table, c.confdeltype::text AS on_delete, \
             c.confupdtype::text AS on_update, c.confmatchtype = 's' AND NOT c.condeferrable AS is_plain \
             FROM pg_constraint AS c WHERE c.conrelid = {} AND c.conname = {} AND c.contype = 'f'",
            names("conrelid", "conkey"),
            names("confrelid", "confkey"),
            class(&wanted.ref_table),
            class(&self.table),
            name_literal(&self.name)
        );
        let Some(row) = ask(db, sql).await? else {
            return Ok(false);
        };
        let (is_table, is_plain): (bool, bool) = (row.try_get("", "is_table")?, row.try_get("", "is_plain")?);
        let letter = |of: &str| {
            row.try_get::<String>("", of)
                .map(|text| text.chars().next().unwrap_or('?'))
        };
        // The columns of a key have no order but that of their partners.
        let pairs = |columns: Vec<String>, ref_columns: Vec<String>| {
            let mut pairs: Vec<(String, String)> = columns.into_iter().zip(ref_columns).collect();
            pairs.sort();
            pairs
        };
        let found = pairs(row.try_get("", "columns")?, row.try_get("", "ref_columns")?);
        Ok(is_table
            && is_plain
            && found == pairs(wanted.columns.clone(), wanted.ref_columns.clone())
            && letter("on_delete")? == wanted.on_delete
            && letter("on_update")? == wanted.on_update)
    }

    fn other(&self, found: &str) -> DbErr {
        DbErr::Migration(format!(
            "a constraint `{}` is there already on `{}` and is another one: {found}. Drop it or give one of them another name, \
             then run this again",
            self.name, self.table
        ))
    }
}

/// Whether a rename is done: what has the new name is what had the old one, which is then there no more.
///
/// # Errors
/// That both are there.
pub(super) async fn is_renamed<C: ConnectionTrait>(db: &C, table: &str, from: &str, to: &str) -> Result<bool, DbErr> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE conname = {0}) AS old, count(*) FILTER (WHERE conname = {1}) AS new \
         FROM pg_constraint WHERE conrelid = {2}",
        name_literal(from),
        name_literal(to),
        class(table)
    );
    let Some(row) = ask(db, sql).await? else {
        return Ok(false);
    };
    let (old, new): (i64, i64) = (row.try_get("", "old")?, row.try_get("", "new")?);
    if old > 0 && new > 0 {
        return Err(DbErr::Migration(format!(
            "the constraint `{from}` of `{table}` is to be called `{to}`, and another constraint has that name. Drop one of them \
             or give it another name, then run this again"
        )));
    }
    Ok(new > 0)
}

/// Whether a column that is there under a name is of the type, and computed in the way, that `definition` says.
///
/// # Errors
/// That it is another.
pub(super) async fn is_column<C: ConnectionTrait>(
    db: &C,
    table: &str,
    column: &str,
    definition: &str,
    with_default: bool,
) -> Result<bool, DbErr> {
    let of = |table: &str| {
        let default = if with_default {
            " || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')"
        } else {
            " || CASE a.attgenerated WHEN '' THEN '' ELSE ' GENERATED ' || pg_get_expr(d.adbin, d.adrelid) END"
        };
        format!(
            "SELECT format_type(a.atttypid, a.atttypmod){default} FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d \
             ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = {table} AND a.attname = {} \
             AND NOT a.attisdropped",
            name_literal(column)
        )
    };
    let asked = format!("SELECT ({}) AS it", of(&class(table)));
    let found: Option<String> = ask(db, asked).await?.map_or(Ok(None), |row| row.try_get("", "it"))?;
    let Some(found) = found else { return Ok(false) };
    let add = format!(
        "ALTER TABLE pg_temp.{COPY} DROP COLUMN {}; ALTER TABLE pg_temp.{COPY} ADD COLUMN {definition}",
        quote(column)
    );
    let wanted = of(&format!("'pg_temp.{COPY}'::regclass"));
    if is_alike(db, table, &add, &of(&class(table)), &wanted).await? {
        return Ok(true);
    }
    Err(DbErr::Migration(format!(
        "a column `{column}` is there already on `{table}` and is another one: {found}, where {definition} is to be made. Drop it \
         or rename it, then run this again"
    )))
}

/// Whether an index is the one that a statement makes: key columns and expressions with their order, method, classes of
/// operators, what it includes, its filter.
pub(super) async fn is_index<C: ConnectionTrait>(db: &C, table: &str, name: &str, create: &str) -> Result<bool, DbErr> {
    let on = |table: &str| format!("{} ON {table} ", quote(name));
    let made =
        create
            .replacen(" CONCURRENTLY ", " ", 1)
            .replacen(&on(&quote(table)), &on(&format!("pg_temp.{COPY}")), 1);
    // What stands before the method names the table and its schema.
    let print = |index: &str| {
        format!(
            "SELECT (indisunique, regexp_replace(pg_get_indexdef(indexrelid), '^.*? USING ', ''))::text FROM pg_index WHERE indexrelid = {index}"
        )
    };
    let copied = format!("{}::regclass", quote_text(&format!("pg_temp.{}", quote(name))));
    is_alike(db, table, &made, &print(&class(name)), &print(&copied)).await
}

/// Makes something on an empty copy of a table, prints it there and on the table, and takes the copy back.
async fn is_alike<C: ConnectionTrait>(
    db: &C,
    table: &str,
    make: &str,
    there: &str,
    wanted: &str,
) -> Result<bool, DbErr> {
    let mut tag = "$wanted$".to_owned();
    while [make, there, wanted, table].iter().any(|text| text.contains(&tag)) {
        tag.insert(1, 'x');
    }
    // The inner block ends in an error, which takes back what it made; its message is the answer.
    let sql = format!(
        "DO {tag} DECLARE there text; wanted text; BEGIN \
         BEGIN CREATE TEMPORARY TABLE {COPY} (LIKE {}) ON COMMIT DROP; {make}; \
         wanted := ({wanted}); RAISE EXCEPTION USING ERRCODE = '{OTHER}', MESSAGE = coalesce(wanted, ''); \
         EXCEPTION WHEN SQLSTATE '{OTHER}' THEN wanted := SQLERRM; END; \
         there := ({there}); \
         IF there IS DISTINCT FROM wanted THEN RAISE EXCEPTION USING ERRCODE = '{OTHER}', MESSAGE = 'another'; END IF; \
         END {tag}",
        quote(table)
    );
    match db.execute_unprepared(&sql).await {
        Ok(_) => Ok(true),
        Err(error) if code(&error).as_deref() == Some(OTHER) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether an index of SQLite is the one that a statement makes; none is there where there is no answer.
pub(super) async fn is_sqlite_index<C: ConnectionTrait>(
    db: &C,
    name: &str,
    create: &str,
) -> Result<Option<bool>, DbErr> {
    let sql = format!(
        "SELECT coalesce(sql, '') AS it FROM sqlite_schema WHERE type = 'index' AND name = {} COLLATE NOCASE",
        quote_text(name)
    );
    let found = db.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    let Some(found) = found else { return Ok(None) };
    let found: String = found.try_get("", "it")?;
    Ok(Some(words(&found) == words(create)))
}

/// A statement without what makes no difference: case, blanks, quotes of names, and that it may be there.
fn words(sql: &str) -> String {
    let mut words = String::new();
    let mut text = false;
    for letter in sql.chars() {
        if letter == '\'' {
            text = !text;
        }
        if text {
            words.push(letter);
        } else if !letter.is_whitespace() && !['"', '`', '[', ']'].contains(&letter) {
            words.extend(letter.to_lowercase());
        }
    }
    words.replacen("ifnotexists", "", 1).trim_end_matches(';').to_owned()
}

async fn ask<C: ConnectionTrait>(db: &C, sql: String) -> Result<Option<sea_orm::QueryResult>, DbErr> {
    db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await
}

fn class(name: &str) -> String {
    format!("to_regclass({})", quote_text(&quote(name)))
}

/// As PostgreSQL cuts it.
fn name_literal(name: &str) -> String {
    quote_text(crate::schema::truncate(name, 63))
}

fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return None;
    };
    Some(error.as_database_error()?.code()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn what_makes_no_difference_to_an_index_is_none() {
        let by_hand = "CREATE INDEX  idx ON t([a] DESC) where b = 'X y'";
        let ours = "CREATE INDEX IF NOT EXISTS \"idx\" ON \"t\" (\"a\" DESC) WHERE \"b\" = 'X y'";
        assert_eq!(words(by_hand), words(ours));
        assert_ne!(words(by_hand), words(&ours.replace("'X y'", "'x y'")));
    }
}

//! The statements on rows: which cannot go along, how they are kept, how values are repaired.
//!
//! Which rows cannot go along is gathered in a table of the connection's own, so that a row that refers to one of them
//! can follow it. A dry run does just that and no more; there the tables still have their old names, and a query that
//! gives them the new ones stands for each.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::{
    Reconcile,
    rules::{Fill, FillKind, Part, Reference, Rule, RuleKind},
    step_of,
};
use crate::{
    data::Shape,
    ddl::{quote, quote_list, quote_text},
    diff::{Fit, fit},
    schema::DataType,
};

/// The rows that cannot go along, while a reconciliation is at work.
pub(super) const MARKED: &str = "seawright_marked";

/// Writes the statements.
pub(super) struct Rows<'r> {
    reconcile: &'r Reconcile,
    /// By the table's new name.
    shapes: BTreeMap<String, Shape>,
    /// Whether the statements are for tables that have their new names.
    renamed: bool,
}

impl<'r> Rows<'r> {
    /// For a database whose tables have been renamed, or not yet.
    pub(super) async fn of<C: ConnectionTrait>(db: &C, reconcile: &'r Reconcile, renamed: bool) -> Result<Self, DbErr> {
        let mut shapes = BTreeMap::new();
        for table in &reconcile.renames.after.tables {
            let name = &table.name;
            let shape = if renamed {
                Shape::read(db, name).await?
            } else {
                let shape = Shape::read(db, reconcile.old_name(name)).await?;
                let new = |old: &str| {
                    let mut names = table.columns.iter().map(|column| column.name.as_str());
                    names
                        .find(|new| reconcile.old_column(name, new) == old)
                        .unwrap_or(old)
                        .to_owned()
                };
                shape.renamed(name, new)
            };
            shapes.insert(name.clone(), shape);
        }
        Ok(Self {
            reconcile,
            shapes,
            renamed,
        })
    }

    /// For tables that have their new names, whichever they have now.
    pub(super) fn as_sent(&self) -> Self {
        Self {
            reconcile: self.reconcile,
            shapes: self.shapes.clone(),
            renamed: true,
        }
    }

    fn is_postgres(&self) -> bool {
        self.reconcile.backend == DbBackend::Postgres
    }

    /// The table, or what stands for it under its new names.
    pub(super) fn from(&self, table: &str) -> String {
        let old = self.reconcile.old_name(table);
        let columns = self.shapes.get(table).map_or(&[][..], |shape| &shape.columns);
        let is_as_it_was = old == table && columns.iter().all(|new| self.reconcile.old_column(table, new) == new);
        if self.renamed || is_as_it_was {
            return quote(table);
        }
        let row_id = if self.is_postgres() { "ctid" } else { "rowid" };
        let columns: Vec<String> = columns
            .iter()
            .map(|new| format!("{} AS {}", quote(self.reconcile.old_column(table, new)), quote(new)))
            .collect();
        format!(
            "(SELECT {row_id}, {} FROM {}) AS {}",
            columns.join(", "),
            quote(old),
            quote(table)
        )
    }

    /// A row's key as text, by an alias.
    fn key(&self, table: &str, alias: &str) -> String {
        let key = self.shapes.get(table).map_or(&[][..], |shape| &shape.key);
        if key.is_empty() {
            return format!(
                "CAST({alias}.{} AS text)",
                if self.is_postgres() { "ctid" } else { "rowid" }
            );
        }
        let parts: Vec<String> = key
            .iter()
            .map(|column| format!("CAST({alias}.{} AS text)", quote(column)))
            .collect();
        // The ledger's separator, written so that the statement can be read.
        let between = if self.is_postgres() { "chr(31)" } else { "char(31)" };
        parts.join(&format!(" || {between} || "))
    }

    fn is_marked(&self, table: &str, alias: &str) -> String {
        format!(
            "EXISTS (SELECT 1 FROM {MARKED} AS m WHERE m.tbl = {} AND m.row_key = {})",
            quote_text(table),
            self.key(table, alias)
        )
    }

    /// What the marking needs before it begins.
    pub(super) fn begin(&self) -> Vec<String> {
        if !self.is_postgres() {
            return vec![
                format!("DROP TABLE IF EXISTS temp.{MARKED}"),
                format!(
                    "CREATE TEMP TABLE {MARKED} (tbl text, row_key text, outcome text, reason text, PRIMARY KEY (tbl, row_key))"
                ),
            ];
        }
        vec![
            format!("CREATE TEMP TABLE {MARKED} (tbl text, row_key text, outcome text, reason text, PRIMARY KEY (tbl, row_key)) ON COMMIT DROP"),
            // Whether a conversion works is only found by trying (pg_input_is_valid comes with PostgreSQL 16).
            "CREATE OR REPLACE FUNCTION pg_temp.seawright_fits(value text, was text, kind text, exactly boolean) RETURNS boolean \
             LANGUAGE plpgsql AS $$ DECLARE fits boolean; BEGIN \
             IF exactly THEN EXECUTE format('SELECT CAST(CAST(CAST(%L AS %s) AS %s) AS %s) = CAST(%L AS %s)', value, was, kind, was, value, was) INTO fits; \
             ELSE EXECUTE format('SELECT CAST(CAST(%L AS %s) AS %s) IS NOT NULL', value, was, kind) INTO fits; END IF; \
             RETURN coalesce(fits, false); EXCEPTION WHEN data_exception OR integrity_constraint_violation OR invalid_text_representation THEN RETURN false; END $$"
                .to_owned(),
        ]
    }

    fn mark(&self, table: &str, outcome: &str, condition: &str, reason: &str) -> String {
        let alias = quote(table);
        format!(
            "INSERT INTO {MARKED} (tbl, row_key, outcome, reason) SELECT {}, {}, '{outcome}', {reason} FROM {} WHERE ({condition}) AND NOT {}",
            quote_text(table),
            self.key(table, &alias),
            self.from(table),
            self.is_marked(table, &alias),
        )
    }

    /// Marks every row of a table that leaves the schema.
    pub(super) fn mark_all(&self, table: &str) -> String {
        let reason = format!("the history knows no table `{table}`");
        self.mark(table, "archived", "1 = 1", &quote_text(&reason))
    }

    /// Marks the rows of a rule, and says what it is about.
    pub(super) fn mark_rule(&self, rule: &Rule) -> (String, String) {
        let table = &rule.table;
        let alias = quote(table);
        let column = |name: &str| format!("{alias}.{}", quote(name));
        let quarantine = |condition: &str, reason: &str| self.mark(table, "quarantined", condition, reason);
        match &rule.kind {
            RuleKind::Null(name) => {
                let why = format!("`{name}` is NULL and may not be");
                (quarantine(&format!("{} IS NULL", column(name)), &quote_text(&why)), why)
            }
            RuleKind::Unfit {
                column: name,
                from,
                to,
                condition,
            } => {
                let value = column(name);
                let why = format!("`{name}` does not fit into {to}");
                let (is_long, reason) = match to {
                    DataType::Varchar(Some(_)) | DataType::Char(_) => (
                        true,
                        format!(
                            "{} || length(CAST({value} AS text)) || ' letters long'",
                            quote_text(&format!("{why}: it is "))
                        ),
                    ),
                    _ => (false, quote_text(&why)),
                };
                let tried = (self.is_postgres() && !is_long && fit(from, to) == Fit::Reads).then(|| {
                    format!(
                        "{value} IS NOT NULL AND NOT pg_temp.seawright_fits(CAST({value} AS text), {}, {}, false)",
                        quote_text(&postgres_name(from)),
                        quote_text(&postgres_name(to))
                    )
                });
                // What does not even read is found first: the other condition reads it.
                let condition = match (tried, condition) {
                    (Some(tried), Some(condition)) => format!("CASE WHEN {tried} THEN true ELSE {condition} END"),
                    (Some(condition), None) => condition,
                    (None, Some(condition)) => condition.clone(),
                    (None, None) => "1 = 0".to_owned(),
                };
                (quarantine(&condition, &reason), why)
            }
            RuleKind::Duplicate { parts, filter, key } => {
                let why = format!("another row has the same values under the unique key `{key}`");
                (self.mark_duplicates(table, parts, filter.as_deref(), &why), why)
            }
            RuleKind::Check { name, expression } => {
                let why = format!("the check `{name}` does not hold");
                (quarantine(&format!("NOT ({expression})"), &quote_text(&why)), why)
            }
        }
    }

    /// All but the first of the rows that have the same values.
    fn mark_duplicates(&self, table: &str, parts: &[Part], filter: Option<&str>, why: &str) -> String {
        let alias = quote(table);
        let parts: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Part::Column(name) => format!("{alias}.{}", quote(name)),
                Part::Sql(sql) => format!("({sql})"),
            })
            .collect();
        let shape = self.shapes.get(table);
        let order: Vec<String> = shape
            .map_or(&[][..], |shape| &shape.key)
            .iter()
            .map(|column| format!("{alias}.{}", quote(column)))
            .collect();
        let order = if order.is_empty() {
            self.key(table, &alias)
        } else {
            order.join(", ")
        };
        let mut conditions: Vec<String> = parts.iter().map(|part| format!("{part} IS NOT NULL")).collect();
        conditions.extend(filter.map(|filter| format!("({filter})")));
        conditions.push(format!("NOT {}", self.is_marked(table, &alias)));
        format!(
            "INSERT INTO {MARKED} (tbl, row_key, outcome, reason) SELECT {}, d.row_key, 'quarantined', {} || d.first FROM \
             (SELECT {key} AS row_key, row_number() OVER same AS n, first_value({key}) OVER same AS first FROM {} WHERE {} \
             WINDOW same AS (PARTITION BY {} ORDER BY {order})) AS d WHERE d.n > 1",
            quote_text(table),
            quote_text(&format!("{why}: that with the key ")),
            self.from(table),
            conditions.join(" AND "),
            parts.join(", "),
            key = self.key(table, &alias),
        )
    }

    /// That a row refers to one that is not there, or is there and cannot go along.
    fn is_dangling(&self, reference: &Reference) -> String {
        let (table, key) = (quote(&reference.table), &reference.key);
        let cast = |value: String| {
            if reference.as_text {
                format!("CAST({value} AS text)")
            } else {
                value
            }
        };
        let mut conditions: Vec<String> = key
            .columns
            .iter()
            .map(|column| format!("{table}.{} IS NOT NULL", quote(column)))
            .collect();
        if reference.has_target {
            let same: Vec<String> = key
                .columns
                .iter()
                .zip(&key.ref_columns)
                .map(|(own, to)| {
                    let (own, to) = (
                        cast(format!("{table}.{}", quote(own))),
                        cast(format!("r.{}", quote(to))),
                    );
                    format!("{to} = {own}")
                })
                .collect();
            let from = self.from(&key.ref_table);
            // The query that stands for a table has its name, and needs another here.
            let from = from
                .strip_suffix(&format!(" AS {}", quote(&key.ref_table)))
                .unwrap_or(&from);
            conditions.push(format!(
                "NOT EXISTS (SELECT 1 FROM {from} AS r WHERE {} AND NOT {})",
                same.join(" AND "),
                self.is_marked(&key.ref_table, "r"),
            ));
        }
        conditions.join(" AND ")
    }

    /// Marks the rows that refer to nothing, and says what it is about.
    pub(super) fn mark_reference(&self, reference: &Reference) -> (String, String) {
        let key = &reference.key;
        let why = format!(
            "{} refers to a row of `{}` that is not there",
            named(&key.columns),
            key.ref_table
        );
        let reason = format!("{} || {}", quote_text(&format!("{why}: ")), values(reference));
        let condition = self.is_dangling(reference);
        (self.mark(&reference.table, "quarantined", &condition, &reason), why)
    }

    /// Keeps the marked rows of a table.
    pub(super) fn keep(&self, table: &str, now: &str) -> Option<String> {
        let shape = self.shapes.get(table)?;
        let alias = quote(table);
        Some(format!(
            "INSERT INTO seawright_data_rows (step, row_key, source_table, outcome, reason, target_key, row_json, recorded_at) \
             SELECT {}, m.row_key, {}, m.outcome, m.reason, NULL, {}, {now} FROM {} JOIN {MARKED} AS m ON m.tbl = {} AND m.row_key = {}",
            quote_text(&step_of(table)),
            quote_text(table),
            shape.json_sql(),
            self.from(table),
            quote_text(table),
            self.key(table, &alias),
        ))
    }

    /// Keeps the values of columns that leave the schema: the rows that have some, whole.
    pub(super) fn keep_columns(&self, table: &str, columns: &[String], now: &str) -> Option<String> {
        let shape = self.shapes.get(table)?;
        let reason = format!("the history knows no column {}", named(columns));
        Some(format!(
            "INSERT INTO seawright_data_rows (step, row_key, source_table, outcome, reason, target_key, row_json, recorded_at) \
             SELECT {}, {}, {}, 'archived', {}, NULL, {}, {now} FROM {} WHERE {}",
            quote_text(&step_of(table)),
            self.key(table, &quote(table)),
            quote_text(table),
            quote_text(&reason),
            shape.json_sql(),
            self.from(table),
            self.has_values(table, columns),
        ))
    }

    fn has_values(&self, table: &str, columns: &[String]) -> String {
        let alias = quote(table);
        let some: Vec<String> = columns
            .iter()
            .map(|column| format!("{alias}.{} IS NOT NULL", quote(column)))
            .collect();
        format!("({}) AND NOT {}", some.join(" OR "), self.is_marked(table, &alias))
    }

    /// Takes the marked rows out of their tables: in one statement on PostgreSQL, which looks at foreign keys at its end.
    pub(super) fn delete(&self, tables: &[String]) -> Vec<String> {
        let one = |table: &String| {
            format!(
                "DELETE FROM {0} WHERE {1}",
                quote(table),
                self.is_marked(table, &quote(table))
            )
        };
        if !self.is_postgres() || tables.len() == 1 {
            return tables.iter().map(one).collect();
        }
        let Some((last, others)) = tables.split_last() else {
            return Vec::new();
        };
        let others: Vec<String> = others
            .iter()
            .enumerate()
            .map(|(at, table)| format!("d{at} AS ({})", one(table)))
            .collect();
        vec![format!("WITH {} {}", others.join(", "), one(last))]
    }

    /// How many rows a reference is taken from, the remark on each, and the statement that does it.
    pub(super) fn release(&self, reference: &Reference, run: i64) -> Written {
        let table = quote(&reference.table);
        let dangling = format!(
            "{} AND NOT {}",
            self.is_dangling(reference),
            self.is_marked(&reference.table, &table)
        );
        let why = format!(
            "{} referred to a row of `{}` that is not there",
            named(&reference.key.columns),
            reference.key.ref_table
        );
        let remark = format!(
            "{} || {} || ': it is NULL now'",
            quote_text(&format!("{why}, ")),
            values(reference)
        );
        let set: Vec<String> = reference
            .key
            .columns
            .iter()
            .map(|column| format!("{} = NULL", quote(column)))
            .collect();
        Written {
            what: format!("`{}`: {why}, and is NULL now", reference.table),
            count: self.count(&reference.table, &dangling),
            note: self.note(&reference.table, &dangling, &remark, run),
            update: format!("UPDATE {table} SET {} WHERE {dangling}", set.join(", ")),
        }
    }

    /// The same for a value that is given.
    pub(super) fn fill(&self, fill: &Fill, run: i64) -> Written {
        let table = quote(&fill.table);
        let column = quote(&fill.column);
        let value = format!("{table}.{column}");
        let not_marked = format!("NOT {}", self.is_marked(&fill.table, &table));
        let (condition, set, what) = match &fill.kind {
            FillKind::Null { value: given, shown } => (
                format!("{value} IS NULL AND {not_marked}"),
                given.clone(),
                format!("`{}` was NULL and got {shown}", fill.column),
            ),
            FillKind::Utc => {
                // What stands between the seconds and the zone: the fraction, whole.
                let tail = format!("ltrim(substr({value}, 21), '0123456789')");
                let fraction = format!(
                    "CASE substr({value}, 20, 1) WHEN '.' THEN substr({value}, 20, length({value}) - 19 - length({tail})) ELSE '' END"
                );
                (
                    format!(
                        "typeof({value}) = 'text' AND datetime({value}) IS NOT NULL AND {value} <> datetime({value}) || ({fraction}) AND {not_marked}"
                    ),
                    format!("datetime({value}) || ({fraction})"),
                    format!("`{}` had a zone and is in UTC now", fill.column),
                )
            }
        };
        let note = match fill.kind {
            FillKind::Null { .. } => self.note(&fill.table, &condition, &quote_text(&what), run),
            // It is the same moment.
            FillKind::Utc => None,
        };
        Written {
            what: format!("`{}`: {what}", fill.table),
            count: self.count(&fill.table, &condition),
            note,
            update: format!("UPDATE {table} SET {column} = {set} WHERE {condition}"),
        }
    }

    pub(super) fn count(&self, table: &str, condition: &str) -> String {
        format!("SELECT count(*) AS count FROM {} WHERE {condition}", self.from(table))
    }

    /// How many rows have values in columns that leave.
    pub(super) fn count_values(&self, table: &str, columns: &[String]) -> String {
        self.count(table, &self.has_values(table, columns))
    }

    fn note(&self, table: &str, condition: &str, remark: &str, run: i64) -> Option<String> {
        self.shapes.get(table)?;
        Some(format!(
            "INSERT INTO seawright_data_notes (run, step, source_table, row_key, note) SELECT {run}, {}, {}, {}, {remark} FROM {} WHERE {condition}",
            quote_text(&step_of(table)),
            quote_text(table),
            self.key(table, &quote(table)),
            self.from(table),
        ))
    }
}

/// Statements that change values in rows that go along.
pub(super) struct Written {
    pub(super) what: String,
    pub(super) count: String,
    pub(super) note: Option<String>,
    pub(super) update: String,
}

/// The values of a reference as text.
fn values(reference: &Reference) -> String {
    let table = quote(&reference.table);
    let parts: Vec<String> = reference
        .key
        .columns
        .iter()
        .map(|column| format!("coalesce(CAST({table}.{} AS text), 'NULL')", quote(column)))
        .collect();
    parts.join(" || ', ' || ")
}

fn named(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A type as PostgreSQL writes it in a cast.
fn postgres_name(data_type: &DataType) -> String {
    match data_type {
        DataType::TinyInteger | DataType::TinyUnsigned => "smallint".to_owned(),
        DataType::SmallUnsigned | DataType::Unsigned => "integer".to_owned(),
        DataType::BigUnsigned => "bigint".to_owned(),
        DataType::Float => "real".to_owned(),
        DataType::Double => "double precision".to_owned(),
        DataType::DateTime => "timestamp".to_owned(),
        DataType::Blob | DataType::Binary(_) | DataType::VarBinary(_) => "bytea".to_owned(),
        DataType::Enum(name) => quote_list([name]),
        DataType::Array(element) => format!("{}[]", postgres_name(element)),
        DataType::Custom(name) => name.split(" COLLATE ").next().unwrap_or(name).to_owned(),
        other => other.to_string(),
    }
}

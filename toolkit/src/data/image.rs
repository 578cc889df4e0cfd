//! Before-images: how rows are written into `seawright_data_images`, and back.
//!
//! An image is written by the statement that changes the rows (PostgreSQL, where a changing statement can feed another) or
//! beside it in the same transaction (SQLite). Values are kept as the database itself writes and reads them: on PostgreSQL
//! as the text of their type, which every type reads back (manual section 8, "input/output functions"), on SQLite as JSON
//! of their storage class, with an object for what JSON has no form of.

use sea_orm::DbBackend;

use super::{ledger::images::ImageKind, rows::Shape};
use crate::ddl::{quote, quote_text};

/// What every image of a batch says of its origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'o> {
    pub(super) run: i64,
    pub(super) step: &'o str,
}

/// The texts of the statements that write and read images of one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Image<'i> {
    pub(super) shape: &'i Shape,
    pub(super) columns: &'i [String],
}

impl Image<'_> {
    fn is_postgres(&self) -> bool {
        self.shape.backend == DbBackend::Postgres
    }

    /// A row's key as a JSON list.
    pub(super) fn key_of(&self, table: &str) -> String {
        self.list(table, &self.shape.key)
    }

    /// The values of the image's columns as a JSON list.
    pub(super) fn values_of(&self, table: &str) -> String {
        self.list(table, self.columns)
    }

    /// What tells whether a row that was made has changed since.
    pub(super) fn mark_of(&self, table: &str) -> String {
        if self.is_postgres() {
            format!("to_json(md5(({table}.*)::text))")
        } else {
            self.list(table, &self.shape.columns)
        }
    }

    fn list(&self, table: &str, columns: &[String]) -> String {
        let values = columns.iter().map(|column| format!("{table}.{}", quote(column)));
        if self.is_postgres() {
            let texts: Vec<String> = values.map(|value| format!("CAST({value} AS text)")).collect();
            format!("array_to_json(ARRAY[{}]::text[])", texts.join(", "))
        } else {
            let values: Vec<String> = values.map(|value| encoded(&value)).collect();
            format!("json_array({})", values.join(", "))
        }
    }

    /// The beginning of the statement that writes an image, up to the number of rows and the list of them.
    fn head(&self, origin: Origin<'_>, kind: ImageKind) -> String {
        use sea_orm::ActiveEnum as _;
        format!(
            "INSERT INTO seawright_data_images (run, step, table_name, kind, columns, row_count, rows) \
             SELECT {}, {}, {}, {}, {}",
            origin.run,
            quote_text(origin.step),
            quote_text(&self.shape.table),
            quote_text(&kind.to_value()),
            quote_text(&serde_json::json!(self.columns).to_string()),
        )
    }

    /// PostgreSQL: what stands around a changing statement that returns key, values before and values after.
    pub(super) fn around(&self, origin: Origin<'_>, kind: ImageKind, changing: &str) -> String {
        format!(
            "WITH changed (k, b, a) AS ({changing}) {}, count(*), json_agg(json_build_array(k, b, a))::text \
             FROM changed HAVING count(*) > 0 RETURNING row_count",
            self.head(origin, kind)
        )
    }

    /// SQLite: the statement that writes an image of the rows of a query with the columns `k`, `b` and `a`.
    pub(super) fn of_query(&self, origin: Origin<'_>, kind: ImageKind, query: &str) -> String {
        format!(
            "{}, count(*), '[' || group_concat('[' || k || ',' || b || ',' || a || ']', ',') || ']' FROM ({query}) WHERE true HAVING count(*) > 0",
            self.head(origin, kind)
        )
    }

    /// SQLite: the statement that adds the values after to an image that was written before.
    pub(super) fn add_after(&self, id: i64) -> String {
        let table = quote(&self.shape.table);
        format!(
            "UPDATE seawright_data_images SET rows = (SELECT json_group_array(json_array(json(k), json(b), json(a))) FROM \
             (SELECT json_extract(e.value, '$[0]') AS k, json_extract(e.value, '$[1]') AS b, {} AS a \
             FROM json_each(seawright_data_images.rows) AS e JOIN {table} ON {})) WHERE id = {id}",
            self.values_of(&table),
            self.same_key(&table),
        )
    }

    /// That a row is that of the image's element `e`.
    fn same_key(&self, table: &str) -> String {
        let parts: Vec<String> = self
            .shape
            .key
            .iter()
            .enumerate()
            .map(|(at, column)| format!("{table}.{} = {}", quote(column), self.key_part(at)))
            .collect();
        parts.join(" AND ")
    }

    fn key_part(&self, at: usize) -> String {
        if self.is_postgres() {
            let kind = self
                .shape
                .key
                .get(at)
                .and_then(|column| self.shape.type_of(column))
                .unwrap_or("text");
            format!("CAST(e.v -> 0 ->> {at} AS {kind})")
        } else {
            format!("json_extract(e.value, '$[0][{at}]')")
        }
    }

    /// The images' table with an element `e` for each row of one image.
    fn elements(&self, id: i64) -> String {
        if self.is_postgres() {
            format!("(SELECT json_array_elements(rows::json) AS v FROM seawright_data_images WHERE id = {id}) AS e")
        } else {
            format!(
                "(SELECT one.value AS value FROM seawright_data_images AS image, json_each(image.rows) AS one WHERE image.id = {id}) AS e"
            )
        }
    }

    /// What a row must say of itself to be as the step left it.
    fn unchanged(&self, kind: ImageKind, table: &str) -> String {
        let now = match kind {
            ImageKind::Insert => self.mark_of(table),
            ImageKind::Update | ImageKind::Delete => self.values_of(table),
        };
        if self.is_postgres() {
            format!("({now})::text = (e.v -> 2)::text")
        } else {
            format!("{now} = json_extract(e.value, '$[2]')")
        }
    }

    /// The query for the keys of rows that are not as the step left them, as text.
    pub(super) fn changed_since(&self, id: i64, kind: ImageKind) -> String {
        let table = quote(&self.shape.table);
        let key = if self.is_postgres() {
            "(e.v -> 0)::text".to_owned()
        } else {
            "json_extract(e.value, '$[0]')".to_owned()
        };
        let first = self
            .shape
            .key
            .first()
            .map_or_else(|| "1".to_owned(), |column| format!("{table}.{}", quote(column)));
        let odd = match kind {
            // It must not have come back.
            ImageKind::Delete => format!("{first} IS NOT NULL"),
            ImageKind::Insert | ImageKind::Update => {
                format!("({first} IS NULL OR NOT ({}))", self.unchanged(kind, &table))
            }
        };
        format!(
            "SELECT {key} AS k FROM {} LEFT JOIN {table} ON {} WHERE {odd}",
            self.elements(id),
            self.same_key(&table),
        )
    }

    /// The statement that puts the rows of an image back that are as the step left them.
    pub(super) fn restore(&self, id: i64, kind: ImageKind) -> String {
        let table = quote(&self.shape.table);
        let (elements, same_key) = (self.elements(id), self.same_key(&table));
        match kind {
            ImageKind::Update => {
                let sets: Vec<String> = self
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| format!("{} = {}", quote(column), self.value_before(at)))
                    .collect();
                format!(
                    "UPDATE {table} SET {} FROM {elements} WHERE {same_key} AND {}",
                    sets.join(", "),
                    self.unchanged(kind, &table)
                )
            }
            ImageKind::Insert if self.is_postgres() => {
                format!(
                    "DELETE FROM {table} USING {elements} WHERE {same_key} AND {}",
                    self.unchanged(kind, &table)
                )
            }
            ImageKind::Insert => {
                let key: Vec<String> = self
                    .shape
                    .key
                    .iter()
                    .map(|column| format!("{table}.{}", quote(column)))
                    .collect();
                let parts: Vec<String> = (0..self.shape.key.len()).map(|at| self.key_part(at)).collect();
                format!(
                    "DELETE FROM {table} WHERE ({}, {}) IN (SELECT {}, json_extract(e.value, '$[2]') FROM {elements})",
                    key.join(", "),
                    self.mark_of(&table),
                    parts.join(", ")
                )
            }
            ImageKind::Delete => {
                let columns: Vec<String> = self.columns.iter().map(|column| quote(column)).collect();
                let values: Vec<String> = (0..self.columns.len()).map(|at| self.value_before(at)).collect();
                format!(
                    "INSERT INTO {table} ({}) SELECT {} FROM {elements} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {same_key})",
                    columns.join(", "),
                    values.join(", ")
                )
            }
        }
    }

    fn value_before(&self, at: usize) -> String {
        if self.is_postgres() {
            let kind = self
                .columns
                .get(at)
                .and_then(|column| self.shape.type_of(column))
                .unwrap_or("text");
            return format!("CAST(e.v -> 1 ->> {at} AS {kind})");
        }
        let path = format!("$[1][{at}]");
        format!(
            "CASE json_type(e.value, '{path}') WHEN 'object' THEN CASE WHEN json_type(e.value, '{path}.blob') IS NULL \
             THEN CAST(json_extract(e.value, '{path}.real') AS real) ELSE unhex(json_extract(e.value, '{path}.blob')) END \
             ELSE json_extract(e.value, '{path}') END"
        )
    }
}

/// SQLite: a value in JSON from which it comes back as it was, its storage class included. Without the digits, a number
/// would come back with fifteen of seventeen.
fn encoded(value: &str) -> String {
    format!(
        "CASE typeof({value}) WHEN 'blob' THEN json_object('blob', hex({value})) \
         WHEN 'real' THEN json_object('real', printf('%!.17g', {value})) ELSE {value} END"
    )
}

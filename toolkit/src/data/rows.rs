//! Whole rows of any table, as JSON and back.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::ddl::{quote, quote_text};

/// What the ledger's statements need to know of a table.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(super) table: String,
    /// All columns that a row can be given, which the computed ones are not.
    pub(crate) columns: Vec<String>,
    /// Their types, as the database writes them in a cast, without a length: a cast to one would cut in silence.
    types: Vec<String>,
    pub(crate) key: Vec<String>,
    /// PostgreSQL's columns of JSON and which of its two types each has.
    json: Vec<(String, String)>,
    pub(super) backend: DbBackend,
}

impl Shape {
    /// Reads a table's columns and primary key. A table that is not there has none.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn read<C: ConnectionTrait>(db: &C, table: &str) -> Result<Self, DbErr> {
        let backend = db.get_database_backend();
        let sql = match backend {
            DbBackend::Sqlite => format!(
                "SELECT name, pk AS position, NULL AS json, type FROM pragma_table_info({}) ORDER BY cid",
                quote_text(table)
            ),
            DbBackend::Postgres => format!(
                "SELECT a.attname::text AS name, coalesce(array_position(i.indkey::int2[], a.attnum), -1)::int4 + 1 AS position, \
                 CASE WHEN a.atttypid IN ('json'::regtype, 'jsonb'::regtype) THEN a.atttypid::regtype::text END AS json, \
                 format_type(a.atttypid, -1) AS type \
                 FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
                 WHERE a.attrelid = to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum",
                quote_text(&quote(table))
            ),
            _ => {
                return Err(DbErr::Migration(
                    "data is not yet moved on MySQL and MariaDB".to_owned(),
                ));
            }
        };
        let (mut columns, mut types) = (Vec::new(), Vec::new());
        let mut key = Vec::new();
        let mut json = Vec::new();
        for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
            let (name, position): (String, i32) = (row.try_get("", "name")?, row.try_get("", "position")?);
            if position > 0 {
                key.push((position, name.clone()));
            }
            if let Some(kind) = row.try_get::<Option<String>>("", "json")? {
                json.push((name.clone(), kind));
            }
            columns.push(name);
            types.push(row.try_get("", "type")?);
        }
        key.sort();
        Ok(Self {
            table: table.to_owned(),
            columns,
            types,
            key: key.into_iter().map(|(_, name)| name).collect(),
            json,
            backend,
        })
    }

    /// The same table under other names.
    pub(crate) fn renamed(mut self, table: &str, new: impl Fn(&str) -> String) -> Self {
        table.clone_into(&mut self.table);
        let names = self.columns.iter_mut().chain(&mut self.key);
        for name in names.chain(self.json.iter_mut().map(|(name, _)| name)) {
            *name = new(name);
        }
        self
    }

    /// A column's type; none of a column that is not there.
    pub(crate) fn type_of(&self, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|own| own == column)?;
        self.types.get(at).map(String::as_str)
    }

    /// The row's key as text. The table is not aliased.
    pub(crate) fn key_sql(&self) -> String {
        let table = quote(&self.table);
        let parts: Vec<String> = self
            .key
            .iter()
            .map(|column| format!("CAST({table}.{} AS text)", quote(column)))
            .collect();
        parts.join(" || '\u{1f}' || ")
    }

    /// The row as JSON text, written by the database itself. The table is not aliased.
    pub(crate) fn json_sql(&self) -> String {
        let table = quote(&self.table);
        if self.backend == DbBackend::Postgres {
            // JSON's own null would look like an absent value, so columns of JSON are kept as their text. A function
            // takes at most 100 arguments.
            let texts = self.json.chunks(50).map(|chunk| {
                let pairs: Vec<String> = chunk
                    .iter()
                    .map(|(column, _)| format!("{}, {table}.{}::text", quote_text(column), quote(column)))
                    .collect();
                format!("jsonb_build_object({})", pairs.join(", "))
            });
            let objects: Vec<String> = std::iter::once(format!("to_jsonb({table}.*)")).chain(texts).collect();
            return format!("({})::text", objects.join(" || "));
        }
        // A blob has no form in JSON; it is kept as an object with its hexadecimal digits. SQLite itself writes a number
        // with 15 digits, which is not always the same number; infinity, which has no digits, it writes as 9e999.
        let pairs: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let value = format!("{table}.{}", quote(column));
                format!(
                    "{}, CASE typeof({value}) WHEN 'blob' THEN json_object('blob', hex({value})) \
                     WHEN 'real' THEN CASE WHEN abs({value}) < 9e999 THEN json(printf('%!.17g', {value})) ELSE {value} END \
                     ELSE {value} END",
                    quote_text(column)
                )
            })
            .collect();
        // A function takes at most 127 arguments in older builds (SQLITE_MAX_FUNCTION_ARG), so wide rows are joined as
        // text: json_patch would leave out every NULL.
        let objects: Vec<String> = pairs
            .chunks(40)
            .map(|chunk| format!("json_object({})", chunk.join(", ")))
            .collect();
        objects
            .into_iter()
            .reduce(|left, right| format!("substr({left}, 1, length({left}) - 1) || ',' || substr({right}, 2)"))
            .unwrap_or_else(|| "json_object()".to_owned())
    }

    /// The statement that brings rows back from the ledger.
    pub(super) fn restore_sql(&self) -> String {
        self.insert_sql("true")
    }

    /// The statement that brings those rows of a step back from the ledger that are not in the table.
    pub(super) fn bring_back_sql(&self, step: &str, keys: &[String]) -> String {
        let keys: Vec<String> = keys.iter().map(|key| quote_text(key)).collect();
        self.insert_sql(&format!(
            "kept.step = {} AND kept.row_key IN ({}) AND NOT EXISTS (SELECT 1 FROM {} WHERE {} = kept.row_key)",
            quote_text(step),
            keys.join(", "),
            quote(&self.table),
            self.key_sql()
        ))
    }

    fn insert_sql(&self, condition: &str) -> String {
        let table = quote(&self.table);
        let columns = self
            .columns
            .iter()
            .map(|column| quote(column))
            .collect::<Vec<_>>()
            .join(", ");
        let source = format!(
            "FROM seawright_data_rows AS kept WHERE {condition} AND kept.source_table = {}",
            quote_text(&self.table)
        );
        if self.backend == DbBackend::Postgres {
            let values = self
                .columns
                .iter()
                .map(|column| match self.json.iter().find(|(name, _)| name == column) {
                    Some((_, kind)) => format!("CAST(r.whole ->> {} AS {kind})", quote_text(column)),
                    None => format!("(r.row).{}", quote(column)),
                })
                .collect::<Vec<_>>()
                .join(", ");
            return format!(
                "INSERT INTO {table} ({columns}) SELECT {values} FROM \
                 (SELECT kept.row_json::jsonb AS whole, jsonb_populate_record(NULL::{table}, kept.row_json::jsonb) AS row {source}) AS r"
            );
        }
        let values: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let path = quote_text(&format!("$.\"{column}\""));
                let blob = quote_text(&format!("$.\"{column}\".blob"));
                format!(
                    "CASE json_type(kept.row_json, {path}) WHEN 'object' THEN unhex(json_extract(kept.row_json, {blob})) \
                     ELSE json_extract(kept.row_json, {path}) END"
                )
            })
            .collect();
        format!("INSERT INTO {table} ({columns}) SELECT {} {source}", values.join(", "))
    }
}

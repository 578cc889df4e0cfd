//! SQLite's schema table → views, triggers and virtual tables, and what each of them reads.
//!
//! SQLite keeps them as text and knows of no bonds, so the text is searched for names.

use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{
    IntrospectError,
    sqlite::rows,
    sqlite_tokens::{Kind, Token, tokens},
};
use crate::schema::{Dependency, Schema, Unmanaged, UnmanagedKind};

const OBJECTS: &str = "
SELECT s.type AS kind, s.name, s.tbl_name AS \"table\", s.sql
  FROM main.sqlite_schema s
 WHERE s.type IN ('view', 'trigger') OR s.type = 'table' AND upper(substr(ltrim(s.sql), 1, 14)) = 'CREATE VIRTUAL'
 ORDER BY s.type, s.name";

#[derive(FromQueryResult)]
struct ObjectRow {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

/// Adds them to a schema whose tables and columns are read.
pub(super) async fn read<C: ConnectionTrait>(db: &C, schema: &mut Schema) -> Result<(), IntrospectError> {
    for row in rows::<ObjectRow, _>(db, "objects", OBJECTS).await? {
        let kind = match row.kind.as_str() {
            "view" => UnmanagedKind::View,
            "trigger" => UnmanagedKind::Trigger,
            _ => UnmanagedKind::VirtualTable,
        };
        let sql = row.sql.unwrap_or_default();
        let mut one = Unmanaged::new(kind, row.name, sql.as_str());
        if kind != UnmanagedKind::VirtualTable {
            one.depends_on = reads(&sql, schema);
        }
        let of = schema
            .tables
            .iter_mut()
            .find(|table| kind == UnmanagedKind::Trigger && table.name.eq_ignore_ascii_case(&row.table));
        match of {
            Some(table) => table.unmanaged.push(one),
            None => schema.unmanaged.push(one),
        }
    }
    Ok(())
}

/// The tables that a text names, and those of their columns that it names too.
fn reads(sql: &str, schema: &Schema) -> Vec<Dependency> {
    let Some(tokens) = tokens(sql) else { return Vec::new() };
    let names: Vec<String> = tokens
        .into_iter()
        .filter(|token| token.kind != Kind::Text)
        .filter_map(Token::name)
        .collect();
    let is_named = |name: &str| names.iter().any(|word| word.eq_ignore_ascii_case(name));
    let mut found = Vec::new();
    for table in schema.tables.iter().filter(|table| is_named(&table.name)) {
        found.push(Dependency {
            table: table.name.clone(),
            column: None,
            by_name: false,
        });
        let columns = table.columns.iter().filter(|column| is_named(&column.name));
        found.extend(columns.map(|column| Dependency {
            table: table.name.clone(),
            column: Some(column.name.clone()),
            by_name: false,
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, DataType, Table};

    #[test]
    fn a_text_reads_what_it_names() {
        let mut table = Table {
            name: "notes".into(),
            ..Table::default()
        };
        for name in ["id", "body", "not_named"] {
            table.columns.push(Column::new(name, DataType::Text));
        }
        let mut schema = Schema::default();
        schema.insert(table);
        let found = reads(
            "CREATE VIEW v AS SELECT \"ID\", 'not_named' FROM Notes WHERE body <> ''",
            &schema,
        );
        let columns: Vec<Option<&str>> = found.iter().map(|on| on.column.as_deref()).collect();
        assert_eq!(columns, [None, Some("id"), Some("body")]);
        assert_eq!(reads("CREATE VIEW v AS SELECT 1 AS id", &schema), []);
    }
}

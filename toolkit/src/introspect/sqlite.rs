//! SQLite's schema table and pragmas → the IR.
//!
//! Four statements: the pragmas are called as table-valued functions, so that each answers for every table at once.
//! What they do not tell is read from the SQL that SQLite keeps ([`sqlite_sql`]). Where that text cannot be made out,
//! it is kept whole, as unmanaged, so that two databases still differ where it does.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

use super::{IntrospectError, number, sqlite_sql, sqlite_tokens, sqlite_unmanaged};
use crate::schema::{
    AutoIncrement, Check, Column, DataType, Direction, Expression, ForeignKey, Index, IndexKey, IndexPart, Literal,
    PrimaryKey, ReferentialAction, Schema, Table, Unique, Unmanaged, UnmanagedKind,
};
use sqlite_sql::{ColumnSql, ForeignKeySql, IndexSql, TableSql, UniqueSql};
use sqlite_tokens::Kind;

const DATABASE: &str = "SQLite";

/// `pragma_table_list` tells tables from virtual tables and from the tables that those keep their data in.
const TABLES: &str = "
SELECT l.name, l.wr AS without_rowid, s.sql
  FROM pragma_table_list l JOIN main.sqlite_schema s ON s.type = 'table' AND s.name = l.name
 WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
 ORDER BY l.name";

const COLUMNS: &str = "
SELECT s.name AS \"table\", c.name, c.type AS declared, c.\"notnull\" AS not_null, c.dflt_value AS default_text,
       c.pk AS key_position, c.hidden
  FROM main.sqlite_schema s JOIN pragma_table_xinfo(s.name, 'main') c
 WHERE s.type = 'table'
 ORDER BY s.name, c.cid";

const INDEXES: &str = "
SELECT s.name AS \"table\", i.seq AS position, i.name, i.\"unique\" AS is_unique, i.origin, x.name AS \"column\",
       x.\"desc\" AS is_desc, x.coll AS collation, d.sql
  FROM main.sqlite_schema s JOIN pragma_index_list(s.name, 'main') i JOIN pragma_index_xinfo(i.name, 'main') x
  LEFT JOIN main.sqlite_schema d ON d.type = 'index' AND d.name = i.name
 WHERE s.type = 'table' AND x.key = 1
 ORDER BY s.name, i.name, x.seqno";

const FOREIGN_KEYS: &str = "
SELECT s.name AS \"table\", f.id, f.\"table\" AS ref_table, f.\"from\" AS \"column\", f.\"to\" AS ref_column,
       f.on_update, f.on_delete
  FROM main.sqlite_schema s JOIN pragma_foreign_key_list(s.name, 'main') f
 WHERE s.type = 'table'
 ORDER BY s.name, f.id DESC, f.seq";

#[derive(FromQueryResult)]
struct TableRow {
    name: String,
    without_rowid: bool,
    sql: String,
}

#[derive(FromQueryResult)]
struct ColumnRow {
    table: String,
    name: String,
    declared: String,
    not_null: bool,
    default_text: Option<String>,
    key_position: i32,
    hidden: i32,
}

#[derive(FromQueryResult)]
struct IndexRow {
    table: String,
    position: i32,
    name: String,
    is_unique: bool,
    origin: String,
    column: Option<String>,
    is_desc: bool,
    collation: Option<String>,
    sql: Option<String>,
}

#[derive(FromQueryResult)]
struct ForeignKeyRow {
    table: String,
    id: i32,
    ref_table: String,
    column: String,
    ref_column: Option<String>,
    on_update: String,
    on_delete: String,
}

/// Reads `main`.
pub(super) async fn introspect<C: ConnectionTrait>(db: &C) -> Result<Schema, IntrospectError> {
    let table_rows: Vec<TableRow> = rows(db, "tables", TABLES).await?;
    let mut columns = by_table(rows(db, "columns", COLUMNS).await?, |row: &ColumnRow| &row.table);
    let mut indexes = by_table(rows(db, "indexes", INDEXES).await?, |row: &IndexRow| &row.table);
    let mut keys = by_table(rows(db, "foreign keys", FOREIGN_KEYS).await?, |row: &ForeignKeyRow| {
        &row.table
    });
    let mut schema = Schema::default();
    for row in table_rows {
        let name = row.name.clone();
        let facts = Facts {
            columns: columns.remove(&name).unwrap_or_default(),
            indexes: indexes.remove(&name).unwrap_or_default(),
            foreign_keys: keys.remove(&name).unwrap_or_default(),
        };
        schema.tables.push(table(row, &facts));
    }
    name_what_is_referred_to(&mut schema);
    sqlite_unmanaged::read(db, &mut schema).await?;
    Ok(schema)
}

struct Facts {
    columns: Vec<ColumnRow>,
    indexes: Vec<IndexRow>,
    foreign_keys: Vec<ForeignKeyRow>,
}

pub(super) async fn rows<T: FromQueryResult, C: ConnectionTrait>(
    db: &C,
    what: &'static str,
    sql: &str,
) -> Result<Vec<T>, IntrospectError> {
    let read = async {
        let answer = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
        answer
            .iter()
            .map(|row| T::from_query_result(row, ""))
            .collect::<Result<Vec<T>, DbErr>>()
    };
    read.await.map_err(|source| IntrospectError::Query {
        database: DATABASE,
        what,
        source,
    })
}

fn by_table<T>(rows: Vec<T>, table: fn(&T) -> &String) -> BTreeMap<String, Vec<T>> {
    let mut tables: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for row in rows {
        tables.entry(table(&row).clone()).or_default().push(row);
    }
    tables
}

fn table(row: TableRow, facts: &Facts) -> Table {
    let mut table = Table {
        name: row.name,
        ..Table::default()
    };
    let parsed = sqlite_sql::create_table(&row.sql).filter(|sql| {
        let names = facts.columns.iter().map(|column| &column.name);
        sql.columns.iter().map(|column| &column.name).eq(names)
    });
    let is_understood = parsed.is_some();
    let mut sql = parsed.unwrap_or_default();
    if !is_understood {
        table
            .unmanaged
            .push(Unmanaged::new(UnmanagedKind::Statement, "table", row.sql));
    }
    for (name, text) in std::mem::take(&mut sql.checks) {
        table.checks.push(Check {
            name: name.unwrap_or_default(),
            expression: Expression::Sql(text),
        });
    }
    for (kind, about, text) in std::mem::take(&mut sql.facts) {
        table.unmanaged.push(Unmanaged::new(kind, about, text));
    }

    let mut key: Vec<&ColumnRow> = facts.columns.iter().filter(|column| column.key_position > 0).collect();
    key.sort_by_key(|column| column.key_position);
    if !key.is_empty() {
        table.primary_key = Some(PrimaryKey {
            name: sql.primary_key_name.take(),
            columns: key.iter().map(|column| column.name.clone()).collect(),
        });
    }
    // A key that is the row's number has no index of its own, and is never NULL whatever the declaration says.
    let is_row_number = key.len() == 1 && !row.without_rowid && facts.indexes.iter().all(|index| index.origin != "pk");
    for (at, read) in facts.columns.iter().enumerate() {
        if read.hidden == 2 {
            let one = Unmanaged::new(UnmanagedKind::ColumnOption, &read.name, "VIRTUAL");
            table.unmanaged.push(one);
        }
        let said = sql.columns.get(at);
        table
            .columns
            .push(column(read, said, is_row_number, sql.auto_increment));
    }
    indexes(&mut table, &facts.indexes, &sql);
    foreign_keys(&mut table, &facts.foreign_keys, sql.foreign_keys);
    table
}

fn column(row: &ColumnRow, said: Option<&ColumnSql>, is_row_number: bool, auto_increment: bool) -> Column {
    let mut data_type = data_type(&row.declared);
    if let Some(collation) = said.and_then(|said| said.collation.as_ref()) {
        data_type = DataType::Custom(format!("{} COLLATE {collation}", row.declared));
    }
    let mut column = Column::new(row.name.clone(), data_type);
    let is_key = row.key_position > 0;
    column.nullable = !(row.not_null || is_key && is_row_number);
    column.default = row.default_text.as_deref().and_then(default);
    column.generated = said.and_then(|said| said.generated.clone()).map(Expression::Sql);
    if is_key && auto_increment {
        column.auto_increment = AutoIncrement::Yes;
    }
    column
}

/// Reads sea-query's spellings back (backend/sqlite/table.rs of 1.0).
fn data_type(declared: &str) -> DataType {
    let lower = declared.to_ascii_lowercase();
    let (word, size) = match lower.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((word, size)) => (word.trim_end(), Some(size)),
        None => (lower.as_str(), None),
    };
    let sizes: Option<Vec<u32>> = size.map_or(Some(Vec::new()), |size| {
        size.split(',').map(|number| number.trim().parse().ok()).collect()
    });
    let known = sizes.and_then(|sizes| {
        Some(match (word, sizes.as_slice()) {
            ("boolean", []) => DataType::Boolean,
            ("tinyint", []) => DataType::TinyInteger,
            ("smallint", []) => DataType::SmallInteger,
            ("integer", []) => DataType::Integer,
            ("float", []) => DataType::Float,
            ("double", []) => DataType::Double,
            ("real_decimal", []) => DataType::Decimal(None),
            ("real", [precision, scale]) => DataType::Decimal(Some((*precision, *scale))),
            ("char", []) => DataType::Char(None),
            ("char", [length]) => DataType::Char(Some(*length)),
            ("varchar", []) => DataType::Varchar(None),
            ("varchar", [length]) => DataType::Varchar(Some(*length)),
            ("text", []) => DataType::Text,
            ("blob", []) => DataType::Blob,
            ("blob", [length]) => DataType::Binary(*length),
            ("varbinary_blob", []) => DataType::VarBinary(None),
            ("varbinary_blob", [length]) => DataType::VarBinary(Some(*length)),
            ("date_text", []) => DataType::Date,
            ("time_text", []) => DataType::Time,
            ("datetime_text", []) => DataType::DateTime,
            ("timestamp_text", []) => DataType::Timestamp,
            ("timestamp_with_timezone_text", []) => DataType::TimestampTz,
            ("json_text", []) => DataType::Json,
            ("jsonb_text", []) => DataType::JsonBinary,
            ("uuid_text", []) => DataType::Uuid,
            _ => return None,
        })
    });
    known.unwrap_or_else(|| DataType::Custom(declared.to_owned()))
}

/// Reads a default's text; none for NULL, which is what a column without a default has too.
fn default(text: &str) -> Option<Expression> {
    let Some(tokens) = sqlite_tokens::tokens(text) else {
        return Some(Expression::Sql(text.to_owned()));
    };
    let constant = match tokens.as_slice() {
        [token] if token.kind == Kind::Text => token.name().map(Expression::text),
        [token] if token.kind == Kind::Number => number(token.text).map(Expression::Literal),
        [sign, token] if token.kind == Kind::Number && sign.text == "-" => {
            number(&format!("-{}", token.text)).map(Expression::Literal)
        }
        [sign, token] if token.kind == Kind::Number && sign.text == "+" => number(token.text).map(Expression::Literal),
        [token] if token.kind == Kind::Word => match token.text.to_ascii_lowercase().as_str() {
            "null" => return None,
            "true" => Some(Expression::Literal(Literal::Bool(true))),
            "false" => Some(Expression::Literal(Literal::Bool(false))),
            "current_timestamp" => Some(Expression::CurrentTimestamp),
            "current_date" => Some(Expression::CurrentDate),
            "current_time" => Some(Expression::CurrentTime),
            _ => None,
        },
        _ => None,
    };
    Some(constant.unwrap_or_else(|| Expression::Sql(sqlite_tokens::render(&tokens))))
}

fn indexes(table: &mut Table, rows: &[IndexRow], sql: &TableSql) {
    let mut said: Vec<&UniqueSql> = sql.uniques.iter().collect();
    let mut uniques = Vec::new();
    for rows in rows.chunk_by(|a, b| a.name == b.name) {
        let Some(first) = rows.first() else { continue };
        match first.origin.as_str() {
            "u" => {
                let columns: Vec<String> = rows.iter().filter_map(|row| row.column.clone()).collect();
                let at = said.iter().position(|said| same_names(&said.columns, &columns));
                let name = at.and_then(|at| said.remove(at).name.clone()).unwrap_or_default();
                uniques.push((first.position, Unique { name, columns }));
            }
            "c" => {
                let (index, unread) = index(rows, sql);
                let whole = unread.map(|text| Unmanaged::new(UnmanagedKind::Index, &first.name, text));
                table.unmanaged.extend(whole);
                table.indexes.push(index);
            }
            _ => {}
        }
    }
    // The newest comes first in the pragma; unnamed ones are kept in the order in which they were declared.
    uniques.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
    table.uniques = uniques.into_iter().map(|(_, unique)| unique).collect();
}

/// An index, and its whole SQL where that could not be made out.
fn index(rows: &[IndexRow], table: &TableSql) -> (Index, Option<String>) {
    let first = &rows[0];
    let text = first.sql.clone().unwrap_or_default();
    let sql = sqlite_sql::create_index(&text).filter(|sql| sql.parts.len() == rows.len());
    let parts = rows.iter().enumerate().map(|(at, row)| {
        let written = sql.as_ref().map(|sql: &IndexSql| sql.parts[at].clone());
        let collation = row.collation.as_deref().unwrap_or("BINARY");
        let key = match &row.column {
            Some(column) if is_collated(table, column, collation) => IndexKey::Column(column.clone()),
            Some(column) => {
                let quoted = || format!("\"{}\" COLLATE {collation}", column.replace('"', "\"\""));
                IndexKey::Expression(Expression::Sql(written.unwrap_or_else(quoted)))
            }
            None => IndexKey::Expression(Expression::Sql(written.unwrap_or_default())),
        };
        let direction = if row.is_desc { Direction::Desc } else { Direction::Asc };
        IndexPart { key, direction }
    });
    let mut index = Index::new(first.name.clone(), parts.collect());
    index.unique = first.is_unique;
    index.filter = sql.as_ref().and_then(|sql| sql.filter.clone()).map(Expression::Sql);
    (index, sql.is_none().then_some(text))
}

/// Whether the column is compared that way by itself.
fn is_collated(table: &TableSql, column: &str, collation: &str) -> bool {
    let said = table.columns.iter().find(|said| said.name == column);
    let own = said.and_then(|said| said.collation.as_deref()).unwrap_or("BINARY");
    own.eq_ignore_ascii_case(collation)
}

fn foreign_keys(table: &mut Table, rows: &[ForeignKeyRow], mut said: Vec<ForeignKeySql>) {
    for rows in rows.chunk_by(|a, b| a.id == b.id) {
        let Some(first) = rows.first() else { continue };
        let columns: Vec<String> = rows.iter().map(|row| row.column.clone()).collect();
        let ref_columns: Vec<String> = rows.iter().filter_map(|row| row.ref_column.clone()).collect();
        let at = said.iter().position(|said| {
            said.ref_table.eq_ignore_ascii_case(&first.ref_table)
                && same_names(&said.columns, &columns)
                && same_names(&said.ref_columns, &ref_columns)
        });
        table.foreign_keys.push(ForeignKey {
            name: at.and_then(|at| said.remove(at).name).unwrap_or_default(),
            columns,
            ref_table: first.ref_table.clone(),
            ref_columns,
            on_delete: action(&first.on_delete),
            on_update: action(&first.on_update),
            not_valid: false,
        });
    }
}

/// Names mean the same in any case, and without columns a foreign key refers to the primary key.
fn name_what_is_referred_to(schema: &mut Schema) {
    let tables: Vec<(String, Vec<String>, Vec<String>)> = schema
        .tables
        .iter()
        .map(|table| {
            let columns = table.column_names().into_iter().map(str::to_owned).collect();
            (table.name.clone(), table.key_columns().to_vec(), columns)
        })
        .collect();
    for key in schema.tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        let Some((name, primary_key, columns)) = tables
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(&key.ref_table))
        else {
            continue;
        };
        key.ref_table.clone_from(name);
        if key.ref_columns.is_empty() {
            key.ref_columns.clone_from(primary_key);
        }
        for column in &mut key.ref_columns {
            if let Some(name) = columns.iter().find(|name| name.eq_ignore_ascii_case(column)) {
                column.clone_from(name);
            }
        }
    }
}

fn same_names(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn action(text: &str) -> ReferentialAction {
    match text {
        "RESTRICT" => ReferentialAction::Restrict,
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_read_by_what_it_is_not_by_how_it_looks() {
        let literal = |literal| Some(Expression::Literal(literal));
        assert_eq!(default("'it''s'"), literal(Literal::Text("it's".into())));
        assert_eq!(default("'5'"), literal(Literal::Text("5".into())));
        assert_eq!(default("-5"), literal(Literal::Int(-5)));
        assert_eq!(default("1.5"), literal(Literal::Double(1.5)));
        assert_eq!(default("TRUE"), literal(Literal::Bool(true)));
        assert_eq!(default("NULL"), None);
        assert_eq!(default("Current_Timestamp"), Some(Expression::CurrentTimestamp));
        for text in ["lower('X')", "'a' || 'b'", "\"text\"", "x'00'", "0x10", "1 + 1"] {
            assert_eq!(default(text), Some(Expression::Sql(text.to_owned())));
        }
    }

    #[test]
    fn a_type_of_another_hand_keeps_its_spelling() {
        let custom = |text: &str| DataType::Custom(text.to_owned());
        assert_eq!(data_type("INT"), custom("INT"));
        assert_eq!(data_type("enum_text"), custom("enum_text"));
        assert_eq!(data_type(""), custom(""));
        assert_eq!(data_type("VARCHAR(255)"), DataType::Varchar(Some(255)));
        assert_eq!(data_type("real(12, 2)"), DataType::Decimal(Some((12, 2))));
        assert_eq!(data_type("varchar(max)"), custom("varchar(max)"));
    }

    #[test]
    fn a_statement_that_cannot_be_made_out_is_kept_whole() {
        let text = "CREATE TABLE t (a integer SOME NEW CLAUSE (1) CHECK a > 0)";
        let row = TableRow {
            name: "t".into(),
            without_rowid: false,
            sql: text.into(),
        };
        let facts = Facts {
            columns: vec![ColumnRow {
                table: "t".into(),
                name: "a".into(),
                declared: "integer".into(),
                not_null: false,
                default_text: None,
                key_position: 0,
                hidden: 0,
            }],
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
        };
        let table = table(row, &facts);
        assert_eq!(table.column_names(), ["a"]);
        assert_eq!(
            table.unmanaged,
            [Unmanaged::new(UnmanagedKind::Statement, "table", text)]
        );
    }
}

//! PostgreSQL's catalog → the IR.
//!
//! Seven statements on `pg_catalog`, each for the whole schema: `information_schema` shows a role only what it owns, and
//! a statement a table takes half a minute on three hundred tables (SeaQL/sea-orm#3130). Every row comes as JSON, which
//! carries arrays without a feature of the driver. Columns that only newer servers have are asked for through
//! `to_jsonb(row)`, which leaves out what is not there; PostgreSQL 13 and later answer.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    IntrospectError, postgres_default,
    postgres_unmanaged::{self, TableFacts, beside, of_the_column, of_the_table, without_place},
};
use crate::schema::{
    AutoIncrement, Check, Column, DataType, Dependency, Direction, EnumType, Expression, ForeignKey, Index, IndexKey,
    IndexPart, PrimaryKey, ReferentialAction, Schema, Table, Unique, UnmanagedKind, truncate,
};

const DATABASE: &str = "PostgreSQL";

/// The longest name, cut in silence (manual section 4.1.1).
const NAME_BYTES: usize = 63;

/// Tables, partitioned ones too; what an extension brought belongs to the extension.
const TABLES: &str = "
SELECT c.oid::bigint AS oid, c.relname AS name, obj_description(c.oid, 'pg_class') AS comment,
       c.relpersistence = 'u' AS unlogged, pg_get_partkeydef(c.oid) AS partition_key,
       pg_get_expr(c.relpartbound, c.oid) AS partition_bound, array_to_string(c.reloptions, ', ') AS options,
       (SELECT json_agg(CASE WHEN r.relnamespace = c.relnamespace THEN r.relname::text ELSE r.oid::regclass::text END ORDER BY p.inhseqno)
          FROM pg_inherits p JOIN pg_class r ON r.oid = p.inhparent WHERE p.inhrelid = c.oid) AS parents,
       CASE WHEN c.relrowsecurity THEN 'ENABLE' || CASE WHEN c.relforcerowsecurity THEN ', FORCE' ELSE '' END
            WHEN c.relforcerowsecurity THEN 'FORCE' END AS row_security,
       CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
            WHEN 'i' THEN 'USING INDEX ' || (SELECT x.indexrelid::regclass::text FROM pg_index x WHERE x.indrelid = c.oid AND x.indisreplident) END AS replica_identity,
       CASE WHEN c.reloftype <> 0 THEN 'OF ' || c.reloftype::regtype::text END AS of_type, n.nspname AS place
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT FROM pg_depend e
                    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')";

/// A serial is a default that reads a sequence which the column owns: two dependencies, whatever the sequence's name is.
const COLUMNS: &str = "
SELECT a.attrelid::bigint AS \"table\", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN t.typtype = 'e' AND t.typnamespace = n.oid THEN t.typname
            WHEN e.typtype = 'e' AND e.typnamespace = n.oid THEN e.typname END AS enum_name,
       e.oid IS NOT NULL AS is_array, a.attnotnull AS not_null, a.attidentity AS identity, a.attgenerated AS generated,
       pg_get_expr(d.adbin, d.adrelid) AS default_text, col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation_name,
       CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
       CASE to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       (SELECT string_agg(o, ', ') FROM unnest(a.attoptions) o WHERE o LIKE 'n\\_distinct%') AS options,
       nullif(to_jsonb(a) ->> 'attstattarget', '-1') AS statistics,
       EXISTS (SELECT FROM pg_depend owns
                 JOIN pg_depend reads ON reads.classid = 'pg_attrdef'::regclass AND reads.objid = d.oid
                  AND reads.refclassid = 'pg_class'::regclass AND reads.refobjid = owns.objid
                WHERE owns.classid = 'pg_class'::regclass AND owns.refclassid = 'pg_class'::regclass
                  AND owns.refobjid = a.attrelid AND owns.refobjsubid = a.attnum AND owns.deptype = 'a') AS reads_own_sequence
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum";

/// A foreign key to a partitioned table has a row for every partition too; those belong to the first one.
const CONSTRAINTS: &str = "
SELECT k.conrelid::bigint AS \"table\", k.conname AS name, k.contype AS kind, k.convalidated AS validated,
       (SELECT json_agg(a.attname ORDER BY p.n) FROM unnest(k.conkey) WITH ORDINALITY p(attnum, n)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.attnum) AS columns,
       CASE WHEN r.relnamespace = c.relnamespace THEN r.relname ELSE rn.nspname || '.' || r.relname END AS ref_table,
       (SELECT json_agg(a.attname ORDER BY p.n) FROM unnest(k.confkey) WITH ORDINALITY p(attnum, n)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.attnum) AS ref_columns,
       k.confdeltype AS on_delete, k.confupdtype AS on_update, pg_get_expr(k.conbin, k.conrelid) AS expression,
       pg_get_constraintdef(k.oid) || coalesce(' WITH (' || (SELECT array_to_string(x.reloptions, ', ') FROM pg_class x WHERE x.oid = k.conindid AND k.contype IN ('p', 'u', 'x')) || ')', '') AS definition,
       n.nspname AS place,
       k.condeferrable OR k.confmatchtype IN ('f', 'p') OR (k.contype = 'c' AND (k.connoinherit OR NOT k.convalidated))
         OR j.row ->> 'confdelsetcols' IS NOT NULL OR j.row ->> 'conenforced' = 'false' OR j.row ->> 'conperiod' = 'true'
         OR (k.contype IN ('p', 'u') AND (i.indnatts <> i.indnkeyatts OR to_jsonb(i) ->> 'indnullsnotdistinct' = 'true'
              OR EXISTS (SELECT FROM pg_class x WHERE x.oid = k.conindid AND x.reloptions IS NOT NULL)))
         OR r.relnamespace <> c.relnamespace AS has_more
  FROM pg_constraint k
  CROSS JOIN LATERAL (SELECT to_jsonb(k) AS row) j
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class r ON r.oid = k.confrelid
  LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
  LEFT JOIN pg_index i ON i.indexrelid = k.conindid
  LEFT JOIN pg_constraint parent ON parent.oid = k.conparentid
 WHERE n.nspname = current_schema() AND k.contype IN ('p', 'u', 'f', 'c', 'x')
   AND parent.conrelid IS DISTINCT FROM k.conrelid
 ORDER BY k.conrelid, k.conname";

/// Indexes that back no constraint.
const INDEXES: &str = "
SELECT i.indrelid::bigint AS \"table\", ic.relname AS name, am.amname AS method, i.indisunique AS is_unique,
       i.indisvalid AS valid, pg_get_expr(i.indpred, i.indrelid) AS filter, pg_get_indexdef(i.indexrelid) AS definition,
       coalesce(to_jsonb(i) ->> 'indnullsnotdistinct' = 'true', false) OR ic.reloptions IS NOT NULL
         OR EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = i.indexrelid AND o.attoptions IS NOT NULL) AS has_more,
       n.nspname AS place,
       (SELECT json_agg(DISTINCT a.attname) FROM pg_depend d JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0) AS reads,
       (SELECT json_agg(json_build_object(
                 'column', a.attname, 'text', pg_get_indexdef(i.indexrelid, p.n, false), 'included', p.n > i.indnkeyatts,
                 'option', coalesce(i.indoption[p.n - 1], 0),
                 'collation', CASE WHEN i.indcollation[p.n - 1] NOT IN (0, coalesce(a.attcollation, 100))
                                   THEN i.indcollation[p.n - 1]::regcollation::text END,
                 'opclass', CASE WHEN NOT o.opcdefault THEN quote_ident(o.opcname) END) ORDER BY p.n)
          FROM generate_series(1, i.indnatts::integer) p(n)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p.n - 1] AND a.attnum <> 0
          LEFT JOIN pg_opclass o ON o.oid = i.indclass[p.n - 1]) AS parts
  FROM pg_index i
  JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_am am ON am.oid = ic.relam
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))";

const ENUMS: &str = "
SELECT t.typname AS name, json_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
 WHERE n.nspname = current_schema()
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
 GROUP BY t.oid, t.typname";

#[derive(Deserialize)]
struct SchemaRow {
    name: Option<String>,
}

#[derive(Deserialize)]
struct TableRow {
    oid: i64,
    name: String,
    comment: Option<String>,
    unlogged: bool,
    partition_key: Option<String>,
    partition_bound: Option<String>,
    parents: Option<Vec<String>>,
    options: Option<String>,
    row_security: Option<String>,
    replica_identity: Option<String>,
    of_type: Option<String>,
    place: String,
}

#[derive(Deserialize)]
struct ColumnRow {
    table: i64,
    name: String,
    r#type: String,
    enum_name: Option<String>,
    is_array: bool,
    not_null: bool,
    identity: String,
    generated: String,
    default_text: Option<String>,
    comment: Option<String>,
    collation_name: Option<String>,
    storage: Option<String>,
    compression: Option<String>,
    options: Option<String>,
    statistics: Option<String>,
    reads_own_sequence: bool,
}

#[derive(Deserialize)]
struct ConstraintRow {
    table: i64,
    name: String,
    kind: String,
    validated: bool,
    columns: Option<Vec<String>>,
    ref_table: Option<String>,
    ref_columns: Option<Vec<String>>,
    on_delete: String,
    on_update: String,
    expression: Option<String>,
    definition: String,
    place: String,
    has_more: Option<bool>,
}

#[derive(Deserialize)]
struct IndexRow {
    table: i64,
    name: String,
    method: String,
    is_unique: bool,
    valid: bool,
    filter: Option<String>,
    definition: String,
    has_more: bool,
    place: String,
    reads: Option<Vec<String>>,
    parts: Vec<PartRow>,
}

#[derive(Deserialize)]
struct PartRow {
    column: Option<String>,
    text: String,
    included: bool,
    option: i16,
    collation: Option<String>,
    opclass: Option<String>,
}

#[derive(Deserialize)]
struct EnumRow {
    name: String,
    labels: Vec<String>,
}

/// Reads `current_schema()`.
pub(super) async fn introspect<C: ConnectionTrait>(db: &C) -> Result<Schema, IntrospectError> {
    let current: Vec<SchemaRow> = rows(db, "current schema", "SELECT current_schema() AS name").await?;
    if current.iter().all(|row| row.name.is_none()) {
        return Err(IntrospectError::NoCurrentSchema);
    }
    let mut tables: BTreeMap<i64, Table> = BTreeMap::new();
    for row in rows::<TableRow, _>(db, "tables", TABLES).await? {
        tables.insert(row.oid, table(row));
    }
    for row in rows::<ColumnRow, _>(db, "columns", COLUMNS).await? {
        if let Some(table) = tables.get_mut(&row.table) {
            table.unmanaged.extend(column_facts(&row));
            table.columns.push(column(row));
        }
    }
    for row in rows::<ConstraintRow, _>(db, "constraints", CONSTRAINTS).await? {
        if let Some(table) = tables.get_mut(&row.table) {
            constraint(table, row);
        }
    }
    for row in rows::<IndexRow, _>(db, "indexes", INDEXES).await? {
        if let Some(table) = tables.get_mut(&row.table) {
            if row.has_more || row.parts.iter().any(PartRow::has_more) {
                let definition = without_place(&row.definition, &row.place);
                let reads = row.reads.clone().unwrap_or_default();
                let on = (table.name.as_str(), reads.as_slice());
                let one = beside(UnmanagedKind::Index, &row.name, definition, on);
                table.unmanaged.push(one);
            }
            table.indexes.push(index(row));
        }
    }
    let enums = rows::<EnumRow, _>(db, "enumeration types", ENUMS).await?;
    let mut schema = Schema {
        enums: enums
            .into_iter()
            .map(|row| EnumType {
                name: row.name,
                values: row.labels,
            })
            .collect(),
        tables: tables.into_values().collect(),
        ..Schema::default()
    };
    postgres_unmanaged::read(db, &mut schema).await?;
    Ok(schema)
}

pub(super) async fn rows<T: DeserializeOwned, C: ConnectionTrait>(
    db: &C,
    what: &'static str,
    sql: &str,
) -> Result<Vec<T>, IntrospectError> {
    let sql = format!("SELECT row_to_json(fact)::text AS fact FROM ({sql}) fact");
    let query = |source| IntrospectError::Query {
        database: DATABASE,
        what,
        source,
    };
    let answer = db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .map_err(query)?;
    let mut rows = Vec::with_capacity(answer.len());
    for row in answer {
        let text: String = row.try_get("", "fact").map_err(query)?;
        rows.push(serde_json::from_str(&text).map_err(|source| IntrospectError::Answer {
            database: DATABASE,
            what,
            source,
        })?);
    }
    Ok(rows)
}

fn table(row: TableRow) -> Table {
    let parents = row.parents.unwrap_or_default();
    let bound = row.partition_bound.map(|bound| without_place(&bound, &row.place));
    let unmanaged = of_the_table(&TableFacts {
        unlogged: row.unlogged,
        options: row.options.as_deref(),
        partition_key: row.partition_key.as_deref(),
        partition_bound: bound.as_deref(),
        parents: &parents,
        row_security: row.row_security.as_deref(),
        replica_identity: row.replica_identity.as_deref(),
        of_type: row.of_type.as_deref(),
    });
    Table {
        name: row.name,
        comment: row.comment,
        unmanaged,
        ..Table::default()
    }
}

fn column_facts(row: &ColumnRow) -> Option<crate::schema::Unmanaged> {
    let facts = [
        ("", (row.generated == "v").then_some("VIRTUAL")),
        ("STORAGE", row.storage.as_deref()),
        ("COMPRESSION", row.compression.as_deref()),
        ("STATISTICS", row.statistics.as_deref()),
        ("WITH", row.options.as_deref()),
    ];
    of_the_column(&row.name, &facts)
}

fn column(row: ColumnRow) -> Column {
    let mut data_type = data_type(&row.r#type, row.is_array, row.enum_name);
    if let Some(collation) = row.collation_name {
        data_type = DataType::Custom(format!("{} COLLATE {collation}", row.r#type));
    }
    let mut column = Column::new(row.name, data_type);
    column.nullable = !row.not_null;
    column.comment = row.comment;
    let is_serial = row.reads_own_sequence
        && row.default_text.as_deref().is_some_and(|text| {
            text.starts_with("nextval('") && text.ends_with("'::regclass)") && text.matches("::").count() == 1
        });
    column.auto_increment = match row.identity.as_str() {
        "a" => AutoIncrement::IdentityAlways,
        "d" => AutoIncrement::Identity,
        _ if is_serial => AutoIncrement::Serial,
        _ => AutoIncrement::No,
    };
    if !row.generated.is_empty() {
        column.generated = row.default_text.map(Expression::Sql);
    } else if !is_serial {
        column.default = row.default_text.as_deref().and_then(postgres_default::read);
    }
    column
}

/// Reads what `format_type` prints.
fn data_type(text: &str, is_array: bool, enum_name: Option<String>) -> DataType {
    let element = if is_array {
        text.strip_suffix("[]").unwrap_or(text)
    } else {
        text
    };
    let data_type = enum_name
        .map(DataType::Enum)
        .or_else(|| plain_type(element))
        .unwrap_or_else(|| DataType::Custom(text.to_owned()));
    match data_type {
        DataType::Custom(_) => data_type,
        element if is_array => DataType::Array(Box::new(element)),
        plain => plain,
    }
}

fn plain_type(text: &str) -> Option<DataType> {
    let (word, size) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((word, size)) => (word, Some(size)),
        None => (text, None),
    };
    let length = || size.map(str::parse::<u32>).transpose().ok();
    Some(match word {
        "character varying" => DataType::Varchar(length()?),
        "character" => DataType::Char(length()?),
        "numeric" => DataType::Decimal(match size {
            None => None,
            Some(size) => {
                let (precision, scale) = size.split_once(',')?;
                Some((precision.parse().ok()?, scale.parse().ok()?))
            }
        }),
        _ if size.is_some() => return None,
        "boolean" => DataType::Boolean,
        "smallint" => DataType::SmallInteger,
        "integer" => DataType::Integer,
        "bigint" => DataType::BigInteger,
        "real" => DataType::Float,
        "double precision" => DataType::Double,
        "text" => DataType::Text,
        "bytea" => DataType::Blob,
        "date" => DataType::Date,
        "time without time zone" => DataType::Time,
        "timestamp without time zone" => DataType::DateTime,
        "timestamp with time zone" => DataType::TimestampTz,
        "json" => DataType::Json,
        "jsonb" => DataType::JsonBinary,
        "uuid" => DataType::Uuid,
        _ => return None,
    })
}

fn constraint(table: &mut Table, row: ConstraintRow) {
    if let (true, Some(kind)) = (
        row.has_more == Some(true) || row.kind == "x",
        constraint_kind(&row.kind),
    ) {
        let definition = without_place(&row.definition, &row.place);
        let columns = row.columns.clone().unwrap_or_default();
        let mut one = beside(kind, &row.name, definition, (&table.name, &columns));
        // What it leads to must stay as well.
        if let (Some(other), Some(columns)) = (&row.ref_table, &row.ref_columns) {
            one.depends_on.extend(columns.iter().map(|column| Dependency {
                table: other.clone(),
                column: Some(column.clone()),
                by_name: false,
            }));
        }
        table.unmanaged.push(one);
    }
    let columns = row.columns.unwrap_or_default();
    match row.kind.as_str() {
        "p" => {
            let usual = format!("{}_pkey", truncate(&table.name, NAME_BYTES - "_pkey".len()));
            table.primary_key = Some(PrimaryKey {
                name: (row.name != usual).then_some(row.name),
                columns,
            });
        }
        "u" => table.uniques.push(Unique {
            name: row.name,
            columns,
        }),
        "f" => table.foreign_keys.push(ForeignKey {
            name: row.name,
            columns,
            ref_table: row.ref_table.unwrap_or_default(),
            ref_columns: row.ref_columns.unwrap_or_default(),
            on_delete: action(&row.on_delete),
            on_update: action(&row.on_update),
            not_valid: !row.validated,
        }),
        "c" => table.checks.push(Check {
            name: row.name,
            expression: Expression::Sql(row.expression.unwrap_or_default()),
        }),
        _ => {}
    }
}

fn constraint_kind(kind: &str) -> Option<UnmanagedKind> {
    Some(match kind {
        "p" => UnmanagedKind::PrimaryKey,
        "u" => UnmanagedKind::Unique,
        "f" => UnmanagedKind::ForeignKey,
        "c" => UnmanagedKind::Check,
        "x" => UnmanagedKind::Exclusion,
        _ => return None,
    })
}

fn action(code: &str) -> ReferentialAction {
    match code {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

fn index(row: IndexRow) -> Index {
    let (included, parts): (Vec<_>, Vec<_>) = row.parts.into_iter().partition(|part| part.included);
    let mut index = Index::new(row.name, parts.into_iter().map(part).collect());
    index.unique = row.is_unique;
    index.filter = row.filter.map(Expression::Sql);
    index.include = included.into_iter().filter_map(|part| part.column).collect();
    index.method = (row.method != "btree").then_some(row.method);
    index.invalid = !row.valid;
    index
}

impl PartRow {
    /// Whether it has an operator class, a collation or a place of the NULLs of its own. `indoption` has a bit for DESC and one
    /// for NULLS FIRST; DESC puts the NULLs first by itself (manual section 11.4).
    fn has_more(&self) -> bool {
        self.collation.is_some() || self.opclass.is_some() || matches!(self.option & 3, 1 | 2)
    }
}

fn part(row: PartRow) -> IndexPart {
    let direction = if row.option & 1 == 1 {
        Direction::Desc
    } else {
        Direction::Asc
    };
    let key = match row.column {
        Some(column) => IndexKey::Column(column),
        None => IndexKey::Expression(Expression::Sql(row.text)),
    };
    IndexPart { key, direction }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_seaorm_does_not_know_keeps_its_own_name() {
        let custom = |text: &str| DataType::Custom(text.to_owned());
        assert_eq!(
            data_type("timestamp(3) without time zone", false, None),
            custom("timestamp(3) without time zone")
        );
        assert_eq!(data_type("numeric(3,-2)", false, None), custom("numeric(3,-2)"));
        assert_eq!(data_type("inet[]", true, None), custom("inet[]"));
        assert_eq!(data_type("character varying", false, None), DataType::Varchar(None));
        assert_eq!(
            data_type("numeric(12,2)[]", true, None),
            DataType::Array(Box::new(DataType::Decimal(Some((12, 2)))))
        );
        assert_eq!(
            data_type("mood[]", true, Some("mood".into())),
            DataType::Array(Box::new(DataType::Enum("mood".into())))
        );
    }
}

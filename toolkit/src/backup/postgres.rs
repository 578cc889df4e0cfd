//! PostgreSQL's schema in its own words, and its rows as `COPY` writes them.
//!
//! The words are those of the server's own functions (`pg_get_constraintdef` and its like, manual section 9.27.4), so that a
//! database is made again just as it was: names, identities, collations, storage parameters, triggers. The IR has no place for
//! some of that. What is not written here is in [`OBSTACLES`], and refused.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};
use serde::Deserialize;

use super::{
    error::{BackupError, Result},
    meta::{Counter, Own, TableMeta},
    session::{Postgres, lines},
};
use crate::ddl::{quote, quote_list};

/// The objects of the current schema that no extension brought; joined as `o`.
const OWN: &str = "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = o.oid AND e.deptype = 'e')";

const TYPES: &str = "
SELECT format('CREATE TYPE %I AS ENUM (%s)', o.typname,
         coalesce((SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = o.oid), '')) AS line
  FROM pg_type o WHERE o.typnamespace = quote_ident(current_schema())::regnamespace AND o.typtype = 'e' AND {own} ORDER BY o.oid";

/// Those of identity columns are made with them.
const SEQUENCES: &str = "
SELECT format('CREATE %sSEQUENCE %I AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s',
         CASE o.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, o.relname, s.seqtypid::regtype, s.seqincrement, s.seqmin,
         s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) AS line
  FROM pg_class o JOIN pg_sequence s ON s.seqrelid = o.oid
 WHERE o.relnamespace = quote_ident(current_schema())::regnamespace AND {own}
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.deptype = 'i') ORDER BY o.oid";

const OWNERS: &str = "
SELECT format('ALTER SEQUENCE %I OWNED BY %I.%I', o.relname, t.relname, a.attname) AS line
  FROM pg_class o JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
  JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE o.relkind = 'S' AND o.relnamespace = quote_ident(current_schema())::regnamespace AND {own} ORDER BY o.oid";

const FUNCTIONS: &str = "
SELECT pg_get_functiondef(o.oid) AS line FROM pg_proc o
 WHERE o.pronamespace = quote_ident(current_schema())::regnamespace AND o.prokind IN ('f', 'p', 'w') AND {own} ORDER BY o.oid";

const TABLES: &str = "
SELECT format('CREATE %sTABLE %I (%s)%s', CASE o.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, o.relname,
         (SELECT string_agg(concat(quote_ident(a.attname), ' ', format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation END,
              CASE WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
                   WHEN a.attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) VIRTUAL', pg_get_expr(d.adbin, d.adrelid))
                   WHEN a.attidentity <> '' THEN (SELECT format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %I INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s)',
                            CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, q.relname, s.seqincrement, s.seqmin, s.seqmax, s.seqstart,
                            s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
                          FROM pg_depend i JOIN pg_class q ON q.oid = i.objid JOIN pg_sequence s ON s.seqrelid = q.oid
                         WHERE i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.refobjid = o.oid AND i.refobjsubid = a.attnum AND i.deptype = 'i')
                   ELSE ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
              CASE WHEN a.attnotnull THEN ' NOT NULL' END), ', ' ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped),
         ' WITH (' || array_to_string(o.reloptions, ', ') || ')') AS line
  FROM pg_class o WHERE o.relnamespace = quote_ident(current_schema())::regnamespace AND o.relkind = 'r' AND {own} ORDER BY o.oid";

/// Keys first, for others refer to them.
const CONSTRAINTS: &str = "
SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', t.relname, o.conname, pg_get_constraintdef(o.oid)) AS line
  FROM pg_constraint o JOIN pg_class t ON t.oid = o.conrelid
 WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND t.relkind = 'r' AND o.contype IN ('p', 'u', 'x', 'c') AND {own}
 ORDER BY position(o.contype::text IN 'puxc'), o.oid";

const FOREIGN_KEYS: &str = "
SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', t.relname, o.conname, pg_get_constraintdef(o.oid)) AS line
  FROM pg_constraint o JOIN pg_class t ON t.oid = o.conrelid
 WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND t.relkind = 'r' AND o.contype = 'f' AND {own} ORDER BY o.oid";

/// One that is not valid is what an interrupted `CREATE INDEX CONCURRENTLY` left behind: it serves no query, and a unique one
/// may not even be possible.
const INDEXES: &str = "
SELECT pg_get_indexdef(o.oid, 0, true) AS line
  FROM pg_class o JOIN pg_index i ON i.indexrelid = o.oid JOIN pg_class t ON t.oid = i.indrelid
 WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND t.relkind = 'r' AND {own} AND i.indisvalid
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = o.oid AND k.contype IN ('p', 'u', 'x')) ORDER BY o.oid";

const INVALID: &str = "
SELECT format('the index `%s` was not valid and is left out: an interrupted CREATE INDEX CONCURRENTLY left it behind', o.relname) AS line
  FROM pg_class o JOIN pg_index i ON i.indexrelid = o.oid JOIN pg_class t ON t.oid = i.indrelid
 WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND t.relkind = 'r' AND {own} AND NOT i.indisvalid";

const STATISTICS: &str = "
SELECT pg_get_statisticsobjdef(o.oid) AS line FROM pg_statistic_ext o WHERE o.stxnamespace = quote_ident(current_schema())::regnamespace AND {own} ORDER BY o.oid";

const VIEWS: &str = "
SELECT format('CREATE VIEW %I%s AS %s', o.relname, ' WITH (' || array_to_string(o.reloptions, ', ') || ')', rtrim(pg_get_viewdef(o.oid), ';')) AS line
  FROM pg_class o WHERE o.relnamespace = quote_ident(current_schema())::regnamespace AND o.relkind = 'v' AND {own} ORDER BY o.oid";

const TRIGGERS: &str = "
SELECT concat(pg_get_triggerdef(o.oid, true), CASE o.tgenabled WHEN 'O' THEN NULL ELSE format('; ALTER TABLE %I %s TRIGGER %I', t.relname,
         CASE o.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, o.tgname) END) AS line
  FROM pg_trigger o JOIN pg_class t ON t.oid = o.tgrelid
 WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND NOT o.tgisinternal AND {own} ORDER BY o.oid";

const COMMENTS: &str = "
SELECT format('COMMENT ON %s IS %L', x.what, x.comment) AS line FROM (
  SELECT format(CASE o.relkind WHEN 'v' THEN 'VIEW %I' WHEN 'S' THEN 'SEQUENCE %I' WHEN 'i' THEN 'INDEX %I' ELSE 'TABLE %I' END, o.relname) AS what,
         obj_description(o.oid, 'pg_class') AS comment
    FROM pg_class o WHERE o.relnamespace = quote_ident(current_schema())::regnamespace AND o.relkind IN ('r', 'v', 'S', 'i') AND {own}
     AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = o.oid AND NOT i.indisvalid)
  UNION ALL SELECT format('COLUMN %I.%I', o.relname, a.attname), col_description(o.oid, a.attnum)
    FROM pg_class o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE o.relnamespace = quote_ident(current_schema())::regnamespace AND o.relkind IN ('r', 'v') AND {own}
  UNION ALL SELECT format('CONSTRAINT %I ON %I', o.conname, t.relname), obj_description(o.oid, 'pg_constraint')
    FROM pg_constraint o JOIN pg_class t ON t.oid = o.conrelid WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND {own}
  UNION ALL SELECT format('TRIGGER %I ON %I', o.tgname, t.relname), obj_description(o.oid, 'pg_trigger')
    FROM pg_trigger o JOIN pg_class t ON t.oid = o.tgrelid WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND {own}
  UNION ALL SELECT format('TYPE %I', o.typname), obj_description(o.oid, 'pg_type')
    FROM pg_type o WHERE o.typnamespace = quote_ident(current_schema())::regnamespace AND o.typtype = 'e' AND {own}
  UNION ALL SELECT format('FUNCTION %I(%s)', o.proname, pg_get_function_identity_arguments(o.oid)), obj_description(o.oid, 'pg_proc')
    FROM pg_proc o WHERE o.pronamespace = quote_ident(current_schema())::regnamespace AND o.prokind IN ('f', 'w') AND {own}) x
 WHERE x.comment IS NOT NULL ORDER BY x.what";

/// What none of the above makes again.
const OBSTACLES: &str = "
SELECT CASE WHEN o.relkind = 'p' THEN 'the partitioned table' WHEN o.relkind = 'm' THEN 'the materialized view' WHEN o.relkind = 'f' THEN 'the foreign table'
            WHEN o.relispartition THEN 'the partition' WHEN o.relrowsecurity THEN 'the row security of' WHEN o.relreplident <> 'd' THEN 'the replica identity of'
            WHEN o.reloftype <> 0 THEN 'the typed table' ELSE 'the inheriting table' END || ' `' || o.relname || '`' AS line
  FROM pg_class o WHERE o.relnamespace = quote_ident(current_schema())::regnamespace AND {own}
   AND (o.relkind IN ('p', 'm', 'f') OR o.relkind = 'r' AND (o.relispartition OR o.relrowsecurity OR o.relreplident <> 'd' OR o.reloftype <> 0
        OR EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = o.oid)))
UNION ALL SELECT format('the policy `%s` on `%s`', o.polname, t.relname) FROM pg_policy o JOIN pg_class t ON t.oid = o.polrelid WHERE t.relnamespace = quote_ident(current_schema())::regnamespace
UNION ALL SELECT format('the rule `%s` on `%s`', o.rulename, t.relname) FROM pg_rewrite o JOIN pg_class t ON t.oid = o.ev_class
  WHERE t.relnamespace = quote_ident(current_schema())::regnamespace AND o.rulename <> '_RETURN' AND {own}
UNION ALL SELECT format('the type `%s`', o.typname) FROM pg_type o WHERE o.typnamespace = quote_ident(current_schema())::regnamespace AND {own}
   AND (o.typtype IN ('d', 'r', 'm') OR o.typtype = 'b' AND o.typcategory <> 'A' OR o.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c'))
UNION ALL SELECT format('the aggregate `%s`', o.proname) FROM pg_proc o WHERE o.pronamespace = quote_ident(current_schema())::regnamespace AND o.prokind = 'a' AND {own}
UNION ALL SELECT format('the operator `%s`', o.oprname) FROM pg_operator o WHERE o.oprnamespace = quote_ident(current_schema())::regnamespace AND {own}
UNION ALL SELECT format('the collation `%s`', o.collname) FROM pg_collation o WHERE o.collnamespace = quote_ident(current_schema())::regnamespace AND {own}
UNION ALL SELECT format('the search configuration `%s`', o.cfgname) FROM pg_ts_config o WHERE o.cfgnamespace = quote_ident(current_schema())::regnamespace AND {own}
UNION ALL SELECT format('the column `%s.%s`, which reads the sequence `%s`, for that may not be read by this role', t.relname, a.attname, q.relname)
  FROM pg_class q JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = q.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  JOIN pg_type y ON y.oid = a.atttypid
 WHERE q.relkind = 'S' AND q.relnamespace = quote_ident(current_schema())::regnamespace AND CASE WHEN q.relkind = 'S' THEN NOT has_sequence_privilege(q.oid, 'SELECT') END AND y.typcategory <> 'N'
UNION ALL SELECT format('the sequence `%s`, which this role may not read: GRANT SELECT ON SEQUENCE', q.relname) FROM pg_class q
 WHERE q.relkind = 'S' AND q.relnamespace = quote_ident(current_schema())::regnamespace AND CASE WHEN q.relkind = 'S' THEN NOT has_sequence_privilege(q.oid, 'SELECT') END
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = q.oid AND d.deptype IN ('a', 'i'))
ORDER BY 1";

/// Which columns have values of their own. What an extension brought belongs to the extension.
const COLUMNS: &str = "
SELECT o.relname AS name, coalesce((SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '[]') AS columns
  FROM pg_class o WHERE o.relnamespace = quote_ident(current_schema())::regnamespace AND o.relkind = 'r' AND {own} ORDER BY o.relname";

/// A role that may only read tables can do without a sequence's value: it is then that of the column it counts for.
const COUNTERS: &str = "
SELECT q.relname AS name, has_sequence_privilege(q.oid, 'SELECT') AS readable, t.relname AS \"table\", a.attname AS \"column\", s.seqincrement > 0 AS up
  FROM pg_class q JOIN pg_sequence s ON s.seqrelid = q.oid
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = q.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass
  LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE q.relnamespace = quote_ident(current_schema())::regnamespace AND q.relkind = 'S'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = q.oid AND e.deptype = 'e') ORDER BY q.relname";

const ELSEWHERE: &str = "
SELECT format('not in it: the schema `%s` with %s tables (-s names another schema)', n.nspname, count(*)) AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname <> current_schema() AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e')
 GROUP BY n.nspname ORDER BY n.nspname";

#[derive(Deserialize)]
struct ColumnsRow {
    name: String,
    columns: Vec<String>,
}

#[derive(Deserialize)]
struct CounterRow {
    name: String,
    readable: bool,
    table: Option<String>,
    column: Option<String>,
    up: bool,
}

#[derive(Deserialize)]
struct ValueRow {
    value: Option<i64>,
    given: bool,
}

fn own(sql: &str) -> String {
    sql.replace("{own}", OWN)
}

async fn rows<T: serde::de::DeserializeOwned>(db: &Postgres, doing: &str, sql: &str) -> Result<Vec<T>> {
    let sql = format!("SELECT row_to_json(fact)::text AS line FROM ({sql}) fact");
    let answer = lines(db, doing, &sql).await?;
    answer
        .iter()
        .map(|line| serde_json::from_str(line).map_err(|error| DbErr::Type(error.to_string())))
        .map(|row| row.map_err(BackupError::database(doing)))
        .collect()
}

/// The tables whose rows are kept, locked against being dropped or rewritten while they are read: a statement that rewrites
/// a table is not bound to our state of it (manual section 13.6).
pub(super) async fn tables(db: &Postgres) -> Result<Vec<TableMeta>> {
    let doing = "the tables cannot be read";
    let found: Vec<ColumnsRow> = rows(db, doing, &own(COLUMNS)).await?;
    if !found.is_empty() {
        let names: Vec<String> = found.iter().map(|table| quote(&table.name)).collect();
        let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "));
        db.execute_unprepared(&lock)
            .await
            .map_err(BackupError::database(doing))?;
    }
    Ok(found
        .into_iter()
        .map(|row| TableMeta {
            name: row.name,
            columns: row.columns,
        })
        .collect())
}

/// What the current schema has that [`describe`] has no words for.
pub(super) async fn obstacles(db: &Postgres) -> Result<Vec<String>> {
    lines(db, "the catalog cannot be read", &own(OBSTACLES)).await
}

/// What a reader should know.
pub(super) async fn notes(db: &Postgres) -> Result<Vec<String>> {
    let doing = "the catalog cannot be read";
    let mut notes = lines(db, doing, &own(INVALID)).await?;
    notes.extend(lines(db, doing, ELSEWHERE).await?);
    Ok(notes)
}

/// The current schema in its own words.
pub(super) async fn describe(db: &Postgres) -> Result<Own> {
    let doing = "the catalog cannot be read";
    let mut described = Own::default();
    for sql in [TYPES, SEQUENCES, FUNCTIONS, TABLES] {
        described.before.extend(lines(db, doing, &own(sql)).await?);
    }
    for sql in [
        OWNERS,
        CONSTRAINTS,
        INDEXES,
        FOREIGN_KEYS,
        STATISTICS,
        VIEWS,
        TRIGGERS,
        COMMENTS,
    ] {
        described.after.extend(lines(db, doing, &own(sql)).await?);
    }
    // These functions always name the schema, and it may be another one where it is restored.
    let prefix = lines(db, doing, "SELECT quote_ident(current_schema()) || '.' AS line")
        .await?
        .concat();
    for statement in described.before.iter_mut().chain(&mut described.after) {
        for begin in [
            "CREATE OR REPLACE FUNCTION ",
            "CREATE OR REPLACE PROCEDURE ",
            "CREATE STATISTICS ",
        ] {
            if let Some(rest) = statement.strip_prefix(&format!("{begin}{prefix}")) {
                *statement = format!("{begin}{rest}");
            }
        }
    }
    for statement in &mut described.after {
        *statement = said_again(statement);
    }
    described.counters = counters(db).await?;
    Ok(described)
}

/// `IN` over a `varchar` column is printed as a comparison with an array under casts, which is then read as another one:
/// the same index, but printed in another way from then on, so that `drift` would find it. So it is said as it was written.
fn said_again(statement: &str) -> String {
    let mut text = statement.to_owned();
    for (open, close) in [
        ("::text = ANY ((ARRAY[", "])::text[])"),
        ("::text = ANY (ARRAY[", "]::text[])"),
    ] {
        let mut from = 0;
        while let Some(at) = text[from..].find(open).map(|at| from + at) {
            from = at + open.len();
            let Some(end) = text[from..].find(close).map(|end| from + end) else {
                break;
            };
            let items: Option<Vec<&str>> = text[from..end]
                .split(", ")
                .map(|item| item.strip_suffix("::character varying"))
                .map(|item| item.filter(|item| item.len() > 1 && item.starts_with('\'') && item.ends_with('\'')))
                .collect();
            let begin = text[..at]
                .rfind(|sign: char| !(sign.is_alphanumeric() || "_\"()".contains(sign)))
                .map_or(0, |before| before + 1);
            let column = text[begin..at].trim_start_matches('(').trim_end_matches(')');
            let Some(items) = items.filter(|_| !column.is_empty() && !column.contains(['(', ')'])) else {
                continue;
            };
            // The parentheses around what is before the cast go with it.
            let inner = text[begin..at].len() - text[begin..at].trim_start_matches('(').len();
            let closing = text[begin..at].len() - text[begin..at].trim_end_matches(')').len();
            let kept = "(".repeat(inner.saturating_sub(closing));
            let said = format!("{kept}{column} IN ({})", items.join(", "));
            text.replace_range(begin..end + close.len(), &said);
            from = begin + said.len();
        }
    }
    text
}

async fn counters(db: &Postgres) -> Result<Vec<Counter>> {
    let doing = "the sequences cannot be read";
    let mut counters = Vec::new();
    for row in rows::<CounterRow>(db, doing, COUNTERS).await? {
        let sql = match (row.readable, &row.table, &row.column) {
            (true, ..) => format!(
                "SELECT last_value AS value, is_called AS given FROM {}",
                quote(&row.name)
            ),
            (false, Some(table), Some(column)) => format!(
                "SELECT {}({}) AS value, true AS given FROM {}",
                if row.up { "max" } else { "min" },
                quote(column),
                quote(table)
            ),
            // An obstacle by itself.
            (false, ..) => continue,
        };
        let value = rows::<ValueRow>(db, doing, &sql).await?.into_iter().next();
        if let Some(ValueRow {
            value: Some(value),
            given,
        }) = value
        {
            counters.push(Counter {
                name: row.name,
                table: row.table,
                value,
                given,
            });
        }
    }
    Ok(counters)
}

fn columns(table: &TableMeta) -> String {
    // A table can have no columns, and rows all the same.
    if table.columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", quote_list(&table.columns))
    }
}

/// The statement that reads a table's rows, a line a row.
pub(super) fn copy_out(table: &TableMeta) -> String {
    format!("COPY {}{} TO STDOUT", quote(&table.name), columns(table))
}

/// The statement that takes them in again.
pub(super) fn copy_in(table: &TableMeta) -> String {
    format!("COPY {}{} FROM STDIN", quote(&table.name), columns(table))
}

/// How many rows there are about: for a bar, and never for a claim.
pub(super) async fn estimate(db: &Postgres, table: &str) -> u64 {
    let sql = format!(
        "SELECT greatest(reltuples, 0)::bigint AS n FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relname = {}",
        crate::ddl::quote_text(table)
    );
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let rows: Option<i64> = row.ok().flatten().and_then(|row| row.try_get("", "n").ok());
    rows.map_or(0, i64::unsigned_abs)
}

#[cfg(test)]
mod tests {
    use super::said_again;

    #[test]
    fn a_list_is_said_as_it_was_written() {
        for (printed, written) in [
            (
                "CREATE INDEX a ON t (n) WHERE status::text = ANY (ARRAY['b'::character varying, 'it''s'::character varying]::text[])",
                "CREATE INDEX a ON t (n) WHERE status IN ('b', 'it''s')",
            ),
            (
                "ALTER TABLE t ADD CONSTRAINT c CHECK (((status)::text = ANY ((ARRAY['b'::character varying, 'c'::character varying])::text[])))",
                "ALTER TABLE t ADD CONSTRAINT c CHECK ((status IN ('b', 'c')))",
            ),
            (
                "CHECK ((lower((s)::text) = ANY (ARRAY['a'::text])))",
                "CHECK ((lower((s)::text) = ANY (ARRAY['a'::text])))",
            ),
        ] {
            assert_eq!(said_again(printed), written);
        }
    }
}

//! PostgreSQL's catalog → what the IR has no field for, and what each of it reads.
//!
//! Two statements for the whole schema: one for objects of every kind with what `pg_depend` knows of them, one for sequences.
//! What an extension brought belongs to the extension.

use sea_orm::ConnectionTrait;
use serde::Deserialize;

use super::{IntrospectError, postgres::rows};
use crate::schema::{Dependency, Schema, Unmanaged, UnmanagedKind};

/// What reads what stands in `pg_depend`, by the object that was made from a column. A trigger's function is text until it
/// runs, so its source is searched for what it calls by `NEW` and `OLD`.
const OBJECTS: &str = "
WITH here AS MATERIALIZED (SELECT oid, nspname FROM pg_namespace WHERE nspname = current_schema()),
own AS MATERIALIZED (SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype = 'e'),
relations AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.reloptions FROM pg_class c JOIN here ON here.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND NOT EXISTS (SELECT FROM own WHERE own.classid = 'pg_class'::regclass AND own.objid = c.oid)),
reads AS MATERIALIZED (
    SELECT d.classid, d.objid, jsonb_agg(DISTINCT jsonb_build_object('table', r.relname, 'column', a.attname)) AS list
      FROM pg_depend d JOIN relations r ON d.refclassid = 'pg_class'::regclass AND r.oid = d.refobjid
      LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
     WHERE r.relkind IN ('r', 'p') AND d.deptype IN ('n', 'a')
       AND d.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass,
                         'pg_statistic_ext'::regclass, 'pg_publication_rel'::regclass)
     GROUP BY d.classid, d.objid)
SELECT o.kind, o.\"table\", o.name, o.definition, o.source, reads.list AS reads, here.nspname AS place
  FROM here CROSS JOIN LATERAL (
    SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized_view' END AS kind, NULL::name AS \"table\", c.relname::text AS name,
           format('CREATE %s %I%s AS %s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.relname,
                  ' WITH (' || array_to_string(c.reloptions, ', ') || ')', rtrim(pg_get_viewdef(c.oid), ';')) AS definition,
           NULL::text AS source, 'pg_rewrite'::regclass AS classid, w.oid AS objid
      FROM relations c JOIN pg_rewrite w ON w.ev_class = c.oid AND w.rulename = '_RETURN'
    UNION ALL
    SELECT 'index', NULL, ic.relname, pg_get_indexdef(i.indexrelid), NULL, 'pg_class'::regclass, i.indexrelid
      FROM pg_index i JOIN relations c ON c.oid = i.indrelid AND c.relkind = 'm' JOIN pg_class ic ON ic.oid = i.indexrelid
    UNION ALL
    SELECT 'foreign_table', NULL, c.relname, format('CREATE FOREIGN TABLE %I (%s) SERVER %I%s', c.relname,
           (SELECT string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END), ', ' ORDER BY a.attnum)
              FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
           s.srvname, ' OPTIONS (' || array_to_string(f.ftoptions, ', ') || ')'), NULL, 'pg_class'::regclass, c.oid
      FROM relations c JOIN pg_foreign_table f ON f.ftrelid = c.oid JOIN pg_foreign_server s ON s.oid = f.ftserver
    UNION ALL
    SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ', disabled' ELSE ', enabled ' || t.tgenabled::text END,
           p.prosrc, 'pg_trigger'::regclass, t.oid
      FROM pg_trigger t JOIN relations c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal
       AND NOT EXISTS (SELECT FROM pg_trigger above WHERE above.oid = t.tgparentid)
    UNION ALL
    SELECT 'rule', c.relname, w.rulename, pg_get_ruledef(w.oid), NULL, 'pg_rewrite'::regclass, w.oid
      FROM pg_rewrite w JOIN relations c ON c.oid = w.ev_class WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy', c.relname, p.polname, format('CREATE POLICY %I ON %I AS %s FOR %s TO %s%s%s', p.polname, c.relname,
           CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
           CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
           (SELECT string_agg(CASE WHEN u.role = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(u.role)) END, ', ' ORDER BY u.role) FROM unnest(p.polroles) u(role)),
           ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
           NULL, 'pg_policy'::regclass, p.oid
      FROM pg_policy p JOIN relations c ON c.oid = p.polrelid
    UNION ALL
    SELECT 'statistics', c.relname, s.stxname, pg_get_statisticsobjdef(s.oid), NULL, 'pg_statistic_ext'::regclass, s.oid
      FROM pg_statistic_ext s JOIN relations c ON c.oid = s.stxrelid
    UNION ALL
    SELECT 'publication', c.relname, p.pubname, format('PUBLICATION %I', p.pubname),
           NULL, 'pg_publication_rel'::regclass, x.oid
      FROM pg_publication_rel x JOIN relations c ON c.oid = x.prrelid JOIN pg_publication p ON p.oid = x.prpubid
    UNION ALL
    SELECT 'function', NULL, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
           CASE WHEN p.prokind = 'a' THEN 'AGGREGATE ' || p.oid::regprocedure::text ELSE pg_get_functiondef(p.oid) END, NULL, 'pg_proc'::regclass, p.oid
      FROM pg_proc p WHERE p.pronamespace = here.oid
       AND NOT EXISTS (SELECT FROM own WHERE own.classid = 'pg_proc'::regclass AND own.objid = p.oid)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, NULL, t.typname, CASE t.typtype
           WHEN 'd' THEN format('CREATE DOMAIN %I AS %s%s%s%s%s', t.typname, format_type(t.typbasetype, t.typtypmod),
                CASE WHEN t.typcollation <> b.typcollation THEN ' COLLATE ' || t.typcollation::regcollation::text END,
                ' DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN ' NOT NULL' END,
                (SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
                   FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'))
           WHEN 'c' THEN format('CREATE TYPE %I AS (%s)', t.typname,
                (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
                   FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
           ELSE format('CREATE TYPE %I AS RANGE (SUBTYPE = %s)', t.typname, (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid)) END,
           NULL, 'pg_type'::regclass, t.oid
      FROM pg_type t LEFT JOIN pg_class r ON r.oid = t.typrelid LEFT JOIN pg_type b ON b.oid = t.typbasetype
     WHERE t.typnamespace = here.oid AND (t.typtype IN ('d', 'r') OR t.typtype = 'c' AND r.relkind = 'c')
       AND NOT EXISTS (SELECT FROM own WHERE own.classid = 'pg_type'::regclass AND own.objid = t.oid)
    UNION ALL
    SELECT 'extension', NULL, e.extname, format('CREATE EXTENSION IF NOT EXISTS %I', e.extname), NULL, 'pg_extension'::regclass, e.oid
      FROM pg_extension e WHERE e.extname <> 'plpgsql'
  ) o LEFT JOIN reads ON reads.classid = o.classid AND reads.objid = o.objid";

/// Every sequence, with the column that owns it. What it says beside its type is left out where it is what a new one has.
const SEQUENCES: &str = "
SELECT c.relname AS name, t.relname AS \"table\", a.attname AS \"column\", concat(
         CASE WHEN s.seqincrement <> 1 THEN ' INCREMENT BY ' || s.seqincrement END,
         CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE d.lowest END THEN ' MINVALUE ' || s.seqmin END,
         CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN d.highest ELSE -1 END THEN ' MAXVALUE ' || s.seqmax END,
         CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END THEN ' START WITH ' || s.seqstart END,
         CASE WHEN s.seqcache <> 1 THEN ' CACHE ' || s.seqcache END,
         CASE WHEN s.seqcycle THEN ' CYCLE' END) AS options,
       quote_ident(c.relname) || CASE WHEN s.seqtypid <> 'bigint'::regtype THEN ' AS ' || s.seqtypid::regtype ELSE '' END AS head
  FROM pg_sequence s
  JOIN pg_class c ON c.oid = s.seqrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT CASE s.seqtypid WHEN 'smallint'::regtype THEN 32767 WHEN 'integer'::regtype THEN 2147483647 ELSE 9223372036854775807 END AS highest,
                             CASE s.seqtypid WHEN 'smallint'::regtype THEN -32768 WHEN 'integer'::regtype THEN -2147483648 ELSE -9223372036854775808 END AS lowest) d
  LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i') AND o.refobjsubid > 0
  LEFT JOIN pg_class t ON t.oid = o.refobjid
  LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
 WHERE n.nspname = current_schema()
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')";

#[derive(Deserialize)]
struct ObjectRow {
    kind: UnmanagedKind,
    table: Option<String>,
    name: String,
    definition: String,
    source: Option<String>,
    reads: Option<Vec<Dependency>>,
    place: String,
}

#[derive(Deserialize)]
struct SequenceRow {
    name: String,
    table: Option<String>,
    column: Option<String>,
    options: String,
    head: String,
}

/// Adds it to a schema whose tables and columns are read.
pub(super) async fn read<C: ConnectionTrait>(db: &C, schema: &mut Schema) -> Result<(), IntrospectError> {
    for row in rows::<ObjectRow, _>(db, "objects", OBJECTS).await? {
        object(schema, row);
    }
    for row in rows::<SequenceRow, _>(db, "sequences", SEQUENCES).await? {
        sequence(schema, row);
    }
    Ok(())
}

fn object(schema: &mut Schema, row: ObjectRow) {
    let mut one = Unmanaged::new(row.kind, row.name, without_place(&row.definition, &row.place));
    one.depends_on = row.reads.unwrap_or_default();
    let Some(name) = row.table else {
        return schema.unmanaged.push(one);
    };
    let Some(table) = schema.table_mut(&name) else {
        // Of a view.
        one.name = format!("{name}.{}", one.name);
        return schema.unmanaged.push(one);
    };
    let Some(source) = row.source else {
        return table.unmanaged.push(one);
    };
    let named: Vec<Dependency> = table
        .columns
        .iter()
        .filter(|column| names_in_row(&source, &column.name))
        .map(|column| Dependency {
            table: name.clone(),
            column: Some(column.name.clone()),
            by_name: true,
        })
        .collect();
    one.depends_on.retain(|on| {
        !named
            .iter()
            .any(|named| named.table == on.table && named.column == on.column)
    });
    one.depends_on.extend(named);
    one.depends_on.sort();
    table.unmanaged.push(one);
}

/// A column that is numbered by it knows all of a usual sequence.
fn sequence(schema: &mut Schema, row: SequenceRow) {
    if let (Some(owner), Some(column)) = (&row.table, &row.column)
        && let Some(table) = schema.table_mut(owner)
    {
        let is_numbered = table.column(column).is_some_and(|column| column.auto_increment.is_on());
        if is_numbered {
            if !row.options.is_empty() {
                let mut one = Unmanaged::new(UnmanagedKind::Numbering, column.clone(), row.options.trim());
                one.depends_on = of_table(owner, Some(column));
                table.unmanaged.push(one);
            }
            return;
        }
        let mut one = Unmanaged::new(
            UnmanagedKind::Sequence,
            row.name,
            format!("CREATE SEQUENCE {}{} OWNED BY {owner}.{column}", row.head, row.options),
        );
        one.depends_on = of_table(owner, Some(column));
        return table.unmanaged.push(one);
    }
    schema.unmanaged.push(Unmanaged::new(
        UnmanagedKind::Sequence,
        row.name,
        format!("CREATE SEQUENCE {}{}", row.head, row.options),
    ));
}

fn of_table(table: &str, column: Option<&str>) -> Vec<Dependency> {
    vec![Dependency {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        by_name: false,
    }]
}

/// A definition without the name of the schema that everything lies in: two databases are compared, and a schema may have
/// another name in a shadow.
pub(super) fn without_place(definition: &str, place: &str) -> String {
    let mut quoted = format!("\"{}\".", place.replace('"', "\"\""));
    let is_plain = place
        .chars()
        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if is_plain {
        quoted = format!("{place}.");
    }
    let mut text = without_prefix(definition, &quoted);
    if place.starts_with("pg_temp") {
        text = without_prefix(&text, "pg_temp.");
    }
    text
}

fn without_prefix(definition: &str, prefix: &str) -> String {
    let mut text = String::with_capacity(definition.len());
    let mut rest = definition;
    while let Some(at) = rest.find(prefix) {
        let before = rest[..at].chars().next_back();
        text += &rest[..at];
        rest = &rest[at + prefix.len()..];
        if before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '"' | '.' | '$')) {
            text += prefix;
        }
    }
    text + rest
}

/// Whether the text of a trigger's function speaks of `NEW.column` or `OLD.column`.
fn names_in_row(source: &str, column: &str) -> bool {
    let lower = source.to_lowercase();
    let quoted = format!("\"{}\"", column.replace('"', "\"\"").to_lowercase());
    ["new", "old"].iter().any(|row| {
        lower.match_indices(row).any(|(at, _)| {
            let before = lower[..at].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
                return false;
            }
            let Some(rest) = lower[at + row.len()..].trim_start().strip_prefix('.') else {
                return false;
            };
            let rest = rest.trim_start();
            if rest.starts_with(&quoted) {
                return true;
            }
            rest.strip_prefix(&column.to_lowercase()).is_some_and(|rest| {
                !rest
                    .chars()
                    .next()
                    .is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$'))
            })
        })
    })
}

/// The tables by their numbers in the catalog, with what of each has no field.
pub(super) struct TableFacts<'f> {
    pub(super) unlogged: bool,
    pub(super) options: Option<&'f str>,
    pub(super) partition_key: Option<&'f str>,
    pub(super) partition_bound: Option<&'f str>,
    pub(super) parents: &'f [String],
    pub(super) row_security: Option<&'f str>,
    pub(super) replica_identity: Option<&'f str>,
    pub(super) of_type: Option<&'f str>,
}

pub(super) fn of_the_table(facts: &TableFacts<'_>) -> Vec<Unmanaged> {
    use UnmanagedKind as Kind;
    let mut found = Vec::new();
    if facts.unlogged {
        found.push(Unmanaged::new(Kind::TableOption, "persistence", "UNLOGGED"));
    }
    let named = [
        (Kind::TableOption, "storage", facts.options),
        (Kind::TableOption, "replica identity", facts.replica_identity),
        (Kind::TableOption, "type", facts.of_type),
        (Kind::Partitioning, "key", facts.partition_key),
        (Kind::RowSecurity, "table", facts.row_security),
    ];
    found.extend(
        named
            .into_iter()
            .filter_map(|(kind, name, text)| Some(Unmanaged::new(kind, name, text?))),
    );
    for parent in facts.parents {
        let mut one = match facts.partition_bound {
            Some(bound) => Unmanaged::new(Kind::Partition, parent, format!("PARTITION OF {parent} {bound}")),
            None => Unmanaged::new(Kind::Inheritance, parent, format!("INHERITS ({parent})")),
        };
        one.depends_on = of_table(parent, None);
        found.push(one);
    }
    found
}

/// What a column has that the IR has no field for.
pub(super) fn of_the_column(name: &str, facts: &[(&str, Option<&str>)]) -> Option<Unmanaged> {
    let texts: Vec<String> = facts
        .iter()
        .filter_map(|(what, value)| {
            let value = (*value)?;
            Some(if what.is_empty() {
                value.to_owned()
            } else {
                format!("{what} {value}")
            })
        })
        .collect();
    (!texts.is_empty()).then(|| Unmanaged::new(UnmanagedKind::ColumnOption, name, texts.join(", ")))
}

/// A key, constraint or index with more to it than the IR says.
pub(super) fn beside(kind: UnmanagedKind, name: &str, definition: String, on: (&str, &[String])) -> Unmanaged {
    let (table, columns) = on;
    let mut one = Unmanaged::new(kind, name, definition);
    one.depends_on = columns
        .iter()
        .flat_map(|column| of_table(table, Some(column)))
        .collect();
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_names_what_it_calls_by_its_row() {
        let source = "BEGIN NEW.price := OLD . \"Full Name\"; IF renew.total THEN RETURN new; END IF; END";
        assert!(names_in_row(source, "price"));
        assert!(names_in_row(source, "Full Name"));
        assert!(!names_in_row(source, "pric"));
        assert!(!names_in_row(source, "total"));
    }

    #[test]
    fn the_schema_is_left_out_of_a_definition() {
        assert_eq!(
            without_place(
                "ON public.t FOR EACH ROW EXECUTE FUNCTION public.f() WHEN (republic.x)",
                "public"
            ),
            "ON t FOR EACH ROW EXECUTE FUNCTION f() WHEN (republic.x)"
        );
        assert_eq!(without_place("ON \"Shop 1\".t", "Shop 1"), "ON t");
    }
}

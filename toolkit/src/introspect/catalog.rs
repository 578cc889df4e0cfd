//! A database's own account of itself: a line an object, in its own words.
//!
//! Beside [`introspect`](super::introspect) it tells what the IR has no field for: views, triggers, functions, policies.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{
    IntrospectError, is_own_table,
    sqlite_tokens::{Token, render, tokens},
};

/// What the catalog of a database says of the current schema, a line an object, sorted. The tables of the book-keeping
/// are left out. Two databases with the same lines are the same but for their rows.
///
/// # Errors
/// Where the catalog cannot be read, and for databases that cannot be read yet.
pub async fn catalog<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, IntrospectError> {
    read(db, false).await
}

/// As [`catalog`], with the tables of the book-keeping.
///
/// # Errors
/// As [`catalog`].
pub async fn catalog_of_all<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, IntrospectError> {
    read(db, true).await
}

async fn read<C: ConnectionTrait>(db: &C, all: bool) -> Result<Vec<String>, IntrospectError> {
    let backend = db.get_database_backend();
    let (database, sql) = match backend {
        DbBackend::Postgres => ("PostgreSQL", POSTGRES),
        DbBackend::Sqlite => ("SQLite", SQLITE),
        _ => return Err(IntrospectError::NotYet("this kind of database")),
    };
    let failed = |source| IntrospectError::Query {
        database,
        what: "objects",
        source,
    };
    let rows = db
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .map_err(failed)?;
    let mut lines = Vec::new();
    for row in rows {
        let table: String = row.try_get("", "about").map_err(failed)?;
        let line: String = row.try_get("", "line").map_err(failed)?;
        if all || !is_own_table(&table) {
            lines.push(if backend == DbBackend::Sqlite {
                as_written(&line)
            } else {
                line
            });
        }
    }
    lines.sort();
    Ok(lines)
}

const SQLITE: &str = "SELECT tbl_name AS about, sql AS line FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// Every line begins with what it is about. A constraint that says NOT NULL is told by its column: its name is that of the
/// column's first day (PostgreSQL 18).
const POSTGRES: &str = "
WITH here AS (SELECT quote_ident(current_schema())::regnamespace::oid AS oid),
relations AS (SELECT c.*, c.relname::text AS name FROM pg_class c, here WHERE c.relnamespace = here.oid
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT name AS about, format('relation %s: kind %s, persistence %s, row security %s %s, options %s, comment %s', name, relkind, relpersistence,
        relrowsecurity, relforcerowsecurity, coalesce(reloptions::text, '-'), coalesce(obj_description(oid, 'pg_class'), '-')) AS line
    FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT r.name, format('column %s.%s: place %s, %s%s, collation %s, default %s, identity %s, generated %s, comment %s', r.name, a.attname,
        row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
        coalesce(a.attcollation::regcollation::text, '-'), coalesce(pg_get_expr(d.adbin, d.adrelid), '-'), a.attidentity, a.attgenerated,
        coalesce(col_description(r.oid, a.attnum), '-'))
    FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT r.name, format('constraint %s of %s: %s%s, comment %s', c.conname, r.name, pg_get_constraintdef(c.oid), CASE WHEN c.convalidated THEN '' ELSE ', not validated' END,
        coalesce(obj_description(c.oid, 'pg_constraint'), '-'))
    FROM pg_constraint c JOIN relations r ON r.oid = c.conrelid WHERE c.contype <> 'n' AND NOT (c.contype = 't')
UNION ALL
SELECT r.name, format('index %s%s, comment %s', pg_get_indexdef(i.indexrelid), CASE WHEN i.indisvalid THEN '' ELSE ', invalid' END, coalesce(obj_description(i.indexrelid, 'pg_class'), '-'))
    FROM pg_index i JOIN relations r ON r.oid = i.indrelid
UNION ALL
SELECT coalesce(owner.relname::text, r.name), format('sequence %s: %s from %s by %s, between %s and %s%s, of %s', r.name, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
        CASE WHEN s.seqcycle THEN ', again and again' ELSE '' END, coalesce(owner.relname || '.' || a.attname, 'no column'))
    FROM relations r JOIN pg_sequence s ON s.seqrelid = r.oid
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class owner ON owner.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
UNION ALL
SELECT name, format('view %s: %s', name, pg_get_viewdef(oid)) FROM relations WHERE relkind IN ('v', 'm')
UNION ALL
SELECT r.name, pg_get_triggerdef(t.oid) || ' enabled ' || t.tgenabled::text FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT r.name, format('rule %s', pg_get_ruledef(w.oid)) FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT r.name, format('policy %s on %s: %s, %s, for %s, using %s, check %s', p.polname, r.name, p.polcmd, p.polpermissive,
        array(SELECT rolname FROM pg_roles WHERE oid = ANY (p.polroles) ORDER BY 1)::text, coalesce(pg_get_expr(p.polqual, p.polrelid), '-'), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '-'))
    FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
UNION ALL
SELECT '', format('function %s', CASE WHEN p.prokind = 'a' THEN p.oid::regprocedure::text ELSE pg_get_functiondef(p.oid) END) FROM pg_proc p, here WHERE p.pronamespace = here.oid
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT '', format('type %s: %s %s %s', t.typname, t.typtype, array(SELECT enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY enumsortorder)::text, format_type(nullif(t.typbasetype, 0), t.typtypmod))
    FROM pg_type t, here WHERE t.typnamespace = here.oid AND t.typtype IN ('e', 'd', 'r', 'm')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
UNION ALL
SELECT '', format('extension %s', extname) FROM pg_extension";

/// A statement without what only looks different: spaces, and the order of the constraints behind a table's columns.
fn as_written(sql: &str) -> String {
    let Some(tokens) = tokens(sql) else {
        return sql.to_owned();
    };
    let is_table = tokens.first().is_some_and(|word| word.is_word("create"))
        && tokens.get(1).is_some_and(|word| word.is_word("table"));
    let open = tokens.iter().position(|token| token.is_sign("("));
    let (Some(open), true) = (open, is_table) else {
        return render(&tokens);
    };
    let mut items: Vec<&[Token<'_>]> = Vec::new();
    let (mut depth, mut from, mut end) = (0_usize, open + 1, tokens.len());
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is_sign("(") {
            depth += 1;
        } else if token.is_sign(")") {
            depth = depth.saturating_sub(1);
        }
        if (depth == 0 && token.is_sign(")")) || (depth == 1 && token.is_sign(",")) {
            items.push(&tokens[from..at]);
            from = at + 1;
            if depth == 0 {
                end = at;
                break;
            }
        }
    }
    let is_constraint = |item: &[Token<'_>]| {
        item.first()
            .is_some_and(|first| first.is_one_of(&["constraint", "primary", "unique", "foreign", "check"]))
    };
    let (mut constraints, columns): (Vec<String>, Vec<String>) = (
        items
            .iter()
            .filter(|item| is_constraint(item))
            .map(|item| render(item))
            .collect(),
        items
            .iter()
            .filter(|item| !is_constraint(item))
            .map(|item| render(item))
            .collect(),
    );
    constraints.sort();
    let inside: Vec<String> = columns.into_iter().chain(constraints).collect();
    let rest = tokens.get(end + 1..).map(render).unwrap_or_default();
    format!("{} ({}) {rest}", render(&tokens[..open]), inside.join(", "))
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::as_written;

    #[test]
    fn spaces_and_the_order_of_constraints_say_nothing() {
        let one = r#"CREATE TABLE "a" ( "id" integer NOT NULL, "b" text DEFAULT ', (', CONSTRAINT "u" UNIQUE ("b"), FOREIGN KEY ("b") REFERENCES "c" ("d") )"#;
        let other = r#"CREATE TABLE "a" ("id" integer NOT NULL,"b" text DEFAULT ', (', FOREIGN KEY ("b") REFERENCES "c" ("d"), CONSTRAINT "u" UNIQUE ("b"))"#;
        assert_eq!(as_written(one), as_written(other));
    }

    #[test]
    fn everything_else_does() {
        let table = r#"CREATE TABLE "a" ("id" integer, "b" text)"#;
        for other in [
            r#"CREATE TABLE "a" ("b" text, "id" integer)"#,
            r#"CREATE TABLE "a" ("id" integer, "b" text) STRICT"#,
            r#"CREATE TABLE "a" ("id" integer, "b" text, CHECK ("id" > 0))"#,
            r#"CREATE TABLE "a" ("id" integer, "b" varchar(10))"#,
        ] {
            assert_ne!(as_written(table), as_written(other));
        }
    }
}

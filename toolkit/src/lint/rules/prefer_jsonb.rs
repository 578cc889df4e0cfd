//! Columns of type json.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "prefer-jsonb",
    title: "A column is json, not jsonb",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "A json column keeps its text as it came and has no equality: DISTINCT, GROUP BY and UNION over it fail, also in queries that never meant to compare it, and it cannot be indexed by its content. jsonb compares, is indexed, and reads faster; only the order of keys and the white space are lost.",
    bad: &["CREATE TABLE events (payload json)", "ALTER TABLE events ADD COLUMN payload json"],
    good: &["CREATE TABLE events (payload jsonb)"],
    peers: &["strong_migrations: adding a json column"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column, kind) in at.typed() {
        if kind.name != "json" { continue; }
        let name = ident(&column.name);
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .says(format!("`{table}.{name}` is json, which has no equality"))
                .safe(format!("{} jsonb", quote(&name))).helper("ColumnDef::new(…).json_binary()"),
        );
    }
}

super::tested!(RULE);

//! Keys of four bytes.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "prefer-bigint-over-int",
    title: "A key counts in four bytes",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: true,
    why: "A key of type integer is used up after two thousand million rows, failed inserts included, and then nothing can be inserted until the column has another type, which writes the table and all that refers to it anew. bigint costs four bytes a row. For tables that stay small it is one of taste, and so the rule is asked only with --strict.",
    bad: &["CREATE TABLE logs (id serial PRIMARY KEY)", "CREATE TABLE logs (id integer NOT NULL PRIMARY KEY)"],
    good: &["CREATE TABLE logs (id bigint PRIMARY KEY)", "CREATE TABLE logs (id bigserial PRIMARY KEY, count integer)"],
    peers: &["squawk: prefer-bigint-over-int"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column, kind) in at.typed() {
        let is_key = column.options.iter().any(|option| matches!(option.option, ColumnOption::PrimaryKey(_)));
        if !is_key || !matches!(kind.name.as_str(), "integer" | "serial") { continue; }
        let name = ident(&column.name);
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .says(format!("the key `{table}.{name}` is used up after 2 147 483 647 rows"))
                .safe(format!("{} bigint", quote(&name))).helper("pub id: i64 in the entity"),
        );
    }
}

super::tested!(RULE);

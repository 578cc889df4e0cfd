//! Keys of two bytes.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "prefer-bigint-over-smallint",
    title: "A key counts in two bytes",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "A key of type smallint is used up after 32 767 rows, failed inserts included, and then nothing can be inserted until the column has another type, which writes the table and all that refers to it anew. Because rows are laid out in steps of eight bytes it often saves nothing.",
    bad: &["CREATE TABLE tags (id smallserial PRIMARY KEY)", "CREATE TABLE tags (id smallint NOT NULL PRIMARY KEY)"],
    good: &["CREATE TABLE tags (id bigint PRIMARY KEY, rank smallint)"],
    peers: &["squawk: prefer-bigint-over-smallint"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column, kind) in at.typed() {
        let is_key = column.options.iter().any(|option| matches!(option.option, ColumnOption::PrimaryKey(_)));
        if !is_key || !matches!(kind.name.as_str(), "smallint" | "smallserial") { continue; }
        let name = ident(&column.name);
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .says(format!("the key `{table}.{name}` is used up after 32 767 rows"))
                .safe(format!("{} bigint", quote(&name))).helper("pub id: i64 in the entity"),
        );
    }
}

super::tested!(RULE);

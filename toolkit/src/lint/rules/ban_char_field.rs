//! Columns of type char(n).

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-char-field",
    title: "A column is char(n), padded with spaces",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "char(n) fills every value up with spaces to its length and ignores them when it compares, so that lengths, patterns and concatenations surprise; it saves neither room nor time against text. For a largest length use varchar(n), or text with a check, whose limit can be changed without a rewrite.",
    bad: &["CREATE TABLE users (country char(2))"],
    good: &["CREATE TABLE users (country varchar(2))"],
    peers: &["squawk: ban-char-field"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column, kind) in at.typed() {
        if kind.name != "char" { continue; }
        let name = ident(&column.name);
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .says(format!("`{table}.{name}` is {}, which is filled up with spaces", column.data_type))
                .safe(format!("{} varchar(…)", quote(&name))).helper("ColumnDef::new(…).string_len(…)"),
        );
    }
}

super::tested!(RULE);

//! Times without a zone.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "prefer-timestamp-tz",
    title: "A column is a timestamp without a time zone",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: true,
    why: "A timestamp without a zone is whatever the writer's clock showed: two programs in two zones, or one over the end of summer time, mean other moments by the same value. timestamptz is a moment, takes the same eight bytes, and is shown in the reader's zone. Where everything is UTC by agreement it can stay; this rule is one of taste.",
    bad: &["CREATE TABLE users (seen_at timestamp)"],
    good: &["CREATE TABLE users (seen_at timestamptz)"],
    peers: &["squawk: prefer-timestamp-tz"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column, kind) in at.typed() {
        if kind.name != "timestamp" { continue; }
        let name = ident(&column.name);
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .says(format!("`{table}.{name}` is a time without a zone"))
                .safe(format!("{} timestamptz", quote(&name))).helper("DateTimeUtc or DateTimeWithTimeZone in the entity"),
        );
    }
}

super::tested!(RULE);

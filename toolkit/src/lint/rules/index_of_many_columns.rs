//! Wide indexes.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "index-of-many-columns",
    title: "An index that is not unique has more than three columns",
    severity: Severity::Warning,
    on: EVERY,
    is_strict: true,
    why: "A query gets something of the fourth column of an index only when it fixes the three before it, and by then few rows are left. \
          Every insert pays for it, though. Begin with the columns that narrow the rows down most and leave the others \
          away, or carry them along in INCLUDE where the index alone should answer. This rule is one of taste.",
    bad: &["CREATE INDEX idx_logs ON logs (a, b, c, d)"],
    good: &["CREATE INDEX idx_logs ON logs (a, b, c)", "CREATE UNIQUE INDEX logs_key ON logs (a, b, c, d)"],
    peers: &["strong_migrations: keeping non-unique indexes to three columns or less"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Some(Statement::CreateIndex(index)) = at.statement()
        && !index.unique
        && index.columns.len() > 3
    {
        let hit = Hit::on(last(&index.table_name)).safe("the columns that narrow most, and INCLUDE for the others");
        found.push(match &index.name {
            Some(name) => hit.object(last(name)),
            None => hit,
        });
    }
}

super::tested!(RULE);

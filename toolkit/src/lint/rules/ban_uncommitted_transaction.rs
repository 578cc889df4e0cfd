//! BEGIN without an end.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-uncommitted-transaction",
    title: "A transaction is begun and not ended",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "The step runs outside of a transaction, begins one of its own and leaves it open: its changes are thrown away when the \
          connection is given back, or held with all their locks by a connection of the pool that nobody looks at, while \
          the step is recorded as done.",
    bad: &["-- outside of a transaction\nBEGIN\nALTER TABLE users ADD COLUMN plan text"],
    good: &["-- outside of a transaction\nBEGIN\nALTER TABLE users ADD COLUMN plan text\nCOMMIT"],
    peers: &["squawk: ban-uncommitted-transaction"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if at.step.script.in_transaction || !matches!(at.statement(), Some(Statement::StartTransaction { .. })) {
        return;
    }
    let count = |wanted: fn(&Statement) -> bool| {
        let all = at.step.all();
        all.filter(|said| matches!(said, Said::Sql(statement) if wanted(statement))).count()
    };
    let begun = count(|statement| matches!(statement, Statement::StartTransaction { .. }));
    let ended = count(|statement| matches!(statement, Statement::Commit { .. } | Statement::Rollback { savepoint: None, .. }));
    if begun > ended {
        found.push(Hit::default().safe("COMMIT at its end; or let the step be a transaction"));
    }
}

super::tested!(RULE);

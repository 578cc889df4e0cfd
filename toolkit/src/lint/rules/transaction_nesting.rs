//! BEGIN and COMMIT within a transaction.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "transaction-nesting",
    title: "A transaction is begun or ended within the step's own",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "The step is a transaction already. PostgreSQL takes a BEGIN within it for a warning and goes on, and a COMMIT ends the whole: \
          what comes after it is applied statement by statement, and when one fails the step is half done and recorded as \
          not done at all. Leave them away, or let the step run outside of a transaction.",
    bad: &["BEGIN\nALTER TABLE users ADD COLUMN plan text\nCOMMIT"],
    good: &[
        "ALTER TABLE users ADD COLUMN plan text",
        "-- outside of a transaction\nBEGIN\nALTER TABLE users ADD COLUMN plan text\nCOMMIT",
        "SAVEPOINT before_it\nROLLBACK TO SAVEPOINT before_it",
    ],
    peers: &["squawk: transaction-nesting"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if !at.step.script.in_transaction {
        return;
    }
    if let Some(
        Statement::StartTransaction { .. } | Statement::Commit { .. } | Statement::Rollback { savepoint: None, .. },
    ) = at.statement()
    {
        found.push(
            Hit::default()
                .safe("leave it away; or the step outside of a transaction")
                .helper("fn use_transaction(&self) -> Option<bool> { Some(false) }"),
        );
    }
}

super::tested!(RULE);

//! New values of enumerations.

use super::prelude::*;
use sqlparser::ast::AlterTypeOperation;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "enum-value-in-transaction",
    title: "A value of an enumeration is added in a transaction",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "A value that ALTER TYPE … ADD VALUE adds can be used only when its transaction has ended: a default, a check or a row with \
          it in the same step fails, and before PostgreSQL 12 the statement itself failed. Add the value in a step outside \
          of a transaction, and use it from the next step on. That it is there twice is no error with IF NOT EXISTS, which \
          makes such a step one that can be run again.",
    bad: &["ALTER TYPE job_status ADD VALUE 'paused'"],
    good: &[
        "-- outside of a transaction\nALTER TYPE job_status ADD VALUE IF NOT EXISTS 'paused'",
        "CREATE TYPE job_status AS ENUM ('waiting')\nALTER TYPE job_status ADD VALUE 'paused'",
    ],
    peers: &["squawk: part of transaction-nesting's family; none by itself"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Some(Statement::AlterType(change)) = at.statement()
        && let AlterTypeOperation::AddValue(added) = &change.operation
        && at.in_transaction
        && !at.world.is_new_type(&last(&change.name))
    {
        found.push(Hit::default().object(last(&change.name)).safe(format!(
            "in a step outside of a transaction:\nALTER TYPE {} ADD VALUE IF NOT EXISTS '{}';",
            quote(&last(&change.name)),
            added.value.value
        )));
    }
}

super::tested!(RULE);

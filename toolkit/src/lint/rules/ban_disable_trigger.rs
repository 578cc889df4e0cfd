//! Triggers that are switched off.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-disable-trigger",
    title: "Triggers or foreign keys are switched off",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "DISABLE TRIGGER ALL and session_replication_role = replica switch off foreign keys as well: rows that refer to nothing come \
          in, no later check finds them, and PostgreSQL goes on to call the key valid. An ordinary trigger that is off \
          misses what other sessions write meanwhile. Put rows in an order that the keys allow, or make the keys \
          DEFERRABLE and let them be checked at the end of the transaction.",
    bad: &["ALTER TABLE logs DISABLE TRIGGER ALL", "SET session_replication_role = replica"],
    good: &["ALTER TABLE logs ENABLE TRIGGER ALL", "SET lock_timeout = '50ms'"],
    peers: &["squawk: ban-disable-trigger (newer than the 37)"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let safe = "rows in an order that the keys allow; or SET CONSTRAINTS ALL DEFERRED with keys that are DEFERRABLE";
    for (table, operation) in at.altered() {
        if let AlterTableOperation::DisableTrigger { name } = operation {
            found.push(Hit::on(table).object(ident(name)).safe(safe));
        }
    }
    if let Some(Statement::Set(set)) = at.statement()
        && set.to_string().to_lowercase().contains("session_replication_role")
        && set.to_string().to_lowercase().contains("replica")
        && !set.to_string().to_lowercase().contains("default")
    {
        found.push(Hit::default().object("session_replication_role").safe(safe));
    }
}

super::tested!(RULE);

//! LOCK TABLE.

use super::prelude::*;
use crate::lint::Lock;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "lock-table",
    title: "A table in use is locked by hand",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "LOCK TABLE holds its lock until the transaction ends, whatever comes in between, and while it waits for it everybody else \
          waits behind. It is right where nothing slow follows: before a table is dropped, say, so that no row comes in \
          after the last look, and there nothing is found, nor where the very next statement changes that table and would take \
          the lock anyway. Elsewhere lock rows (SELECT … FOR UPDATE), or let the one \
          statement that needs it take the lock itself.",
    bad: &["LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"],
    good: &[
        "LOCK TABLE settings IN ACCESS EXCLUSIVE MODE\nDROP TABLE settings",
        "DO $$ BEGIN LOCK TABLE jobs IN SHARE MODE; IF EXISTS (SELECT 1 FROM jobs WHERE length(note) > 9) THEN RAISE EXCEPTION 'too long'; END IF; END $$\nALTER TABLE jobs ALTER COLUMN note TYPE varchar(9)",
        "LOCK TABLE jobs IN ROW EXCLUSIVE MODE",
    ],
    peers: &[],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let Some(Statement::Lock(_)) = at.statement() else { return };
    let goes = |table: &str| {
        at.step.all().any(|said| {
            matches!(said, Said::Sql(statement) if matches!(
                &**statement,
                Statement::Drop { object_type: ObjectType::Table, names, .. } if names.iter().any(|name| last(name) == table)
            ))
        })
    };
    // What the table is looked at for, and then its change.
    let next = at
        .step
        .all()
        .skip_while(|said| !std::ptr::eq(*said, at.said))
        .skip(1)
        .find(|said| match said {
            Said::Sql(statement) => !matches!(**statement, Statement::Query(_) | Statement::Lock(_) | Statement::Set(_)),
            Said::Block => false,
            _ => true,
        });
    let is_changed = |table: &str| {
        matches!(next, Some(Said::Sql(statement)) if matches!(&**statement, Statement::AlterTable(alter) if last(&alter.name) == table))
    };
    for (table, lock) in at.takes.iter().filter(|(_, lock)| *lock >= Lock::Share) {
        if !goes(table) && !is_changed(table) {
            found.push(
                Hit::on(table.clone())
                    .says(format!("`{table}` is locked in {lock} mode until the step's transaction ends"))
                    .safe("SELECT … FOR UPDATE of the rows in question, in a transaction of their own"),
            );
        }
    }
}

super::tested!(RULE);

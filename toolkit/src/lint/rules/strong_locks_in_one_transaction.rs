//! Strong locks on several tables.

use super::prelude::*;
use crate::lint::Lock;
use std::collections::BTreeSet;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "strong-locks-in-one-transaction",
    title: "One transaction holds strong locks on several tables in use",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "Each lock is held until the transaction ends: while it waits for the second table, everybody waits for the first one too. \
          A program that takes the same tables in the other order deadlocks with it, and one of the two is killed. Let the \
          step run outside of a transaction, so that each change is one by itself, or make a step a table. A new \
          table that refers to one in use counts, since its foreign key locks that one against writers.",
    bad: &["ALTER TABLE users ADD COLUMN plan text\nALTER TABLE logs ADD COLUMN plan text"],
    good: &[
        "-- outside of a transaction\nALTER TABLE users ADD COLUMN plan text\nALTER TABLE logs ADD COLUMN plan text",
        "ALTER TABLE users ADD COLUMN plan text\nALTER TABLE users ADD COLUMN seat integer",
        "ALTER TABLE logs ADD CONSTRAINT fk FOREIGN KEY (job_id) REFERENCES jobs (id) NOT VALID",
        "CREATE TABLE plans (id integer)\nALTER TABLE users ADD COLUMN plan text\nALTER TABLE plans ADD COLUMN a text",
    ],
    peers: &[],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let strong = |held: &[(String, Lock)]| -> BTreeSet<String> {
        let held = held.iter().filter(|(_, lock)| *lock >= Lock::ShareRowExclusive);
        held.map(|(table, _)| table.clone()).collect()
    };
    let (before, now) = (strong(at.held), strong(at.takes));
    // Once a transaction, where the second table comes in. What one statement locks by itself, nothing can part.
    if !at.in_transaction || at.turns != 1 {
        return;
    }
    let both: Vec<String> = before.union(&now).map(|table| format!("`{table}`")).collect();
    let Some(table) = now.difference(&before).next() else { return };
    found.push(
        Hit::on(table.clone())
            .says(format!("its transaction holds strong locks on {} and perhaps more", both.join(", ")))
            .safe("outside of a transaction, each statement by itself; or a step a table")
            .helper("fn use_transaction(&self) -> Option<bool> { Some(false) }"),
    );
}

super::tested!(RULE,
    #[test]
    fn once_a_transaction() {
        let example = "ALTER TABLE a ADD COLUMN x text\nALTER TABLE b ADD COLUMN x text\nALTER TABLE c ADD COLUMN x text";
        assert_eq!(found(&RULE, example).len(), 1);
    }

    #[test]
    fn the_first_statement_may_lock_several_by_itself() {
        let example = "CREATE TABLE n (a integer REFERENCES users (id), b integer REFERENCES logs (id))\nALTER TABLE jobs ADD COLUMN x text";
        assert_eq!(found(&RULE, example).len(), 1);
    }

    #[test]
    fn a_new_table_locks_those_that_it_refers_to() {
        let example = "CREATE TABLE n (a integer REFERENCES users (id))\nCREATE TABLE m (b integer REFERENCES logs (id))";
        assert_eq!(found(&RULE, example).len(), 1);
    }
);

//! Exclusion constraints on tables in use.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "adding-exclusion-constraint",
    title: "An exclusion constraint builds its index while everybody waits",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "ADD CONSTRAINT … EXCLUDE builds an index and compares every row with the others under an ACCESS EXCLUSIVE lock. \
          PostgreSQL has no way around it: such a constraint can neither be NOT VALID nor take over an index. On a table \
          in use it needs a quiet hour, or a new table with the constraint into which the rows are moved in batches.",
    bad: &["ALTER TABLE bookings ADD CONSTRAINT bookings_room_excl EXCLUDE USING gist (room WITH =, during WITH &&)"],
    good: &["CREATE TABLE bookings (room integer)\nALTER TABLE bookings ADD CONSTRAINT bookings_room_excl EXCLUDE USING gist (room WITH =)"],
    peers: &["strong_migrations: adding an exclusion constraint"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        if let AlterTableOperation::AddConstraint {
            constraint: TableConstraint::Exclude(exclude),
            ..
        } = operation
        {
            let hit = Hit::on(table).scans().safe(
                "a new table that has the constraint, filled by a data migration and renamed when it is done; or a quiet hour",
            );
            found.push(match &exclude.name {
                Some(name) => hit.object(ident(name)),
                None => hit,
            });
        }
    }
}

super::tested!(RULE);

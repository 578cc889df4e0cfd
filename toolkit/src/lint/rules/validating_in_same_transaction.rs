//! VALIDATE too early.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "validating-in-same-transaction",
    title: "A constraint is validated in the transaction that adds it",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "Locks are held until their transaction ends. A constraint that is added NOT VALID and validated in the same \
          transaction keeps the strong lock of the first statement while the second reads every row: writers wait as \
          long as if NOT VALID had not been there. Validate in a step of its own, or let the step run outside of a \
          transaction.",
    bad: &[
        "ALTER TABLE logs ADD CONSTRAINT logs_fk FOREIGN KEY (job_id) REFERENCES jobs (id) NOT VALID\nALTER TABLE logs VALIDATE CONSTRAINT logs_fk",
    ],
    good: &[
        "-- outside of a transaction\nALTER TABLE logs ADD CONSTRAINT logs_fk FOREIGN KEY (job_id) REFERENCES jobs (id) NOT VALID\nALTER TABLE logs VALIDATE CONSTRAINT logs_fk",
        "ALTER TABLE logs ADD CONSTRAINT logs_fk FOREIGN KEY (job_id) REFERENCES jobs (id) NOT VALID\n-- the next step\nALTER TABLE logs VALIDATE CONSTRAINT logs_fk",
    ],
    peers: &["strong_migrations: validate_foreign_key, validate_check_constraint"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        let AlterTableOperation::ValidateConstraint { name } = operation else { continue };
        let strongest = at.held.iter().filter(|(on, _)| *on == table).map(|(_, lock)| *lock).max();
        if let Some(lock) = strongest.filter(|lock| lock.stops_writers()) {
            let name = ident(name);
            found.push(
                Hit::on(table.clone())
                    .object(name.clone())
                    .scans()
                    .says(format!("`{name}` is validated while its transaction still holds {lock} on `{table}`"))
                    .safe(format!(
                        "in a later transaction:\n{};",
                        alter(&table, &format!("VALIDATE CONSTRAINT {}", quote(&name)))
                    ))
                    .helper("AlterTable::new(…)….online(), which sends each by itself"),
            );
        }
    }
}

super::tested!(RULE,
    #[test]
    fn any_strong_lock_on_the_table_counts() {
        let example = "ALTER TABLE logs ADD COLUMN a integer\nALTER TABLE logs VALIDATE CONSTRAINT old_fk";
        assert_eq!(found(&RULE, example).len(), 1);
    }
);

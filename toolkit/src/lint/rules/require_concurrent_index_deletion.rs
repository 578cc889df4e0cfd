//! The end of an index of a table in use.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "require-concurrent-index-deletion",
    title: "An index is dropped while readers and writers wait",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "DROP INDEX itself is quick, but it needs an ACCESS EXCLUSIVE lock on the index's table. It waits for every query \
          that is under way, and while it waits all that come after it wait behind it, readers too: one long report is \
          enough to stop the table. CONCURRENTLY waits without standing in anybody's way. It has to stand outside of a \
          transaction and cannot cascade.",
    bad: &["DROP INDEX idx_logs_job_id"],
    good: &[
        "-- outside of a transaction\nDROP INDEX CONCURRENTLY IF EXISTS idx_logs_job_id",
        "CREATE TABLE logs (id integer)\nCREATE INDEX idx_logs_id ON logs (id)\nDROP INDEX idx_logs_id",
    ],
    peers: &["squawk: require-concurrent-index-deletion", "strong_migrations: removing an index non-concurrently (opt-in)"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let Said::DropIndex {
        names,
        concurrently: false,
        ..
    } = at.said
    else {
        return;
    };
    for name in names {
        let table = at.world.table_of(name);
        if table.is_some_and(|table| at.world.is_new(table)) {
            continue;
        }
        let mut hit = Hit {
            table: table.map(str::to_owned),
            ..Hit::default()
        };
        hit = hit
            .object(name.clone())
            .says(format!("the index `{name}` is dropped while its table's readers and writers wait"));
        found.push(
            hit.safe(format!("outside of a transaction:\nDROP INDEX CONCURRENTLY IF EXISTS {};", quote(name)))
                .helper(format!("online::DropIndex::new(\"{name}\").execute(manager)")),
        );
    }
}

super::tested!(RULE,
    #[test]
    fn the_table_is_known_from_the_history() {
        let finding = found(&RULE, "CREATE INDEX i ON logs (id)\n-- the next step\nDROP INDEX i").remove(0);
        assert_eq!(finding.table.as_deref(), Some("logs"));
        assert_eq!(finding.lock, Some(crate::lint::Lock::AccessExclusive));
    }
);

//! Partitions that are detached.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "require-concurrent-partition-detach",
    title: "A partition is detached while the whole table waits",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "DETACH PARTITION takes an ACCESS EXCLUSIVE lock on the partitioned table: it waits for every query on any of the \
          partitions, and everything that comes after waits behind it. CONCURRENTLY (from PostgreSQL 14 on) does it in \
          two transactions with a weak lock; it has to stand outside of a transaction.",
    bad: &["ALTER TABLE logs DETACH PARTITION logs_2024"],
    good: &[
        "-- outside of a transaction\nALTER TABLE logs DETACH PARTITION logs_2024 CONCURRENTLY",
        "ALTER TABLE logs DETACH PARTITION logs_2024 FINALIZE",
    ],
    peers: &["squawk: require-concurrent-partition-detach"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Said::Detach {
        table,
        concurrently: false,
    } = at.said
        && !at.world.is_new(table)
    {
        found.push(Hit::on(table.clone()).safe(format!("outside of a transaction:\n{} CONCURRENTLY;", at.sql().trim_end_matches(';'))));
    }
}

super::tested!(RULE);

//! Tables that are written anew to be smaller.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "prefer-repack",
    title: "A table is written anew while everybody waits",
    severity: Severity::Error,
    on: &[crate::schema::Dialect::Postgres, crate::schema::Dialect::Sqlite],
    is_strict: false,
    why: "VACUUM FULL and CLUSTER write a table and its indexes anew under an ACCESS EXCLUSIVE lock, and need as much room again \
          on the disk. A plain VACUUM makes the room reusable without stopping anybody, which is nearly always enough; what \
          has to shrink is left to an extension that copies beside the running table (pg_repack, pg_squeeze). On SQLite \
          VACUUM writes the whole file anew and fails within a transaction. None of it belongs into a history.",
    bad: &["-- outside of a transaction\nVACUUM FULL logs", "CLUSTER logs USING logs_pkey"],
    good: &["-- outside of a transaction\nVACUUM logs", "-- outside of a transaction\nVACUUM (ANALYZE) logs"],
    peers: &["squawk: prefer-repack"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let table = match at.said {
        Said::Cluster(table) => table,
        Said::Vacuum { is_full, table } if *is_full || at.is_sqlite() => table,
        _ => return,
    };
    let hit = Hit {
        table: table.clone(),
        ..Hit::default()
    };
    found.push(hit.rewrites().safe(if at.is_sqlite() {
        "by hand, when nobody writes".to_owned()
    } else {
        format!("VACUUM {};\nor pg_repack, by hand", table.as_deref().map(quote).unwrap_or_default())
    }));
}

super::tested!(RULE,
    #[test]
    fn vacuum_on_sqlite() {
        assert_eq!(found_on(&RULE, "VACUUM", crate::schema::Dialect::Sqlite).len(), 1);
    }
);

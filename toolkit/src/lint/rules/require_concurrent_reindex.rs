//! Indexes that are built anew.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "require-concurrent-reindex",
    title: "An index is rebuilt while writers wait",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "REINDEX takes a SHARE lock on the table, and an ACCESS EXCLUSIVE one on the index that it is about to replace: \
          writers wait for the whole rebuild, and so do all readers whose plan uses the index. CONCURRENTLY builds the new \
          index beside the old one and swaps them; it has to stand outside of a transaction.",
    bad: &["REINDEX TABLE logs", "REINDEX INDEX idx_logs_job_id"],
    good: &["-- outside of a transaction\nREINDEX TABLE CONCURRENTLY logs", "CREATE TABLE logs (id integer)\nREINDEX TABLE logs"],
    peers: &["squawk: require-concurrent-reindex"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let Said::Reindex {
        kind,
        name,
        concurrently: false,
    } = at.said
    else {
        return;
    };
    let table = if kind == "index" { at.world.table_of(name) } else { Some(name.as_str()) };
    if table.is_some_and(|table| at.world.is_new(table)) {
        return;
    }
    let hit = Hit {
        table: table.map(str::to_owned),
        ..Hit::default()
    };
    found.push(hit.object(name.clone()).scans().safe(format!(
        "outside of a transaction:\nREINDEX {} CONCURRENTLY {};",
        kind.to_uppercase(),
        quote(name)
    )));
}

super::tested!(RULE);

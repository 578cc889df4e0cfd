//! SQLite's rebuild of a table.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "rebuilding-table",
    title: "A table in use is built anew",
    severity: Severity::Warning,
    on: SQLITE,
    is_strict: false,
    why: "SQLite can change little of a table in place; the rest is a new table, a copy of every row, and the old one dropped. The \
          write lock of the whole database is held meanwhile, so that every writer waits or fails with `database is \
          locked`, and the file needs room for the table twice. Where rows of other tables refer to it and foreign keys \
          are enforced, dropping the old table would delete or null them; the helper refuses that. Rebuild when the \
          program is down, or when the table is small.",
    bad: &["CREATE TABLE next (a integer)\nINSERT INTO next SELECT a FROM logs\nDROP TABLE logs\nALTER TABLE next RENAME TO logs"],
    good: &["ALTER TABLE logs ADD COLUMN a integer", "CREATE TABLE next (a integer)\nALTER TABLE next RENAME TO logs"],
    peers: &[],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Some((_, table)) = at.ended_rebuild() {
        found.push(
            Hit::on(table.clone())
                .rewrites()
                .says(format!("`{table}` is built anew, its rows are copied, and every writer of the database waits"))
                .safe("at a time when nobody writes; or changes that SQLite makes in place: a column that may be NULL or has a constant default, a rename, an index"),
        );
    }
}

super::tested!(RULE,
    #[test]
    fn the_parts_of_a_rebuild_are_no_findings_of_their_own() {
        let script = crate::lint::Script::new("m1", RULE.bad[0].lines());
        let findings = crate::lint::lint(&[script], &crate::lint::Options::of(crate::schema::Dialect::Sqlite)).findings;
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["rebuilding-table"]);
    }
);

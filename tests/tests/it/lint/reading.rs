//! That the parser reads what our own emitter writes.

use std::collections::BTreeSet;

use proptest::prelude::{ProptestConfig, prop, proptest};
use sea_orm::DbBackend;
use seawright::{
    history::{Direction, record},
    lint::{Options, Script, lint},
    schema::Dialect,
};

use crate::engine::emitted;

/// What it can't read, by the beginning of the statement: a line that it can is to be struck.
const LEDGER: &[(&str, &str)] = &[];

fn unread(dialect: Dialect, backend: DbBackend) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    let mut count = 0;
    for migration in emitted::all() {
        for way in [Direction::Up, Direction::Down] {
            let statements = record(migration.as_ref(), backend, way).statements;
            count += statements.len();
            let linted = lint(&[Script::new(migration.name(), statements)], &Options::of(dialect));
            for finding in linted
                .findings
                .iter()
                .filter(|finding| finding.code == "unread-statement")
            {
                let words: Vec<&str> = finding.beginning.split(' ').take(4).collect();
                all.insert((words.join(" "), finding.message.clone()));
            }
        }
    }
    assert!(count > 300, "only {count} statements");
    all
}

#[test]
fn the_parser_reads_what_the_emitter_writes() {
    let mut found = unread(Dialect::Postgres, DbBackend::Postgres);
    found.extend(unread(Dialect::Sqlite, DbBackend::Sqlite));
    let beginnings: BTreeSet<&str> = found.iter().map(|(beginning, _)| beginning.as_str()).collect();
    let ledger: BTreeSet<&str> = LEDGER.iter().map(|(beginning, _)| *beginning).collect();
    assert_eq!(beginnings, ledger, "{found:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is sent, the linter has an answer, the same one each time.
    #[test]
    fn no_text_is_too_strange(
        statements in prop::collection::vec("[a-zA-Z0-9_ ,;()'\"$.*=<>é-]{0,60}", 0..4),
        source in "[a-z (){}/:;'\"\n]{0,80}",
        in_transaction: bool,
    ) {
        for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql] {
            let mut script = Script::new("m1", statements.clone());
            script.in_transaction = in_transaction;
            script.source = Some(format!("async fn up() {{ {source} }}\n// seawright: allow({source}): x"));
            let options = Options { strict: true, ..Options::of(dialect) };
            let once = lint(&[script.clone()], &options);
            assert_eq!(once, lint(&[script], &options));
        }
    }

    /// Half of a statement that is right is no reason to fail either.
    #[test]
    fn statements_may_be_cut(
        which in prop::sample::select(vec![
            "ALTER TABLE logs DETACH PARTITION logs_2024 CONCURRENTLY",
            "DROP INDEX CONCURRENTLY IF EXISTS public.\"a\", b CASCADE",
            "REINDEX (VERBOSE) TABLE CONCURRENTLY logs",
            "VACUUM (FULL, ANALYZE) logs",
            "CREATE TABLE a (b real(12, 2), c text)",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID",
        ]),
        at in 0_usize..60,
    ) {
        let cut: String = which.chars().take(at).collect();
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            lint(&[Script::new("m1", [cut.clone()])], &Options::of(dialect));
        }
    }
}

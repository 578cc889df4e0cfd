//! An index on a table in use.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "require-concurrent-index-creation",
    title: "An index is built while writers wait",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "CREATE INDEX takes a SHARE lock and reads the whole table under it: everybody may read, and nobody may insert, \
          update or delete until the index is built, which takes minutes on a large table. CONCURRENTLY builds the same \
          index in two passes that let writers go on. It has to stand outside of a transaction, and when it is \
          interrupted it leaves an invalid index behind that has to be dropped and built anew; the helper sees to both.",
    bad: &["CREATE INDEX idx_logs_job_id ON logs (job_id)", "CREATE UNIQUE INDEX users_email_key ON users (email)"],
    good: &[
        "-- outside of a transaction\nCREATE INDEX CONCURRENTLY idx_logs_job_id ON logs (job_id)",
        "CREATE TABLE logs (id integer, job_id integer)\nCREATE INDEX idx_logs_job_id ON logs (job_id)",
    ],
    peers: &["squawk: require-concurrent-index-creation", "strong_migrations: adding an index non-concurrently"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let Some(Statement::CreateIndex(index)) = at.statement() else { return };
    let table = last(&index.table_name);
    if index.concurrently || at.world.is_new(&table) {
        return;
    }
    let name = index.name.as_ref().map(last).unwrap_or_default();
    let mut online = index.clone();
    online.concurrently = true;
    found.push(
        Hit::on(table.clone())
            .object(name.clone())
            .scans()
            .says(format!("the index `{name}` is built on `{table}` while its writers wait"))
            .safe(format!("outside of a transaction:\n{online};"))
            .helper(format!(
                "online::CreateIndex::new(Index::create().name(\"{name}\").table({}::Table)…).execute(manager), with \
                 use_transaction() == Some(false)",
                camel(&table)
            )),
    );
}

super::tested!(RULE,
    #[test]
    fn the_safe_form_is_the_same_index() {
        let finding = found(&RULE, r#"CREATE UNIQUE INDEX "a" ON "logs" ("x", "y" DESC) WHERE "x" > 1"#).remove(0);
        let safe = finding.safe.unwrap();
        assert_eq!(
            safe.lines().last().unwrap(),
            r#"CREATE UNIQUE INDEX CONCURRENTLY "a" ON "logs"("x", "y" DESC) WHERE "x" > 1;"#
        );
    }
);

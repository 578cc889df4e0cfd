//! CONCURRENTLY where it cannot be.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-concurrent-index-creation-in-transaction",
    title: "CONCURRENTLY stands within a transaction",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "PostgreSQL refuses to build, drop or rebuild an index concurrently within a transaction, because it commits \
          between its passes: the step fails when it runs. A step is a transaction unless `use_transaction` says \
          otherwise, and several statements in one message are one too. Let the step run outside of a transaction, and \
          let each such statement be a message of its own.",
    bad: &[
        "CREATE INDEX CONCURRENTLY idx_logs_job_id ON logs (job_id)",
        "DROP INDEX CONCURRENTLY idx_logs_job_id",
        "-- outside of a transaction\nSET lock_timeout = '50ms'; CREATE INDEX CONCURRENTLY idx_logs_job_id ON logs (job_id)",
    ],
    good: &[
        "-- outside of a transaction\nCREATE INDEX CONCURRENTLY idx_logs_job_id ON logs (job_id)\nREINDEX INDEX CONCURRENTLY idx_logs_job_id",
    ],
    peers: &["squawk: ban-concurrent-index-creation-in-transaction"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if !at.in_transaction {
        return;
    }
    let hit = match at.said {
        Said::Sql(statement) => match &**statement {
            Statement::CreateIndex(index) if index.concurrently => {
                Hit::on(last(&index.table_name)).object(index.name.as_ref().map(last).unwrap_or_default())
            }
            _ => return,
        },
        Said::DropIndex {
            names,
            concurrently: true,
            ..
        } => Hit {
            object: names.first().cloned(),
            table: names.first().and_then(|name| at.world.table_of(name)).map(str::to_owned),
            ..Hit::default()
        },
        Said::Reindex {
            name,
            concurrently: true,
            ..
        } => Hit::default().object(name.clone()),
        Said::Detach {
            table,
            concurrently: true,
        } => Hit::on(table.clone()),
        _ => return,
    };
    found.push(
        hit.safe("a step of its own, outside of a transaction, with the statement as a message of its own")
            .helper("fn use_transaction(&self) -> Option<bool> { Some(false) }"),
    );
}

super::tested!(RULE);

//! `seawright data quarantine`: the rows that could not be migrated.

use std::process::ExitCode;

use sea_orm::{DatabaseConnection, TransactionTrait as _};

use super::{
    known,
    run::{held_text, run_all, text},
    turn_has_come,
};
use crate::{
    commands::{Context, args::QuarantineCommand, stop_on_interrupt},
    data::{ledger, quarantine, rows_text},
    history::{RECONCILE, Result, RunLock},
};

pub(super) async fn run(context: &Context, command: QuarantineCommand) -> Result<ExitCode> {
    let db = context.connect().await?;
    match command {
        QuarantineCommand::List { step, key } => {
            if !step.as_deref().is_some_and(is_reconcile) {
                known(context, &db, step.as_deref()).await?;
            }
            let held = quarantine::list(&db, step.as_deref(), &key).await?;
            let text = if held.is_empty() {
                "No row is in quarantine.\n".to_owned()
            } else {
                held_text(&held).trim_start().to_owned()
            };
            context.output().result(text, &held)?;
        }
        QuarantineCommand::Retry { step, key, running } => {
            if is_reconcile(&step) {
                return put_back(context, &db, &step, &key).await;
            }
            let steps = known(context, &db, Some(&step)).await?;
            steps.iter().try_for_each(turn_has_come)?;
            let options = running.options();
            stop_on_interrupt(&options.stop);
            // A schema step of another run would change the tables under it.
            let _lock = RunLock::keep_schema(&db, "data quarantine retry").await?;
            if ledger::is_installed(&db).await? {
                let transaction = db.begin().await?;
                quarantine::retry(&transaction, &step, &key).await?;
                transaction.commit().await?;
            }
            let ran = run_all(&db, &steps, &options).await?;
            context.output().result(text(&ran), &ran)?;
        }
        QuarantineCommand::Accept { step, key, because } => {
            if !is_reconcile(&step) {
                known(context, &db, Some(&step)).await?;
            }
            let accepted = if ledger::is_installed(&db).await? {
                quarantine::accept(&db, &step, &key, because.as_deref()).await?
            } else {
                0
            };
            let text = format!(
                "{} accepted as they are, kept whole in seawright_data_rows.\n",
                rows_text(accepted)
            );
            context
                .output()
                .result(text, &serde_json::json!({ "accepted": accepted }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the rows are those that a reconciliation left behind: no data step, but kept in the same way.
fn is_reconcile(step: &str) -> bool {
    step.split(':').next() == Some(RECONCILE)
}

/// Puts rows back that a reconciliation took out: what they lacked is there now, or their table refuses them.
async fn put_back(context: &Context, db: &DatabaseConnection, step: &str, keys: &[String]) -> Result<ExitCode> {
    let mut put = 0;
    if ledger::is_installed(db).await? {
        let transaction = db.begin().await?;
        put = quarantine::retry(&transaction, step, keys).await?;
        transaction.commit().await?;
    }
    let text = format!("{} put back.\n", rows_text(put));
    context.output().result(text, &serde_json::json!({ "put_back": put }))?;
    Ok(ExitCode::SUCCESS)
}

//! `seawright data quarantine`: the rows that could not be migrated.

use std::process::ExitCode;

use sea_orm::TransactionTrait as _;

use super::{
    known,
    run::{held_text, run_all, text},
    turn_has_come,
};
use crate::{
    commands::{Context, args::QuarantineCommand, stop_on_interrupt},
    data::{ledger, quarantine, rows_text},
    history::Result,
};

pub(super) async fn run(context: &Context, command: QuarantineCommand) -> Result<ExitCode> {
    let db = context.connect().await?;
    match command {
        QuarantineCommand::List { step, key } => {
            known(context, &db, step.as_deref()).await?;
            let held = quarantine::list(&db, step.as_deref(), &key).await?;
            let text = if held.is_empty() {
                "No row is in quarantine.\n".to_owned()
            } else {
                held_text(&held).trim_start().to_owned()
            };
            context.output().result(text, &held)?;
        }
        QuarantineCommand::Retry { step, key, running } => {
            let steps = known(context, &db, Some(&step)).await?;
            steps.iter().try_for_each(turn_has_come)?;
            let options = running.options();
            stop_on_interrupt(&options.stop);
            if ledger::is_installed(&db).await? {
                let transaction = db.begin().await?;
                quarantine::retry(&transaction, &step, &key).await?;
                transaction.commit().await?;
            }
            let ran = run_all(&db, &steps, &options).await?;
            context.output().result(text(&ran), &ran)?;
        }
        QuarantineCommand::Accept { step, key, because } => {
            known(context, &db, Some(&step)).await?;
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

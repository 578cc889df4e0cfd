//! `seawright data revert` and `prune`: the way back, and its end.

use std::process::ExitCode;

use sea_orm::TransactionTrait as _;
use sea_orm_migration::MigrationName as _;

use super::{known, turn_has_come};
use crate::{
    commands::Context,
    data::{ledger, quarantine, rows_text},
    history::{Error, Result, RunLock},
};

pub(super) async fn run(context: &Context, step: String, keep_changed: bool) -> Result<ExitCode> {
    let db = context.connect().await?;
    let _lock = RunLock::keep_schema(&db, "data revert").await?;
    for known in known(context, &db, Some(&step)).await? {
        turn_has_come(&known)?;
        if !ledger::is_installed(&db).await? {
            continue;
        }
        let transaction = db.begin().await?;
        let undone = known
            .step
            .migration()
            .undo(known.step.name(), &transaction, keep_changed)
            .await;
        match undone {
            Ok(()) => transaction.commit().await?,
            Err(error) => {
                transaction.rollback().await?;
                return Err(Error::Data(error));
            }
        }
    }
    let text = format!(
        "What `{step}` had changed is as it was before. The step still counts as applied: `seawright data run {step}` does it again.\n"
    );
    context
        .output()
        .result(text, &serde_json::json!({ "reverted": step }))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn prune(context: &Context, step: Option<String>, older_than: u32) -> Result<ExitCode> {
    let db = context.connect().await?;
    let mut pruned = 0;
    if ledger::is_installed(&db).await? {
        let before = sea_orm::prelude::ChronoDateTimeUtc::from(std::time::SystemTime::now())
            - std::time::Duration::from_secs(u64::from(older_than) * 86_400);
        let transaction = db.begin().await?;
        pruned = quarantine::prune(&transaction, step.as_deref(), before.naive_utc()).await?;
        transaction.commit().await?;
    }
    let runs = rows_text(pruned).replace("row", "run");
    let text = format!("The before-images of {runs} are thrown away.\n");
    context.output().result(text, &serde_json::json!({ "runs": pruned }))?;
    Ok(ExitCode::SUCCESS)
}

//! `seawright data status`: how far the data steps have come.

use std::process::ExitCode;

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use sea_orm_migration::{MigrationName as _, SchemaManagerConnection};
use serde::Serialize;

use super::known;
use crate::{
    commands::Context,
    data::{
        Summary,
        ledger::{
            self,
            runs::{self, Control, RunState},
        },
    },
    history::{Result, table},
};

/// What a person or a program is told of a data step.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    summary: Summary,
    applied: bool,
    pending: Option<u64>,
    run: Option<String>,
}

pub(super) async fn run(context: &Context) -> Result<ExitCode> {
    let db = context.connect().await?;
    let connection = SchemaManagerConnection::Connection(&db);
    let mut shown = Vec::new();
    for known in known(context, &db, None).await? {
        let (step, migration) = (known.step.name(), known.step.migration());
        let newest = if ledger::is_installed(&db).await? {
            runs::Entity::find()
                .filter(runs::Column::Step.eq(step))
                .order_by_desc(runs::Column::Run)
                .one(&db)
                .await?
        } else {
            None
        };
        let pending = if known.applied {
            Some(migration.pending(step, &connection).await?)
        } else {
            None
        };
        shown.push(Shown {
            summary: migration.summary(step, &connection).await?,
            applied: known.applied,
            pending,
            run: newest.map(|run| state(&run)),
        });
    }
    let head = [
        "step",
        "table",
        "state",
        "run",
        "pending",
        "migrated",
        "archived",
        "quarantined",
        "to look at",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for step in &shown {
        rows.push(vec![
            step.summary.step.clone(),
            step.summary.source.clone(),
            if step.applied { "applied" } else { "pending" }.to_owned(),
            step.run.clone().unwrap_or_else(|| "–".to_owned()),
            step.pending
                .map_or_else(|| "–".to_owned(), |pending| pending.to_string()),
            step.summary.migrated.to_string(),
            step.summary.archived.to_string(),
            step.summary.quarantined.to_string(),
            step.summary.noted.to_string(),
        ]);
    }
    context.output().result(table(&rows, &[4, 5, 6, 7, 8]), &shown)?;
    Ok(ExitCode::SUCCESS)
}

fn state(run: &runs::Model) -> String {
    match (run.state, run.control) {
        (RunState::Running, Control::Pause) => "paused",
        (RunState::Running, Control::Cancel) => "ending",
        (RunState::Running, Control::Go) => "running or interrupted",
        (RunState::Done, _) => "done",
        (RunState::Failed, _) => "failed",
        (RunState::Cancelled, _) => "cancelled",
        (RunState::Reverted, _) => "reverted",
        (RunState::Pruned, _) => "done, no way back",
    }
    .to_owned()
}

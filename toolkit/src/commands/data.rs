//! `seawright data`: look at data migrations and run them.

use std::process::ExitCode;

use sea_orm_migration::{MigrationName as _, SchemaManagerConnection};
use serde::Serialize;

use super::{
    Context,
    args::{DataArgs, DataCommand},
};
use crate::{
    data::{DataStep, RunOptions, Summary},
    history::{Error, Result, Runner, table},
};

/// What a person or a program is told of a data step.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    summary: Summary,
    applied: bool,
    pending: Option<u64>,
}

pub(super) async fn run(context: &Context, args: DataArgs) -> Result<ExitCode> {
    let list = context.data();
    if let DataCommand::List = args.command {
        let rows: Vec<Vec<String>> = list
            .iter()
            .map(|step| vec![step.name().to_owned(), step.migration().source_table()])
            .collect();
        let names: Vec<serde_json::Value> = list
            .iter()
            .map(|step| serde_json::json!({ "step": step.name(), "source": step.migration().source_table() }))
            .collect();
        context.output().result(table(&rows, &[]), &names)?;
        return Ok(ExitCode::SUCCESS);
    }
    let db = context.connect().await?;
    let connection = SchemaManagerConnection::Connection(&db);
    let status = Runner::new(&db, context.history()?)?.status().await?;
    let is_applied = |step: &DataStep| {
        status
            .steps
            .iter()
            .any(|known| known.name == step.name() && known.applied_at.is_some())
    };
    let mut shown = Vec::new();
    let (wanted, options, verify) = match &args.command {
        DataCommand::Run { step, batch } => (
            step,
            Some(RunOptions {
                batch: Some(*batch),
                ..RunOptions::default()
            }),
            false,
        ),
        DataCommand::Verify { step } => (step, None, true),
        _ => (&None, None, false),
    };
    if let Some(wanted) = wanted
        && !list.iter().any(|step| step.name() == wanted)
    {
        return Err(Error::NoStep(wanted.clone()));
    }
    for step in list
        .iter()
        .filter(|step| wanted.as_deref().is_none_or(|wanted| step.name() == wanted))
    {
        let applied = is_applied(step);
        let migration = step.migration();
        if !applied && (options.is_some() || verify) {
            if wanted.is_some() {
                return Err(Error::Usage(format!(
                    "the turn of `{}` has not come: `seawright up` applies it with the steps before it",
                    step.name()
                )));
            }
            continue;
        }
        let summary = match options {
            Some(ref options) => migration.run(step.name(), &connection, options.clone()).await?,
            None if verify => migration.verify(step.name(), &connection).await?,
            None => migration.summary(step.name(), &connection).await?,
        };
        let pending = if applied {
            Some(migration.pending(step.name(), &connection).await?)
        } else {
            None
        };
        shown.push(Shown {
            summary,
            applied,
            pending,
        });
    }
    let mut rows = vec![
        [
            "step",
            "table",
            "state",
            "pending",
            "migrated",
            "archived",
            "quarantined",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for step in &shown {
        rows.push(vec![
            step.summary.step.clone(),
            step.summary.source.clone(),
            if step.applied { "applied" } else { "pending" }.to_owned(),
            step.pending
                .map_or_else(|| "–".to_owned(), |pending| pending.to_string()),
            step.summary.migrated.to_string(),
            step.summary.archived.to_string(),
            step.summary.quarantined.to_string(),
        ]);
    }
    context.output().result(table(&rows, &[3, 4, 5, 6]), &shown)?;
    Ok(ExitCode::SUCCESS)
}

//! `seawright data`: look at data migrations and run them.

mod control;
mod quarantine;
mod revert;
mod run;
mod status;
mod verify;

use std::process::ExitCode;

use sea_orm::DatabaseConnection;
use sea_orm_migration::MigrationName as _;

use super::{
    Context,
    args::{DataArgs, DataCommand},
};
use crate::{
    data::DataStep,
    history::{Error, Result, Runner, table},
};

pub(super) async fn run(context: &Context, args: DataArgs) -> Result<ExitCode> {
    match args.command {
        DataCommand::List => list(context),
        DataCommand::Run(args) => run::run(context, args).await,
        DataCommand::Status => status::run(context).await,
        DataCommand::Verify { step } => verify::run(context, step).await,
        DataCommand::Revert { step, keep_changed } => revert::run(context, step, keep_changed).await,
        DataCommand::Pause { step } => control::run(context, step, control::Wish::Pause).await,
        DataCommand::Resume { step } => control::run(context, step, control::Wish::Resume).await,
        DataCommand::Cancel { step } => control::run(context, step, control::Wish::Cancel).await,
        DataCommand::Quarantine { command } => quarantine::run(context, command).await,
        DataCommand::Prune { step, older_than } => revert::prune(context, step, older_than).await,
    }
}

fn list(context: &Context) -> Result<ExitCode> {
    let list = context.data();
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|step| vec![step.name().to_owned(), step.migration().source_table()])
        .collect();
    let names: Vec<serde_json::Value> = list
        .iter()
        .map(|step| serde_json::json!({ "step": step.name(), "source": step.migration().source_table() }))
        .collect();
    context.output().result(table(&rows, &[]), &names)?;
    Ok(ExitCode::SUCCESS)
}

/// A step with whether it is applied.
struct Known<'s> {
    step: &'s DataStep,
    applied: bool,
    /// It is in no history: run when a person asks for it by name, and never else.
    standing: bool,
}

/// The data steps with whether they are applied; the one that is named, or all.
async fn known<'s>(context: &'s Context, db: &DatabaseConnection, wanted: Option<&str>) -> Result<Vec<Known<'s>>> {
    let list = context.data();
    if let Some(wanted) = wanted
        && !list.iter().any(|step| step.name() == wanted)
    {
        return Err(Error::NoStep(wanted.to_owned()));
    }
    let status = Runner::new(db, context.history()?)?.status().await?;
    if !status.problems.is_empty() {
        return Err(Error::History(status.problems));
    }
    Ok(list
        .iter()
        .filter(|step| wanted.is_none_or(|wanted| step.name() == wanted))
        .map(|step| {
            let own = status.steps.iter().find(|known| known.name == step.name());
            Known {
                step,
                // One that is in no history has no turn to wait for.
                applied: own.is_none_or(|known| known.applied_at.is_some()),
                standing: own.is_none(),
            }
        })
        .collect())
}

/// Refuses a step that is named and whose turn has not come.
fn turn_has_come(step: &Known<'_>) -> Result<()> {
    if step.applied {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "the turn of `{}` has not come: `seawright up` applies it with the steps before it",
        step.step.name()
    )))
}

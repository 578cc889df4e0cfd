//! `seawright adopt`: take over a database that other means built.

use std::process::ExitCode;

use super::{Context, args::AdoptArgs, prompt::Prompt};
use crate::history::{Result, Survey, Wishes, adopt_with};

pub(super) async fn run(context: &Context, args: AdoptArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let history = context.history()?;
    if !args.reconcile {
        let adoption = adopt_with(&db, &context.url(), context.shadow(), history, args.dry_run).await?;
        context.output().result(adoption.to_string(), &adoption)?;
        return Ok(ExitCode::SUCCESS);
    }
    let wishes = Wishes {
        to: args.to,
        decisions: args.decisions.decisions()?,
        allow_destructive: args.decisions.allow_destructive,
    };
    let survey = Survey::take(&db, &context.url(), context.shadow(), history).await?;
    let plan = {
        let mut prompt = Prompt::new(wishes.decisions.clone(), context.output().is_json());
        survey.plan(&wishes, &mut prompt)?
    };
    let done = plan.run(&db, history, args.dry_run).await?;
    context.output().result(done.to_string(), &done)?;
    Ok(ExitCode::SUCCESS)
}

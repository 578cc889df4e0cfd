//! `seawright adopt`: take over a database that other means built.

use std::process::ExitCode;

use super::{Context, args::AdoptArgs};
use crate::history::{Result, adopt};

pub(super) async fn run(context: &Context, args: AdoptArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let adoption = adopt(&db, &context.url(), context.history()?, args.dry_run).await?;
    context.output().result(adoption.to_string(), &adoption)?;
    Ok(ExitCode::SUCCESS)
}

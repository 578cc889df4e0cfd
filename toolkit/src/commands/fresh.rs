//! `seawright fresh`: drop all tables, then apply everything.

use std::process::ExitCode;

use super::{Context, args::FreshArgs};
use crate::history::{Result, Runner, report_text};

pub(super) async fn run(context: &Context, args: FreshArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let report = Runner::new(&db, context.history()?)?
        .fresh(args.allow_destructive)
        .await?;
    context.output().result(report_text(&report, "applied"), &report)?;
    Ok(ExitCode::SUCCESS)
}

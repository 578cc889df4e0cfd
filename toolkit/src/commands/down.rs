//! `seawright down`: take back applied steps.

use std::process::ExitCode;

use super::{Context, args::DownArgs};
use crate::history::{Result, Runner, report_text};

pub(super) async fn run(context: &Context, args: DownArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let report = Runner::new(&db, context.history()?)?.down(Some(args.num)).await?;
    context.output().result(report_text(&report, "taken back"), &report)?;
    Ok(ExitCode::SUCCESS)
}

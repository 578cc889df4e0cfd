//! `seawright reset`: take back everything and forget the history.

use std::process::ExitCode;

use super::Context;
use crate::history::{Result, Runner, report_text};

pub(super) async fn run(context: &Context) -> Result<ExitCode> {
    let db = context.connect().await?;
    let report = Runner::new(&db, context.history()?)?.reset().await?;
    context.output().result(report_text(&report, "taken back"), &report)?;
    Ok(ExitCode::SUCCESS)
}

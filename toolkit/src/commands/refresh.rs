//! `seawright refresh`: take back everything, then apply it again.

use std::process::ExitCode;

use super::Context;
use crate::history::{Result, Runner, report_text};

pub(super) async fn run(context: &Context) -> Result<ExitCode> {
    let db = context.connect().await?;
    let report = Runner::new(&db, context.history()?)?.refresh().await?;
    context
        .output()
        .result(report_text(&report, "taken back and applied"), &report)?;
    Ok(ExitCode::SUCCESS)
}

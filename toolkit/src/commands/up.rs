//! `seawright up`: apply pending steps, data steps included.

use std::process::ExitCode;

use super::{Context, args::UpArgs, stop_on_interrupt};
use crate::history::{Result, Runner, report_text};

pub(super) async fn run(context: &Context, args: UpArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let options = args.running.options();
    stop_on_interrupt(&options.stop);
    let runner = Runner::new(&db, context.history()?)?;
    let report = options.scope(runner.up(args.num, args.to.as_deref())).await?;
    context.output().result(report_text(&report, "applied"), &report)?;
    Ok(ExitCode::SUCCESS)
}

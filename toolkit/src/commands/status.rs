//! `seawright status`: which steps a database has.

use std::process::ExitCode;

use super::{Context, args::StatusArgs};
use crate::history::{Result, Runner, status_text};

pub(super) async fn run(context: &Context, args: StatusArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let status = Runner::new(&db, context.history()?)?.status().await?;
    context.output().result(status_text(&status), &status)?;
    Ok(if args.exit_code && status.pending() > 0 {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
}

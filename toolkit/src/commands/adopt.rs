//! `seawright adopt`: take over a database that other means built.

use std::process::ExitCode;

use super::{Context, args::AdoptArgs};
use crate::history::{Adoption, Result, adopt, counts_text};

pub(super) async fn run(context: &Context, args: AdoptArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let adoption = adopt(&db, &context.url(), context.history()?, args.dry_run).await?;
    context.output().result(text(&adoption), &adoption)?;
    Ok(ExitCode::SUCCESS)
}

/// What a person reads of an adoption.
fn text(adoption: &Adoption) -> String {
    let tables = adoption.counts.len();
    let mut text = format!(
        "This database is at the history's point after `{}`: all {tables} tables are as expected, in every column, key and index.\n{}:\n",
        adoption.after,
        if adoption.dry_run { "Would be recorded as applied" } else { "Recorded as applied" }
    );
    for step in &adoption.recorded {
        text += &format!("  {step}\n");
    }
    text += "\nRows:\n";
    text += &counts_text(&adoption.counts);
    text
}

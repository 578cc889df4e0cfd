//! `seawright drift`: a live database against its history.

use std::process::ExitCode;

use super::Context;
use crate::history::{Result, drift};

pub(super) async fn run(context: &Context) -> Result<ExitCode> {
    let db = context.connect().await?;
    let found = drift(&db, &context.url(), context.shadow(), context.history()?).await?;
    context.output().result(found.to_string(), &found)?;
    Ok(if found.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

//! `seawright data verify`: proves the data steps, and tells what was asked and found.

use std::process::ExitCode;

use sea_orm_migration::{MigrationName as _, SchemaManagerConnection};
use serde::Serialize;

use super::{known, run::held_text, turn_has_come};
use crate::{
    commands::Context,
    data::{Checked, DataError, answers, quarantine, quarantine::Held},
    history::{Error, Result, checks_text},
};

#[derive(Default, Serialize)]
struct Proof {
    checks: Vec<Checked>,
    quarantine: Vec<Held>,
    failures: Vec<String>,
}

pub(super) async fn run(context: &Context, step: Option<String>) -> Result<ExitCode> {
    let db = context.connect().await?;
    let connection = SchemaManagerConnection::Connection(&db);
    let mut proof = Proof::default();
    for known in known(context, &db, step.as_deref()).await? {
        if step.is_some() {
            turn_has_come(&known)?;
        }
        if !known.applied || step.is_none() && known.standing {
            continue;
        }
        let (name, migration) = (known.step.name(), known.step.migration());
        match migration.verify(name, &connection).await {
            Ok(_) => {}
            Err(error @ (DataError::Unfinished { .. } | DataError::Broken { .. } | DataError::Quarantined { .. })) => {
                proof.failures.push(error.to_string());
            }
            Err(error) => return Err(Error::Data(error)),
        }
        proof.checks.extend(answers(&db, name).await?);
        let held = quarantine::list(&db, Some(name), &[]).await?;
        proof.quarantine.extend(held.into_iter().filter(|row| !row.accepted));
    }
    let mut text = checks_text(&proof.checks);
    for failure in &proof.failures {
        text += &format!("\n{failure}\n");
    }
    text += &held_text(&proof.quarantine);
    if text.is_empty() {
        text.push_str("Nothing to prove: no data step has run.\n");
    }
    context.output().result(text.trim_start_matches('\n'), &proof)?;
    Ok(if proof.failures.is_empty() && proof.quarantine.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

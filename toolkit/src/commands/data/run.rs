//! `seawright data run`: runs data steps, or tells what they would do.

use std::{fmt::Write as _, process::ExitCode};

use sea_orm::DatabaseConnection;
use sea_orm_migration::{MigrationName as _, SchemaManagerConnection};
use serde::Serialize;

use super::{Known, known, turn_has_come};
use crate::{
    commands::{Context, args::DataRunArgs, backup::first, stop_on_interrupt},
    data::{Checked, Rehearsal, RunOptions, Summary, answers, quarantine, quarantine::Held},
    history::{Result, RunLock, checks_text, table},
};

/// How many rows of a list are shown before it is cut.
const SHOWN: usize = 20;

/// What a run of several steps did.
#[derive(Debug, Default, Serialize)]
pub(super) struct Ran {
    steps: Vec<Summary>,
    checks: Vec<Checked>,
    quarantine: Vec<Held>,
}

pub(super) async fn run(context: &Context, args: DataRunArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let steps = known(context, &db, args.step.as_deref()).await?;
    let mut options = args.running.options();
    if args.dry_run {
        options.limit = args.sample;
        return rehearse(context, &db, steps, options, args.step.is_some()).await;
    }
    if args.step.is_some() {
        steps.iter().try_for_each(turn_has_come)?;
    }
    stop_on_interrupt(&options.stop);
    let steps: Vec<Known<'_>> = steps
        .into_iter()
        .filter(|step| step.applied && (args.step.is_some() || !step.standing))
        .collect();
    first(context, &db, &args.first, "data run", !steps.is_empty()).await?;
    // A schema step of another run would change the tables under it.
    let _lock = RunLock::keep_schema(&db, "data run").await?;
    let ran = run_all(&db, &steps, &options).await?;
    context.output().result(text(&ran), &ran)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs steps in their order.
pub(super) async fn run_all(db: &DatabaseConnection, steps: &[Known<'_>], options: &RunOptions) -> Result<Ran> {
    let connection = SchemaManagerConnection::Connection(db);
    let mut ran = Ran::default();
    for known in steps {
        let step = known.step;
        let summary = step.migration().run(step.name(), &connection, options.clone()).await?;
        ran.checks.extend(answers(db, step.name()).await?);
        if summary.quarantined > 0 {
            let held = quarantine::list(db, Some(step.name()), &[]).await?;
            ran.quarantine.extend(held.into_iter().filter(|row| !row.accepted));
        }
        ran.steps.push(summary);
    }
    Ok(ran)
}

/// What a person reads of it.
pub(super) fn text(ran: &Ran) -> String {
    if ran.steps.is_empty() {
        return "Nothing to do: the turn of no data step has come; `seawright up` applies them.\n".to_owned();
    }
    let mut rows = vec![
        [
            "step",
            "table",
            "worked on",
            "migrated",
            "archived",
            "quarantined",
            "to look at",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for step in &ran.steps {
        rows.push(vec![
            step.step.clone(),
            step.source.clone(),
            step.worked.to_string(),
            step.migrated.to_string(),
            step.archived.to_string(),
            step.quarantined.to_string(),
            step.noted.to_string(),
        ]);
    }
    let mut text = table(&rows, &[2, 3, 4, 5, 6]);
    text += &checks_text(&ran.checks);
    text += &held_text(&ran.quarantine);
    text
}

/// The rows in quarantine, a line each.
pub(super) fn held_text(held: &[Held]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let mut text = "\nIn quarantine, kept whole in seawright_data_rows:\n".to_owned();
    for row in held.iter().take(SHOWN) {
        let accepted = if row.accepted { " (accepted)" } else { "" };
        let key = row.key.replace('\u{1f}', "/");
        let _ = writeln!(text, "  {} {key}: {}{accepted}", row.table, row.reason);
    }
    if held.len() > SHOWN {
        let _ = writeln!(text, "  and {} more: --format json has all", held.len() - SHOWN);
    }
    text += "`seawright data quarantine retry` tries them again, `… accept` lets them be.\n";
    text
}

async fn rehearse(
    context: &Context,
    db: &DatabaseConnection,
    steps: Vec<Known<'_>>,
    options: RunOptions,
    named: bool,
) -> Result<ExitCode> {
    let connection = SchemaManagerConnection::Connection(db);
    let mut told = Vec::new();
    for step in steps.into_iter().filter(|step| named || step.applied && !step.standing) {
        let step = step.step;
        told.push(
            step.migration()
                .rehearse(step.name(), &connection, options.clone())
                .await?,
        );
    }
    let text: String = told.iter().map(rehearsal_text).collect();
    let text = if text.is_empty() {
        "Nothing to rehearse: the turn of no data step has come.\n".to_owned()
    } else {
        text
    };
    context.output().result(text, &told)?;
    Ok(ExitCode::SUCCESS)
}

fn rehearsal_text(told: &Rehearsal) -> String {
    let mut text = format!(
        "{}: {} of {} rows of `{}` that need it were tried and taken back, in {} ms\n",
        told.step, told.tried, told.pending, told.source, told.milliseconds
    );
    if let Some(all) = told.expected_milliseconds.filter(|_| told.tried < told.pending) {
        let _ = writeln!(
            text,
            "  all of them would take about {:.1} s by one worker",
            seconds(all)
        );
    }
    for change in &told.changes {
        let _ = writeln!(
            text,
            "  {} of {} rows of `{}`",
            change.change, change.rows, change.table
        );
    }
    for example in &told.examples {
        let _ = writeln!(text, "    {} {}", example.table, example.key);
        if let Some(before) = &example.before {
            let _ = writeln!(text, "      before {}", shortened(&before.to_string()));
        }
        if let Some(after) = &example.after {
            let _ = writeln!(text, "      after  {}", shortened(&after.to_string()));
        }
    }
    for (key, note) in told.notes.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "  to look at: {} {}: {note}",
            told.source,
            key.replace('\u{1f}', "/")
        );
    }
    if told.notes.len() > SHOWN {
        let _ = writeln!(text, "  and {} more to look at", told.notes.len() - SHOWN);
    }
    for row in told.quarantine.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "  quarantine: {} {}: {}",
            row.table,
            row.key.replace('\u{1f}', "/"),
            row.reason
        );
    }
    if told.quarantine.len() > SHOWN {
        let _ = writeln!(text, "  and {} more into quarantine", told.quarantine.len() - SHOWN);
    }
    text += &checks_text(&told.checks);
    if let Some(failure) = &told.failure {
        let _ = writeln!(text, "  it would not come to its end: {failure}");
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// A long value's beginning.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 160;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

//! `seawright diff`: what turns one schema into another.

use std::process::ExitCode;

use serde::Serialize;

use super::{
    Context,
    args::{DiffArgs, Emit},
    generate::{planned, with_hints},
    prompt::Prompt,
    source::{alike, read},
};
use crate::{
    diff::Change,
    emit::{Source, parts, rust, script},
    history::{Error, LockFile, Result, lasting},
    schema::{Dialect, Schema},
};

#[derive(Serialize)]
struct Shown<'p> {
    from: &'p str,
    to: &'p str,
    changes: &'p [Change],
    /// What one side has and entities cannot declare: it stays as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_alone: Vec<String>,
}

pub(super) async fn run(context: &Context, args: DiffArgs) -> Result<ExitCode> {
    let from = read(context, &args.from).await?;
    let to = read(context, &args.to).await?;
    if args.from == "lock" {
        let dir = context.migration_dir()?;
        LockFile::read(&dir)?.check_sources(&dir)?;
    }
    let database = [&args.from, &args.to]
        .into_iter()
        .find(|source| source.contains("://") || source.starts_with("sqlite:"));
    let (from, to) = alike(context, from, to, database.map(String::as_str)).await?;
    let decisions = args.decisions.decisions()?;
    decisions.check(&from, &to)?;
    let decisions = if args.to == "entities" {
        with_hints(context, decisions, &from, &to)?
    } else {
        decisions
    };
    let mut prompt = Prompt::new(decisions, context.output().is_json());
    let plan = planned(&from, &to, &mut prompt, args.in_use)?;
    let left_alone = left_alone(&from, &to);
    let dialect = args.dialect.map_or_else(|| context.dialect(), Dialect::from);
    let text = match args.emit {
        Emit::Summary => plan.to_string() + &listed(&left_alone),
        Emit::Sql => script(&lasting(&plan), dialect)?,
        Emit::Rust => {
            let mut text = String::new();
            for part in parts(&lasting(&plan)) {
                let source = Source {
                    name: "m20000101_000000_diff",
                    form: part.form,
                };
                text += &super::generate::formatted(&rust(&part.plan, &source)?, None);
            }
            text
        }
        Emit::Json => {
            serde_json::to_string_pretty(&plan.changes).map_err(|error| Error::Usage(error.to_string()))? + "\n"
        }
    };
    context.output().result(
        text,
        &Shown {
            from: &args.from,
            to: &args.to,
            changes: &plan.changes,
            left_alone,
        },
    )?;
    Ok(if args.exit_code && !plan.is_empty() {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
}

/// What a database has and the declared side beside it cannot say.
fn left_alone(from: &Schema, to: &Schema) -> Vec<String> {
    let database = match (from.is_declared, to.is_declared) {
        (false, true) => from,
        (true, false) => to,
        _ => return Vec::new(),
    };
    database.unmanaged().map(|(table, one)| one.on(table)).collect()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let lines: String = names.iter().map(|name| format!("  {name}\n")).collect();
    format!("\nNot managed, left alone:\n{lines}")
}

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
    history::{Error, LockFile, Result},
    schema::Dialect,
};

#[derive(Serialize)]
struct Shown<'p> {
    from: &'p str,
    to: &'p str,
    changes: &'p [Change],
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
    let mut decisions = args.decisions.decisions()?;
    decisions.check(&from, &to)?;
    let decisions = if args.to == "entities" {
        with_hints(context, decisions, &from, &to)?
    } else {
        decisions
    };
    let mut prompt = Prompt::new(decisions, context.output().is_json());
    let plan = planned(&from, &to, &mut prompt, args.in_use)?;
    let dialect = args.dialect.map_or_else(|| context.dialect(), Dialect::from);
    if args.emit != Emit::Summary && dialect == Dialect::Postgres {
        super::types::check(context, &plan).await?;
    }
    let text = match args.emit {
        Emit::Summary => plan.to_string(),
        Emit::Sql => script(&plan, dialect)?,
        Emit::Rust => {
            let mut text = String::new();
            for part in parts(&plan) {
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
        },
    )?;
    Ok(if args.exit_code && !plan.is_empty() {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
}

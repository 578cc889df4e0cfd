//! `seawright restore`: restore a backup into an empty database.

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use clap::Args;

use super::{
    Context,
    backup::{failed, seconds, size},
};
use crate::{
    backup::{Contents, Knowledge, RestoreOptions, Restored, extract, inspect, restore},
    declare::Entities,
    history::{Result, RunLock, table},
};

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The backup
    file: PathBuf,
    /// Drop all that the database holds
    #[arg(long)]
    overwrite: bool,
    /// Only check that the file is as it was written, and tell what it holds
    #[arg(long, conflicts_with_all = ["overwrite", "extract"])]
    check: bool,
    /// Write what the database's own tool wrote into a file by itself (native form)
    #[arg(long, value_name = "FILE", conflicts_with = "overwrite")]
    extract: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, args: RestoreArgs) -> Result<ExitCode> {
    if let Some(into) = &args.extract {
        Box::pin(extract(&args.file, into)).await.map_err(failed)?;
        let value = serde_json::json!({ "file": args.file, "extracted": into });
        let text = format!("`{}` holds what was in `{}`\n", into.display(), args.file.display());
        context.output().result(text, &value)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.check {
        let contents = inspect(&args.file).await.map_err(failed)?;
        context.output().result(held(&contents), &told(&contents))?;
        return Ok(ExitCode::SUCCESS);
    }
    // Looked at before the connection, so that a wrong file makes no file of a database.
    inspect(&args.file).await.map_err(failed)?;
    let db = context.connect_anyway().await?;
    let lock = RunLock::take(&db, "restore").await?;
    let options = RestoreOptions {
        overwrite: args.overwrite,
    };
    let knowledge = Knowledge {
        // A project may name neither.
        declared: context.entities().ok().map(Entities::schema).transpose()?,
        history: context.history().ok(),
    };
    let restored = Box::pin(restore(db, &context.url(), &args.file, options, &knowledge))
        .await
        .map_err(failed)?;
    drop(lock);
    context.output().result(text(&restored), &restored)?;
    Ok(ExitCode::SUCCESS)
}

fn rows<'r>(tables: impl IntoIterator<Item = (&'r String, &'r crate::backup::TableSum)>) -> String {
    let rows: Vec<Vec<String>> = tables
        .into_iter()
        .map(|(name, sum)| {
            vec![
                name.clone(),
                sum.rows.to_string(),
                sum.sha256.chars().take(16).collect(),
            ]
        })
        .collect();
    table(&rows, &[1])
}

fn text(restored: &Restored) -> String {
    let mut text = format!(
        "{} rows of {} tables restored from `{}` of {}, read again and found equal, in {:.1} s\n",
        restored.rows,
        restored.tables.len(),
        restored.file,
        restored.made_at,
        seconds(restored.milliseconds)
    );
    text += &rows(restored.tables.iter().map(|(name, sum)| (name, sum)));
    for note in &restored.notes {
        let _ = writeln!(text, "{note}");
    }
    text
}

fn told(contents: &Contents) -> serde_json::Value {
    let meta = &contents.meta;
    serde_json::json!({
        "form": meta.form, "made_at": meta.made_at, "seawright": meta.seawright, "database": meta.database, "server": meta.server,
        "schema_name": meta.schema_name, "tool": meta.tool, "bytes": contents.bytes, "rows": contents.end.rows(),
        "tables": contents.end.tables, "notes": meta.notes, "schema": meta.schema,
    })
}

fn held(contents: &Contents) -> String {
    let meta = &contents.meta;
    let mut text = format!(
        "The backup is as it was written: {} rows of {} tables of {} {}, taken {} by Seawright {}{}, {}\n",
        contents.end.rows(),
        contents.end.tables.len(),
        meta.database.name(),
        meta.server,
        meta.made_at,
        meta.seawright,
        meta.tool
            .as_ref()
            .map(|tool| format!(" with {tool}"))
            .unwrap_or_default(),
        size(contents.bytes)
    );
    text += &rows(&contents.end.tables);
    for note in &meta.notes {
        let _ = writeln!(text, "{note}");
    }
    text
}

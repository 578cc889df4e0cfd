//! `seawright history`: what the database remembers of the history, and putting it right.

use std::{fmt::Write as _, process::ExitCode};

use super::{
    Context,
    args::{HistoryArgs, HistoryCommand},
    prompt,
};
use crate::history::{Error, Repair, Result, Runner, history_text, remembered, repair};

pub(super) async fn run(context: &Context, args: HistoryArgs) -> Result<ExitCode> {
    match args.command {
        HistoryCommand::Remove { name } => super::generate::remove(context, name.as_deref()).await,
        HistoryCommand::List => {
            let db = context.connect().await?;
            let steps = remembered(&db).await?;
            context.output().result(history_text(&steps), &steps)?;
            Ok(ExitCode::SUCCESS)
        }
        HistoryCommand::Repair { dry_run, yes } => {
            let db = context.connect().await?;
            let runner = Runner::new(&db, context.history()?)?;
            let would = repair(&runner, true).await?;
            if dry_run || would.is_empty() {
                context.output().result(text(&would), &would)?;
                return Ok(ExitCode::SUCCESS);
            }
            if !yes && !prompt::confirmed(&format!("{}Record that?", text(&would)))? {
                return Err(Error::Consent {
                    what: text(&would).trim_end().to_owned(),
                    help: "if the database is right as it is, add --yes; nothing was written".into(),
                });
            }
            let done = repair(&runner, false).await?;
            context.output().result(text(&done), &done)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn text(repair: &Repair) -> String {
    let mut text = String::new();
    let would = if repair.dry_run { "would be " } else { "" };
    if repair.is_empty() {
        text += "There is nothing to repair.\n";
    }
    if !repair.repaired.is_empty() {
        let _ = writeln!(text, "What {would}recorded as right, the schema staying as it is:");
    }
    for problem in &repair.repaired {
        let _ = writeln!(text, "  {problem}");
    }
    for step in &repair.rewritten {
        let _ = writeln!(text, "  `{step}` only looks different; its new checksum {would}kept");
    }
    for problem in &repair.left {
        let _ = writeln!(
            text,
            "  left, because only the history itself can be mended here: {problem}"
        );
    }
    text
}

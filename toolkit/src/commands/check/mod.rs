//! `seawright check`: all that CI should ask of a project.

mod replay;
mod sources;

use std::{fmt::Write as _, process::ExitCode, time::Instant};

use serde::Serialize;

use super::{Context, args::CheckArgs};
use crate::history::{Error, Result};

/// Something that was asked, and what was found.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    /// What should hold.
    claim: String,
    /// How long it took, in milliseconds.
    milliseconds: u64,
    /// What speaks against it; nothing where it holds.
    findings: Vec<Finding>,
    /// Why it could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    /// What is worth knowing of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Something that speaks against a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What, with what to do.
    pub(super) what: String,
    /// The file that it is about, where it is about one, from the working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
}

impl Finding {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            file: None,
        }
    }

    pub(super) fn in_file(what: impl Into<String>, file: &std::path::Path) -> Self {
        Self {
            what: what.into(),
            file: Some(file.display().to_string()),
        }
    }

    /// An error as what was found.
    fn of(error: &Error) -> Self {
        let help = error.help().map_or_else(String::new, |help| format!("; {help}"));
        match error {
            Error::File { path, reason, help } => Self {
                what: format!("{reason}; {help}"),
                file: Some(path.clone()),
            },
            _ => Self::new(format!("{error}{help}")),
        }
    }
}

/// What a question comes to.
#[derive(Debug, Default)]
pub(super) struct Answer {
    findings: Vec<Finding>,
    skipped: Option<String>,
    note: Option<String>,
}

impl Answer {
    /// It could not be asked.
    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self {
            skipped: Some(why.into()),
            ..Self::default()
        }
    }

    /// It holds, and this is worth knowing of it.
    pub(super) fn noted(note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            ..Self::default()
        }
    }
}

impl From<Vec<Finding>> for Answer {
    fn from(findings: Vec<Finding>) -> Self {
        Self {
            findings,
            ..Self::default()
        }
    }
}

pub(super) async fn run(context: &Context, args: CheckArgs) -> Result<ExitCode> {
    // Without these there is nothing to ask.
    let history = context.trial()?;
    context.entities()?;
    let mut asked: Vec<Asked> = Vec::new();
    let mut ask = |claim: &str, clock: Instant, answer: Result<Answer>| {
        let answer = answer.unwrap_or_else(|error| vec![Finding::of(&error)].into());
        asked.push(Asked {
            claim: claim.to_owned(),
            milliseconds: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
            findings: answer.findings,
            skipped: answer.skipped,
            note: answer.note,
        });
    };
    let clock = Instant::now();
    ask(
        "the files of the history are as they were written",
        clock,
        sources::untouched(context).map(Into::into),
    );
    let clock = Instant::now();
    ask(
        "the list of steps is the lock file's, and has one end",
        clock,
        sources::one_head(context, history).map(Into::into),
    );
    let clock = Instant::now();
    ask(
        "the history leads to the entities",
        clock,
        sources::equals_entities(context).map(Into::into),
    );
    let clock = Instant::now();
    ask(
        "pending steps lint clean",
        clock,
        sources::lints_clean(context).await.map(Into::into),
    );
    let url = replay::url(context);
    let clock = Instant::now();
    ask(
        "it replays from nothing, back and again, into the schema of the lock file",
        clock,
        replay::from_nothing(context, history, &url).await.map(Into::into),
    );
    for profile in context.project().seeds() {
        let clock = Instant::now();
        let claim = format!(
            "it replays the database `{}` with its rows, back and again",
            profile.name()
        );
        let answer = match profile.missing() {
            Some(missing) => Ok(Answer::skipped(format!("it needs {missing}"))),
            None => replay::seeded(history, &url, profile.as_ref()).await,
        };
        ask(&claim, clock, answer);
    }
    if args.annotations {
        for finding in asked.iter().flat_map(|asked| &asked.findings) {
            annotate(finding);
        }
    }
    context.output().result(text(&asked), &asked)?;
    Ok(if asked.iter().all(|asked| asked.findings.is_empty()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

fn text(asked: &[Asked]) -> String {
    let mut text = String::new();
    for asked in asked {
        let state = match (&asked.skipped, asked.findings.len()) {
            (Some(_), _) => "skipped",
            (None, 0) => "  ok   ",
            _ => "FAILED ",
        };
        let _ = writeln!(text, "  {state} {} ({} ms)", asked.claim, asked.milliseconds);
        if let Some(why) = &asked.skipped {
            let _ = writeln!(text, "          not asked: {why}");
        }
        if let Some(note) = &asked.note {
            let _ = writeln!(text, "          {note}");
        }
        for finding in &asked.findings {
            let file = finding
                .file
                .as_ref()
                .map_or_else(String::new, |file| format!("{file}: "));
            let what = finding.what.replace('\n', "\n            ");
            let _ = writeln!(text, "          {file}{what}");
        }
    }
    let failed = asked.iter().filter(|asked| !asked.findings.is_empty()).count();
    let skipped = asked.iter().filter(|asked| asked.skipped.is_some()).count();
    let _ = match (failed, skipped) {
        (0, 0) => writeln!(text, "All is well."),
        (0, _) => writeln!(
            text,
            "All is well, as far as it was asked: {skipped} of {} claims were not.",
            asked.len()
        ),
        _ => writeln!(text, "{failed} of {} claims do not hold.", asked.len()),
    };
    text
}

/// A line that GitHub shows beside the file. Line ends and `%` are escaped as its workflow commands ask
/// (docs.github.com, "Workflow commands for GitHub Actions").
#[expect(clippy::print_stderr, reason = "standard output has the report")]
fn annotate(finding: &Finding) {
    let escaped = finding
        .what
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    match &finding.file {
        Some(file) => eprintln!("::error file={file}::{escaped}"),
        None => eprintln!("::error ::{escaped}"),
    }
}

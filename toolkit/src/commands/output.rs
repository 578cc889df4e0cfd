//! What is printed, and how errors look.

use std::{io::Write as _, process::ExitCode};

use serde::Serialize;

use super::Format;
use crate::history::{Error, error_text};

/// Prints results in the format that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    format: Format,
}

impl Output {
    pub(super) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether a program reads it.
    pub fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Prints a result: as text for people, or as one JSON document.
    ///
    /// # Errors
    /// Where standard output can't be written to.
    pub fn result<T: Serialize>(self, text: impl AsRef<str>, value: &T) -> Result<(), Error> {
        let text = match self.format {
            Format::Human => text.as_ref().to_owned(),
            Format::Json => {
                serde_json::to_string_pretty(value).map_err(|error| Error::Usage(error.to_string()))? + "\n"
            }
        };
        print(&text)
    }

    pub(super) fn error(self, error: &Error, verbose: bool) -> ExitCode {
        let code = error.exit_code();
        if self.is_json() {
            let mut value =
                serde_json::json!({ "message": error.to_string(), "help": error.help(), "exit_code": code });
            if let Error::Undecided(undecided) | Error::Unreconciled { undecided, .. } = error {
                let questions: Vec<serde_json::Value> = undecided
                    .0
                    .iter()
                    .map(|question| serde_json::json!({ "question": question.to_string(), "flags": question.flags() }))
                    .collect();
                value["questions"] = questions.into();
            }
            if let Error::Freeze(crate::freeze::FreezeError::Obstacles(obstacles)) = error {
                value["obstacles"] = serde_json::json!(obstacles);
            }
            if let Error::Unreconciled { guesses, .. } = error {
                value["guesses"] = serde_json::json!(guesses);
            }
            if let Error::Differs { differences, .. } | Error::Unequal { differences, .. } = error {
                value["differences"] = serde_json::json!(differences);
            }
            if let Error::Differs { report, foreign, .. } = error {
                value["report"] = serde_json::json!(report);
                value["foreign"] = serde_json::json!(foreign);
            }
            let _ = print(&format!("{:#}\n", serde_json::json!({ "error": value })));
        }
        let text = error_text(error, verbose);
        let mut stderr = std::io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes());
        ExitCode::from(code)
    }
}

fn print(text: &str) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::File {
            path: "standard output".into(),
            reason: error.to_string(),
            help: "check where it is directed".into(),
        }),
        _ => Ok(()),
    }
}

/// While a step runs, a panic in it becomes an error with its message; its own report would only be noise.
pub(super) fn quiet_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !crate::history::is_catching() {
            usual(info);
        }
    }));
}

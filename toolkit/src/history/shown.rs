//! How an error looks.

use std::{fmt, io::IsTerminal as _};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::Error;

/// The report of an error: what, and what to do; with the chain of causes when asked.
pub(crate) fn error_text(error: &Error, verbose: bool) -> String {
    let handler = GraphicalReportHandler::new_themed(theme()).with_width(110);
    let handler = if verbose {
        handler.with_cause_chain()
    } else {
        handler.without_cause_chain()
    };
    let mut text = String::new();
    let shown = Shown {
        message: error.to_string(),
        help: error.help(),
        source: source_of(error),
    };
    match handler.render_report(&mut text, &shown) {
        Ok(()) => text,
        Err(_) => format!("{error}\n"),
    }
}

fn theme() -> GraphicalTheme {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if colours {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::none()
    }
}

/// An error as miette reads it.
#[derive(Debug)]
struct Shown {
    message: String,
    help: Option<String>,
    source: Option<Cause>,
}

/// The text of what stands behind an error.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

fn source_of(error: &Error) -> Option<Cause> {
    match error {
        Error::Step { error, .. } | Error::Database(error) => Some(Cause(format!("{error:?}"))),
        _ => None,
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|cause| cause as _)
    }
}

impl Diagnostic for Shown {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }
}

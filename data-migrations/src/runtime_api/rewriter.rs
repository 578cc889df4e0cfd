//! A script in, a script out.

use tree_sitter::LanguageError;

use super::{
    bash, nodejs, python,
    remarks::{self, Remark},
    syntax::{self, Parser},
};

/// A language that events' scripts are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `BASH`
    Bash,
    /// `PYTHON`
    Python,
    /// `NODEJS`
    NodeJs,
}

/// A script that speaks to the runtime API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// The script; the bytes of the old one where nothing had to change.
    pub text: String,
    /// What a person has to look at, by line.
    pub remarks: Vec<Remark>,
}

/// Rewrites scripts, one after the other. It holds a parser for each language, so it is worth keeping.
#[expect(missing_debug_implementations, reason = "parsers have nothing to show")]
pub struct Rewriter {
    bash: Parser,
    python: Parser,
    nodejs: Parser,
}

impl Rewriter {
    /// A rewriter with its parsers.
    ///
    /// # Errors
    ///
    /// Where a grammar was made for another version of tree-sitter.
    pub fn new() -> Result<Self, LanguageError> {
        Ok(Self {
            bash: Parser::new(&syntax::BASH)?,
            python: Parser::new(&syntax::PYTHON)?,
            nodejs: Parser::new(&syntax::NODEJS)?,
        })
    }

    /// Rewrites a script, which doesn't change what it does: the lines that brought the legacy helpers in go, functions
    /// get their new names, Node's are awaited, and Python and Node get the import that the executor used to write.
    ///
    /// What is rewritten is the syntax: strings, comments and here-documents stay as they are. A script that can't be
    /// parsed stays whole, with a remark. A rewritten script stays as it is.
    pub fn rewrite(&mut self, language: Language, source: &str) -> Rewrite {
        let rewritten = match language {
            Language::Bash => bash::rewrite(&mut self.bash, source),
            Language::Python => python::rewrite(&mut self.python, source),
            Language::NodeJs => nodejs::rewrite(&mut self.nodejs, source),
        };
        rewritten.unwrap_or_else(|| Rewrite {
            text: source.to_owned(),
            remarks: unreadable(source),
        })
    }
}

/// A broken script that the helpers are nowhere mentioned in is no worse off than before.
fn unreadable(source: &str) -> Vec<Remark> {
    if !source.contains("cronium") && remarks::mentioned_file(source).is_none() {
        return Vec::new();
    }
    vec![Remark {
        lines: Vec::new(),
        text: "its syntax could not be read, so the script was left as it is".to_owned(),
    }]
}

//! Rewritten scripts run, and do what the legacy ones did.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "the helpers of tests fail and speak as tests do"
)]

mod laws;
mod proof;
mod runtime_api;
mod snapshots;
mod world;

use std::{
    fs,
    path::{Path, PathBuf},
};

use data_migrations::runtime_api::Language;

/// A script of the test set.
///
/// What its name begins with says more: `supplied-` leaves the helpers to the executor, `module-` is an ES module,
/// `review-` can't do all that it did and gets remarks.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) source: String,
}

impl Case {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.name.starts_with(kind)
    }
}

/// The folder of these tests.
pub(crate) fn folder(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(below)
}

/// The test set of a language, by name.
pub(crate) fn cases(language: Language) -> Vec<Case> {
    let name = match language {
        Language::Bash => "bash",
        Language::Python => "python",
        Language::NodeJs => "nodejs",
    };
    let mut cases: Vec<Case> = fs::read_dir(folder("cases").join(name))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            Case {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                language,
                source: fs::read_to_string(&path).unwrap(),
            }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

pub(crate) const LANGUAGES: [Language; 3] = [Language::Bash, Language::Python, Language::NodeJs];

/// All of the test set.
pub(crate) fn all_cases() -> Vec<Case> {
    LANGUAGES.into_iter().flat_map(cases).collect()
}

//! What a person has to look at.

use std::fmt::{Display, Formatter, Result};

/// Something in a script that a person has to look at. It quotes nothing of the script, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where, counted from 1 in the script as it was. Empty where it is about the whole script.
    pub lines: Vec<usize>,
    /// What.
    pub text: String,
}

impl Display for Remark {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let lines: Vec<String> = self.lines.iter().map(usize::to_string).collect();
        match lines.as_slice() {
            [] => write!(f, "{}", self.text),
            [line] => write!(f, "line {line}: {}", self.text),
            [lines @ .., last] => write!(f, "lines {} and {last}: {}", lines.join(", "), self.text),
        }
    }
}

/// The remarks on one script: one for each thing, with all of its lines.
#[derive(Debug, Default)]
pub(super) struct Remarks(Vec<Remark>);

impl Remarks {
    pub(super) fn add(&mut self, line: usize, text: impl Into<String>) {
        let text = text.into();
        match self.0.iter_mut().find(|remark| remark.text == text) {
            Some(known) => known.lines.push(line),
            None => self.0.push(Remark {
                lines: vec![line],
                text,
            }),
        }
    }

    /// A file of the legacy executor's.
    pub(super) fn file(&mut self, line: usize, file: &str) {
        self.add(line, format!("uses `{file}`, a file of the old executor that is gone"));
    }

    pub(super) fn get_condition(&mut self, line: usize, function: &str) {
        self.add(line, format!("`{function}` has no counterpart in the runtime API"));
    }

    pub(super) fn updated(&mut self, line: usize) {
        self.add(
            line,
            "uses `__updated__`, which was the old executor's own key among the variables",
        );
    }

    /// By line.
    pub(super) fn into_vec(mut self) -> Vec<Remark> {
        for remark in &mut self.0 {
            remark.lines.sort_unstable();
            remark.lines.dedup();
        }
        self.0.sort_by(|a, b| a.lines.cmp(&b.lines));
        self.0
    }
}

/// The files in the working directory by which the legacy executor spoke with its scripts.
pub(super) const FILES: [&str; 5] = [
    "input.json",
    "output.json",
    "event.json",
    "variables.json",
    "condition.json",
];

/// The file of the old executor's that a path leads to, if it does: one in the working directory, or in one that only a
/// run knows (`dynamic`: something unknown stands before the text).
pub(super) fn executors_file(path: &str, dynamic: bool) -> Option<&'static str> {
    let mut rest = path;
    if dynamic {
        rest = rest.strip_prefix('/').unwrap_or(rest);
    }
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter;
    }
    FILES.into_iter().find(|file| *file == rest)
}

/// The first file of the old executor's whose name stands in a text as a word of its own.
pub(super) fn mentioned_file(text: &str) -> Option<&'static str> {
    FILES.into_iter().find(|file| has_word(text, file))
}

/// Whether a word stands in a text, no longer word's part.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_of_the_working_directory_are_the_executors() {
        assert_eq!(executors_file("input.json", false), Some("input.json"));
        assert_eq!(executors_file("././output.json", false), Some("output.json"));
        assert_eq!(executors_file("/event.json", true), Some("event.json"));
        for other in [
            "data/input.json",
            "/srv/input.json",
            "my-input.json",
            "input.json.bak",
            "",
        ] {
            assert_eq!(executors_file(other, false), None, "{other}");
        }
    }

    #[test]
    fn a_word_is_no_part_of_a_longer_one() {
        assert!(has_word("a cronium.sh;", "cronium.sh"));
        assert!(has_word("./cronium.sh", "cronium.sh"));
        assert!(!has_word("my-cronium.sh", "cronium.sh"));
        assert!(!has_word("cronium_setVariables", "cronium_setVariable"));
    }

    #[test]
    fn a_remark_reads_as_a_sentence() {
        let mut remarks = Remarks::default();
        remarks.file(7, "input.json");
        remarks.get_condition(2, "getCondition");
        remarks.file(3, "input.json");
        remarks.file(9, "input.json");
        let said: Vec<String> = remarks.into_vec().iter().map(Remark::to_string).collect();
        assert_eq!(
            said,
            [
                "line 2: `getCondition` has no counterpart in the runtime API",
                "lines 3, 7 and 9: uses `input.json`, a file of the old executor that is gone",
            ]
        );
    }
}

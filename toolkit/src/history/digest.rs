//! The two checksums of a step: what it does, and how it is written.

use sha2::{Digest as _, Sha256};

use super::{LockFile, recording::Recording};

/// The way in which meanings are summed up: a change of it makes checksums of an older one incomparable, not wrong.
const MEANING: &str = "1";

/// Likewise for files.
const BYTES: &str = "1";

/// A step's checksums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Digests {
    /// Over what it sends, or over what a data migration reads and proves.
    pub(super) meaning: Option<String>,
    /// Over its file, from the lock file.
    pub(super) bytes: Option<String>,
    /// What the first was made from, a JSON list.
    pub(super) statements: Option<String>,
}

impl Digests {
    /// Those of a step that was recorded.
    pub(super) fn of(name: &str, recording: &Recording, lock: Option<&LockFile>) -> Self {
        let bytes = lock
            .and_then(|lock| lock.migrations.iter().find(|migration| migration.name == name))
            .and_then(|migration| migration.checksum.as_ref())
            .map(|checksum| format!("{BYTES}:{checksum}"));
        // What could not be recorded to its end says nothing.
        let lines = recording.broken_off.is_none().then(|| meaning(recording));
        Self {
            meaning: lines.as_deref().map(digest),
            bytes,
            statements: lines.and_then(|lines| serde_json::to_string(&lines).ok()),
        }
    }
}

/// What a step means, a line a statement, without what only looks different.
pub(super) fn meaning(recording: &Recording) -> Vec<String> {
    match &recording.data {
        Some(facts) => std::iter::once(format!("reads {}", facts.source))
            .chain(
                facts
                    .invariants
                    .iter()
                    .map(|invariant| format!("proves: no {invariant}")),
            )
            .collect(),
        None => recording.statements.iter().map(|sql| normalised(sql)).collect(),
    }
}

/// A statement with single spaces between its words, outside of quotes.
pub(super) fn normalised(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut quote: Option<char> = None;
    let mut space = false;
    for sign in sql.trim().trim_end_matches(';').chars() {
        if quote.is_none() && sign.is_whitespace() {
            space = true;
            continue;
        }
        if std::mem::take(&mut space) {
            text.push(' ');
        }
        match quote {
            Some(open) if open == sign => quote = None,
            None if matches!(sign, '\'' | '"' | '`') => quote = Some(sign),
            _ => {}
        }
        text.push(sign);
    }
    text
}

fn digest(lines: &[String]) -> String {
    let mut sum = Sha256::new();
    for line in lines {
        // The length keeps two lines from being read as one.
        sum.update((line.len() as u64).to_be_bytes());
        sum.update(line.as_bytes());
    }
    let hex: String = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{MEANING}:sha256:{hex}")
}

/// Whether two checksums were made in one way and differ.
pub(super) fn differ(one: Option<&str>, other: Option<&str>) -> bool {
    let version = |text: &str| text.split(':').next().map(str::to_owned);
    match (one, other) {
        (Some(one), Some(other)) => version(one) == version(other) && one != other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(sql: &[&str]) -> Recording {
        Recording {
            statements: sql.iter().map(|sql| (*sql).to_owned()).collect(),
            ..Recording::default()
        }
    }

    fn meaning_of(sql: &[&str]) -> String {
        Digests::of("m1", &sent(sql), None).meaning.unwrap()
    }

    #[test]
    fn spaces_mean_nothing_outside_of_quotes() {
        assert_eq!(meaning_of(&["DROP  TABLE\n a;"]), meaning_of(&["DROP TABLE a"]));
        assert_ne!(meaning_of(&["SELECT 'a  b'"]), meaning_of(&["SELECT 'a b'"]));
    }

    #[test]
    fn what_is_sent_and_in_which_order_counts() {
        assert_ne!(meaning_of(&["a", "b"]), meaning_of(&["b", "a"]));
        assert_ne!(meaning_of(&["ab"]), meaning_of(&["a", "b"]));
    }

    #[test]
    fn checksums_of_another_way_are_not_compared() {
        assert!(differ(Some("1:a"), Some("1:b")));
        assert!(!differ(Some("1:a"), Some("2:b")));
        assert!(!differ(None, Some("1:b")));
    }

    #[test]
    fn a_step_that_breaks_off_has_no_meaning() {
        let mut broken = sent(&["a"]);
        broken.broken_off = Some("it panicked".to_owned());
        assert_eq!(Digests::of("m1", &broken, None), Digests::default());
    }
}

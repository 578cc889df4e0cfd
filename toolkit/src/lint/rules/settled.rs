//! What is found of a step as such, and not of a statement.

use super::Rule;
use crate::lint::{Finding, Script, Severity, allow::about, rule::EVERY};

/// A step of which only a part is known.
pub(super) const UNRECORDED: Rule = Rule {
    code: "unrecorded-step",
    title: "A step cannot be told without a database",
    severity: Severity::Warning,
    on: EVERY,
    is_strict: false,
    why: "A step is linted by what it sends, and that is written down by running it with a connection that answers every \
          question with nothing. This one ended with an error, or waits for something else than the database, so that \
          what comes after that point was never seen. Statements that depend on what a database answers belong into a \
          data migration; if the step has to ask, let it go on where it is told of nothing.",
    bad: &[],
    good: &[],
    peers: &[],
    check: |_, _| {},
};

/// A silence that answers nothing.
pub(in crate::lint) const UNUSED: Rule = Rule {
    code: "unused-silence",
    title: "A silence silences nothing",
    severity: Severity::Warning,
    on: EVERY,
    is_strict: false,
    why: "A silence that answers no finding is a trap: the danger it spoke of is gone, or has moved, or its rule is \
          spelled otherwise, and the next danger of that kind would pass without a word. Within `fn up` a silence is \
          about the call that follows it, elsewhere about the whole step. Take it away, or put it where it belongs.",
    bad: &[],
    good: &[],
    peers: &["squawk: unused-ignore"],
    check: |_, _| {},
};

/// A silence without a word.
pub(in crate::lint) const WITHOUT_REASON: Rule = Rule {
    code: "silence-without-reason",
    title: "A silence gives no reason",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "A danger that was looked at and found to be none is worth a sentence: that the table is small, that nobody \
          reads the column, that the program is down while it runs. Whoever reads the step later cannot know it \
          otherwise, and whoever copies it would copy the silence with it. Write the reason behind a colon.",
    bad: &[],
    good: &[],
    peers: &[],
    check: |_, _| {},
};

/// A step that broke off.
pub(in crate::lint) fn unrecorded(script: &Script, why: &str) -> Finding {
    about(
        script,
        &UNRECORDED,
        format!("what it sends can't all be told without a database: {why}"),
        None,
    )
}

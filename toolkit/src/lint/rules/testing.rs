//! Running the examples of a rule.

use crate::{
    lint::{Finding, Options, Rule, Script, lint, rule::EVERY},
    schema::Dialect,
};

const OUTSIDE: &str = "-- outside of a transaction";
const NEXT: &str = "-- the next step";

/// The steps of an example.
fn scripts(example: &str) -> Vec<Script> {
    example
        .split(NEXT)
        .enumerate()
        .map(|(at, text)| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let statements: Vec<&str> = lines.filter(|line| !line.starts_with("--")).collect();
            let mut script = Script::new(format!("m{}", at + 1), statements);
            script.in_transaction = !text.contains(OUTSIDE);
            script
        })
        .collect()
}

/// What a rule finds in an example.
pub(super) fn found_on(rule: &Rule, example: &str, dialect: Dialect) -> Vec<Finding> {
    let options = Options {
        strict: true,
        ..Options::of(dialect)
    };
    let mut findings = lint(&scripts(example), &options).findings;
    findings.retain(|finding| finding.code == rule.code);
    findings
}

/// What it finds on the first database that it is for.
pub(super) fn found(rule: &Rule, example: &str) -> Vec<Finding> {
    found_on(rule, example, rule.on[0])
}

pub(super) fn finds_what_is_bad(rule: &Rule) {
    assert!(!rule.bad.is_empty(), "{} has no example", rule.code);
    for example in rule.bad {
        assert!(
            !found(rule, example).is_empty(),
            "{} finds nothing in\n{example}",
            rule.code
        );
    }
}

pub(super) fn lets_be_what_is_good(rule: &Rule) {
    for example in rule.good {
        let findings = found(rule, example);
        assert!(findings.is_empty(), "{} finds\n{findings:#?}\nin\n{example}", rule.code);
    }
}

pub(super) fn is_silent_on_other_databases(rule: &Rule) {
    for dialect in EVERY.iter().filter(|dialect| !rule.on.contains(dialect)) {
        for example in rule.bad {
            assert_eq!(found_on(rule, example, *dialect), [], "on {dialect:?}");
        }
    }
}

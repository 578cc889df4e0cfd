//! Cronium's own history: clean, or each finding with its reason.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use seawright::{
    history::{History, Linting, scripts},
    lint::{Allowance, Script, Severity, lint},
    schema::Dialect,
};
use tests::block_on;

fn with_reasons(scripts: &mut [Script]) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../migration/src");
    for script in scripts {
        let path = folder.join(&script.step).with_extension("rs");
        script.source = fs::read_to_string(path).ok();
        let reasons = cli::reasons::REASONS.iter().filter(|(step, ..)| *step == script.step);
        script.allowed = reasons
            .map(|(_, code, reason)| Allowance {
                code: (*code).to_owned(),
                reason: (*reason).to_owned(),
            })
            .collect();
    }
}

/// A line a step and a rule, with how often.
async fn found(dialect: Dialect) -> String {
    let history = History::of::<migration::Migrator>();
    let (mut scripts, options) = scripts(None, dialect, history, &Linting::All).await.unwrap();
    with_reasons(&mut scripts);
    let linted = lint(&scripts, &options);
    assert_eq!(linted.steps, scripts.len());
    let mut counted: BTreeMap<(String, Severity, &str), Vec<String>> = BTreeMap::new();
    for finding in &linted.findings {
        let place = finding
            .table
            .iter()
            .chain(&finding.object)
            .cloned()
            .collect::<Vec<_>>()
            .join(".");
        let of_rule = counted
            .entry((finding.step.clone(), finding.severity, finding.code))
            .or_default();
        of_rule.push(place);
    }
    let mut text = String::new();
    for ((step, severity, code), places) in counted {
        writeln!(text, "{step}: {severity} {code}: {}", places.join(", ")).unwrap();
    }
    for silenced in &linted.silenced {
        writeln!(
            text,
            "{}: silenced {}: {}",
            silenced.finding.step, silenced.finding.code, silenced.reason
        )
        .unwrap();
    }
    text
}

#[test]
fn cronium_lints_clean_or_carries_its_reasons() {
    block_on(async {
        // What stands is listed first, without the word `silenced`: there is to be none.
        insta::assert_snapshot!("postgres", found(Dialect::Postgres).await);
        insta::assert_snapshot!("sqlite", found(Dialect::Sqlite).await);
    });
}

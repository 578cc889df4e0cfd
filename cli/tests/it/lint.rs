//! `seawright lint`: text, JSON, annotations, exit codes, silences.

use std::{fs, path::Path};

use tests::on_every_database;

use crate::support::{Ran, seawright, seawright_in};

const ONLINE: &str = "m20261122_134825_containers_online";
const CONTRACT: &str = "m20261122_134925_containers_contract";

fn in_the_workspace(arguments: &[&str]) -> Ran {
    seawright_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.shown()))
}

/// A migration crate with one step's source, for silences.
fn sources(step: &str, source: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("migration/src")).unwrap();
    fs::write(folder.path().join("migration/Cargo.toml"), "").unwrap();
    fs::write(
        folder.path().join("migration/src").join(step).with_extension("rs"),
        source,
    )
    .unwrap();
    folder
}

#[test]
fn the_history_is_clean_or_carries_its_reasons() {
    let ran = in_the_workspace(&["lint"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let ran = in_the_workspace(&["lint", "--dialect", "sqlite"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
}

#[test]
fn a_step_by_itself() {
    let ran = in_the_workspace(&["--format", "json", "lint", "--step", ONLINE]);
    assert_eq!(json(&ran)["steps"], 1);
    let ran = in_the_workspace(&["lint", "--step", "m_nowhere"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    assert!(ran.stderr.contains("m_nowhere"), "{}", ran.stderr);
    assert_eq!(in_the_workspace(&["lint", "--step", ONLINE, "--all"]).code, 2);
}

#[test]
fn a_silence_that_silences_nothing_is_found() {
    let source = "// seawright: allow(ban-char-field): there is none\nasync fn up() {}\n";
    let folder = sources(CONTRACT, source);
    let ran = seawright_in(folder.path(), &["lint", "--step", CONTRACT]);
    assert_eq!(ran.code, 3, "{}", ran.shown());
    insta::assert_snapshot!(ran.shown());
    let ran = seawright_in(folder.path(), &["lint", "--step", CONTRACT, "--errors-only"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let ran = seawright_in(folder.path(), &["lint", "--step", CONTRACT, "--annotations", "github"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(ran.stdout);
    let ran = seawright_in(folder.path(), &["--format", "json", "lint", "--step", CONTRACT]);
    let found = &json(&ran)["findings"][0];
    assert_eq!(found["code"], "unused-silence");
    assert_eq!(found["file"], format!("migration/src/{CONTRACT}.rs"));
    assert_eq!(found["line"], 1);
}

#[test]
fn a_silence_without_a_reason_is_an_error() {
    let source = "// seawright: allow(ban-drop-table)\nasync fn up() {}\n";
    let folder = sources(CONTRACT, source);
    let ran = seawright_in(
        folder.path(),
        &["--format", "json", "lint", "--step", CONTRACT, "--errors-only"],
    );
    assert_eq!(ran.code, 3, "{}", ran.shown());
    assert_eq!(json(&ran)["findings"][0]["code"], "silence-without-reason");
}

#[test]
fn rules_of_taste_are_asked_on_demand() {
    let ran = in_the_workspace(&["lint", "--strict"]);
    assert_eq!(ran.code, 3, "{}", ran.shown());
    assert!(ran.stdout.contains("warning[prefer-timestamp-tz]"), "{}", ran.stdout);
}

on_every_database! {
    async fn only_what_is_pending(db: TestDb) {
        let pending = json(&seawright(&db, &["--format", "json", "lint"]));
        let all = pending["steps"].as_u64().unwrap();
        seawright(&db, &["up", "-n", "2"]).ok();
        let pending = json(&seawright(&db, &["--format", "json", "lint"]));
        assert_eq!(pending["steps"].as_u64().unwrap(), all - 2);
        let everything = json(&seawright(&db, &["--format", "json", "lint", "--all"]));
        assert_eq!(everything["steps"].as_u64().unwrap(), all);
    }
}

//! Every rule has a page and stands in the index, and every page has a rule. `UPDATE_LINT_PAGES=1` writes them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use seawright::lint::{rules, rules_table};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/lint")
}

fn updates() -> bool {
    std::env::var_os("UPDATE_LINT_PAGES").is_some()
}

#[test]
fn every_rule_has_its_page() {
    for rule in rules() {
        let path = folder().join(rule.code).with_extension("md");
        if updates() {
            fs::write(&path, rule.page()).unwrap();
        }
        assert!(
            fs::read_to_string(&path).unwrap_or_default() == rule.page(),
            "the page of `{}` is to be written with UPDATE_LINT_PAGES=1",
            rule.code
        );
    }
}

#[test]
fn every_page_has_its_rule() {
    let pages: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|page| page != "README")
        .collect();
    let codes: BTreeSet<String> = rules().iter().map(|rule| rule.code.to_owned()).collect();
    assert_eq!(codes.len(), rules().len(), "two rules have one code");
    assert_eq!(pages, codes);
}

#[test]
fn the_index_lists_every_rule() {
    const BEGIN: &str = "<!-- The rules: written by UPDATE_LINT_PAGES=1. -->\n";
    const END: &str = "<!-- The end of the rules. -->";
    let path = folder().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (table, tail) = rest.split_once(END).unwrap();
    if updates() {
        fs::write(&path, format!("{head}{BEGIN}{}{END}{tail}", rules_table())).unwrap();
    } else {
        assert_eq!(
            table,
            rules_table(),
            "the index is to be written with UPDATE_LINT_PAGES=1"
        );
    }
    // Whatever the comparison with others links to is a rule.
    for link in tail.split("](").skip(1) {
        let page = link.split(')').next().unwrap();
        let is_page = page.starts_with("../") || folder().join(page).is_file();
        assert!(is_page, "{page} is linked to and not there");
    }
    // 23 checks and a practice of the one, 37 rules of the other.
    let rows = |heading: &str| {
        let section = tail.split(&format!("\n## {heading}\n")).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        section.lines().filter(|line| line.starts_with("| ")).count() - 1
    };
    assert!(rows("strong_migrations") >= 24, "{}", rows("strong_migrations"));
    assert_eq!(rows("squawk"), 37);
}

#[test]
fn every_file_of_a_rule_is_called_as_its_code() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../toolkit/src/lint/rules");
    let shared = ["mod", "testing", "settled"];
    let files: BTreeSet<String> = fs::read_dir(source)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .replace('_', "-")
        })
        .filter(|file| !shared.contains(&file.as_str()))
        .collect();
    let of_steps = ["unrecorded-step", "unused-silence", "silence-without-reason"];
    let codes: BTreeSet<String> = rules()
        .iter()
        .map(|rule| rule.code.to_owned())
        .filter(|code| !of_steps.contains(&code.as_str()))
        .collect();
    assert_eq!(files, codes);
}

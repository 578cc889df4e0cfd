//! `demo`: what a reader sees first.

use std::path::Path;

use serde_json::Value;
use tests::TestDb;

use crate::support::{seawright_in, seawright_with};

#[test]
fn it_ends_with_everything_in_order_and_needs_no_key() {
    let db = TestDb::sqlite();
    let ran = seawright_with(&db, &[("CRONIUM_VAULT_KEY", "")], &["--format", "json", "demo"]).ok();
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let path = told["database"].as_str().unwrap();
    let checks = told["checks"].as_array().unwrap();
    assert!(
        checks.len() > 8 && checks.iter().all(|check| check["holds"] == true),
        "{checks:#?}"
    );
    let claims = told["verification"]["claims"].as_array().unwrap();
    let flows: Vec<&str> = claims
        .iter()
        .filter_map(|claim| claim["name"].as_str())
        .filter(|name| name.starts_with("flows:"))
        .collect();
    assert_eq!(flows.len(), 6, "{flows:?}");
    assert!(claims.iter().all(|claim| claim["outcome"] == "holds"));
    // The database that was given is not the one that was made.
    assert!(db.path().is_none_or(|given| given != Path::new(path)));
    // It is there to be looked at.
    let url = format!("sqlite://{path}");
    seawright_in(
        Path::new(env!("CARGO_MANIFEST_DIR")),
        &["-u", &url, "status", "--exit-code"],
    )
    .ok();
    std::fs::remove_file(path).unwrap();
}

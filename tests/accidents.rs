//! The thirty accidents of July 2025, a test each: what made the real migration of this database go wrong is impossible
//! here, refused, detected or repaired. `docs/accidents.md` tells the story with what a user sees.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "accidents/around.rs"]
mod around;
#[path = "accidents/rows.rs"]
mod rows;
#[path = "accidents/schema.rs"]
mod schema;
#[path = "../cli/tests/it/support.rs"]
mod support;

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use support::seawright;
use tests::TestDb;

/// The legacy database, adopted.
fn legacy(db: &TestDb) {
    seawright(db, &["seed", "legacy"]).ok();
    seawright(db, &["adopt"]).ok();
}

/// The legacy database, adopted and migrated.
fn migrated(db: &TestDb) {
    legacy(db);
    seawright(db, &["up"]).ok();
}

/// A connection behind which somebody has done that by hand.
async fn by_hand(db: &TestDb, statements: &[&str]) -> DatabaseConnection {
    let connection = db.connect().await;
    for sql in statements {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection
}

/// A schema of the history, as `migration/schema` keeps it.
fn kept(name: &str) -> String {
    format!("{}/../migration/schema/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

/// The page tells of each accident, and each has its test or its line.
#[test]
fn the_page_tells_of_each() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let page = std::fs::read_to_string(format!("{folder}/docs/accidents.md")).unwrap();
    let mut tests = String::new();
    for file in ["around", "rows", "schema"] {
        tests += &std::fs::read_to_string(format!("{folder}/tests/accidents/{file}.rs")).unwrap();
    }
    for number in 1..=30 {
        assert!(
            page.contains(&format!("\n## {number}. ")),
            "the page lacks number {number}"
        );
        let has_test = tests.contains(&format!("_{number:02}_"));
        let has_line = page.contains(&format!("\n{number}: none of a schema tool's business"));
        assert!(
            has_test != has_line,
            "number {number} needs a test or a line, and not both"
        );
    }
}

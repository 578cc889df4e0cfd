//! Files that are not as they were written.

use tests::{TestDb, on_every_database};

use super::{another, back_up, restore, state};
use crate::support::seawright;

on_every_database! {
    /// Cut off anywhere, or with one byte changed anywhere, it is refused, and the database stays empty.
    async fn of_every_kind(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("damaged");
        let other = another(&db).await;
        let empty = state(&other).await;
        for form in ["portable", "native"] {
            let whole = folder.path().join(form);
            back_up(&db, &whole, &["--as", form]).ok();
            let bytes = std::fs::read(&whole).unwrap();
            // In the first line, in the first part's head and body, among the rows, in the last part, at the very end.
            for at in [0, 17, 19, 25, 60, bytes.len() / 3, bytes.len() / 2, bytes.len() - 200, bytes.len() - 1] {
                let mut changed = bytes.clone();
                changed[at] ^= 4;
                std::fs::write(&file, &changed).unwrap();
                let ran = restore(&other, &file, &[]);
                assert_eq!(ran.code, 1, "{form}, byte {at}: {}", ran.shown());
                assert!(ran.stderr.contains("is damaged") || ran.stderr.contains("no backup"), "{}", ran.stderr);
                std::fs::write(&file, &bytes[..at]).unwrap();
                let ran = restore(&other, &file, &["--overwrite"]);
                assert_eq!(ran.code, 1, "{form}, cut at {at}: {}", ran.shown());
            }
            std::fs::write(&file, [&bytes[..], b"\n"].concat()).unwrap();
            assert_eq!(restore(&other, &file, &[]).code, 1);
            assert_eq!(restore(&other, &file, &["--check"]).code, 1);
        }
        assert_eq!(empty, state(&other).await);
    }
}

#[test]
fn files_of_others() {
    let db = TestDb::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other");
    for text in [
        "",
        "-- PostgreSQL database dump\n",
        "seawright backup 1\n",
        "PGDMP and so on",
    ] {
        std::fs::write(&file, text).unwrap();
        let ran = restore(&db, &file, &[]);
        assert_eq!(ran.code, 1, "{text}: {}", ran.shown());
        assert!(ran.stderr.contains("nothing was written"), "{}", ran.stderr);
        // Not even the file of a database is made.
        assert!(!db.path().unwrap().exists());
    }
    let ran = restore(&db, &folder.path().join("nowhere"), &[]);
    assert!(
        ran.code == 1 && ran.stderr.contains("check the path"),
        "{}",
        ran.shown()
    );
}

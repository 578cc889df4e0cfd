//! `diff` between two SQLite databases: its script is SQLite's, keeps what is on the tables, and is made once.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::support::seawright_in;

/// The plain client, told to stop at an error.
fn sqlite(folder: &Path, file: &str, sql: &str) -> String {
    let output = Command::new("sqlite3")
        .current_dir(folder)
        .args(["-bail", file, sql])
        .output()
        .unwrap_or_else(|error| panic!("the program sqlite3 is needed for this test: ./test installs it, or your system's package `sqlite3`: {error}"));
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(output.status.success(), "{sql}\n{}", text(&output.stderr));
    text(&output.stdout)
}

/// The script from the one database to the other.
fn script(folder: &Path, decisions: &[&str]) -> String {
    let arguments = [
        "diff",
        "--from",
        "sqlite://a.db",
        "--to",
        "sqlite://b.db",
        "--emit",
        "sql",
    ];
    seawright_in(folder, &[&arguments, decisions].concat()).ok().stdout
}

/// Two databases, the first with rows, brought to the second; a second script is empty.
fn brought(a: &str, rows: &str, b: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    sqlite(folder.path(), "a.db", &format!("{a}; {rows}"));
    sqlite(folder.path(), "b.db", b);
    let first = script(folder.path(), &[]);
    fs::write(folder.path().join("script.sql"), &first).unwrap();
    sqlite(folder.path(), "a.db", ".read script.sql");
    let second = script(folder.path(), &[]);
    assert_eq!(second, "", "after\n{first}");
    folder
}

#[test]
fn triggers_and_row_numbers_come_back() {
    let table = |rule: &str| {
        format!(
            "CREATE TABLE notes (title text{rule}, body text); CREATE VIRTUAL TABLE found USING fts5 (body, content=notes);
             CREATE TRIGGER noted AFTER INSERT ON Notes BEGIN INSERT INTO found (rowid, body) VALUES (new.rowid, new.body); END"
        )
    };
    let rows = "INSERT INTO notes (rowid, title, body) VALUES (10, 'a', 'one'), (20, 'b', 'two')";
    let folder = brought(&table(""), rows, &table(" NOT NULL"));
    sqlite(
        folder.path(),
        "a.db",
        "INSERT INTO notes (title, body) VALUES ('c', 'two')",
    );
    let found = "SELECT n.rowid, n.title FROM found f JOIN notes n ON n.rowid = f.rowid WHERE found MATCH 'two'";
    assert_eq!(sqlite(folder.path(), "a.db", found), "20|b\n21|c\n");
}

#[test]
fn names_with_quotes_and_names_in_another_case_come_to_rest() {
    let a = "CREATE TABLE \"Th\"\"ings\" (Id integer PRIMARY KEY, size integer, Owner integer REFERENCES \"th\"\"ings\" (ID));
        CREATE INDEX \"un\"\"q\" ON \"Th\"\"ings\" (size); CREATE INDEX \"St\"\"ays\" ON \"Th\"\"ings\" (size, owner)";
    let b = "CREATE TABLE \"th\"\"ings\" (id integer PRIMARY KEY, SIZE integer DEFAULT 1, owner integer REFERENCES \"th\"\"ings\" (id));
        CREATE INDEX \"st\"\"ays\" ON \"th\"\"ings\" (size, owner); CREATE UNIQUE INDEX \"ne\"\"w\" ON \"th\"\"ings\" (id)";
    let folder = brought(a, "INSERT INTO \"Th\"\"ings\" VALUES (1, 2, 1)", b);
    assert_eq!(sqlite(folder.path(), "a.db", "SELECT * FROM \"th\"\"ings\""), "1|2|1\n");
}

#[test]
fn indexes_over_expressions_and_keys_that_are_unique_twice_come_to_rest() {
    let a = "CREATE TABLE t (id integer PRIMARY KEY, name text); CREATE TABLE u (code text PRIMARY KEY, name text);
        CREATE TABLE v (a text, b text, PRIMARY KEY (a, b))";
    let b = "CREATE TABLE t (id integer PRIMARY KEY UNIQUE, name text); CREATE TABLE u (code text PRIMARY KEY, name text, UNIQUE (code));
        CREATE TABLE v (a text, b text, PRIMARY KEY (a, b), CONSTRAINT twice UNIQUE (a, b));
        CREATE INDEX x ON t ((lower(name))); CREATE INDEX y ON u (lower(name) DESC, code); CREATE INDEX z ON u (name COLLATE NOCASE)";
    brought(a, "INSERT INTO t VALUES (1, 'A')", b);
}

/// Every row has its number already: nobody is asked for one value for all of them.
#[test]
fn a_new_key_is_the_number_of_the_row() {
    let a = "CREATE TABLE t (name text)";
    let b = "CREATE TABLE t (name text, id integer NOT NULL PRIMARY KEY)";
    let folder = brought(a, "INSERT INTO t (rowid, name) VALUES (7, 'a'), (9, 'b')", b);
    assert_eq!(sqlite(folder.path(), "a.db", "SELECT id, name FROM t"), "7|a\n9|b\n");
}

/// A table that needs a rebuild for two reasons is built anew once.
#[test]
fn a_table_is_built_anew_once() {
    let folder = tempfile::tempdir().unwrap();
    sqlite(
        folder.path(),
        "a.db",
        "CREATE TABLE t (id integer PRIMARY KEY, name text, size integer)",
    );
    sqlite(
        folder.path(),
        "b.db",
        "CREATE TABLE t (id integer PRIMARY KEY, name text DEFAULT 'x' CHECK (name <> ''), size integer NOT NULL, UNIQUE (name))",
    );
    assert_eq!(
        script(folder.path(), &[])
            .matches("CREATE TABLE \"seawright_new_t\"")
            .count(),
        1
    );
}

/// What is in no schema is not changed in silence, and a collation is.
#[test]
fn what_cannot_be_said_is_refused() {
    brought(
        "CREATE TABLE t (a text COLLATE nocase, b text)",
        "INSERT INTO t VALUES ('x', 'y')",
        "CREATE TABLE t (a text, b text COLLATE rtrim)",
    );
    let folder = tempfile::tempdir().unwrap();
    sqlite(folder.path(), "a.db", "CREATE TABLE t (a text)");
    sqlite(folder.path(), "b.db", "CREATE TABLE t (a text) STRICT");
    let arguments = [
        "diff",
        "--from",
        "sqlite://a.db",
        "--to",
        "sqlite://b.db",
        "--emit",
        "sql",
    ];
    let ran = seawright_in(folder.path(), &arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
}

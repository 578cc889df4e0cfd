//! The script that `diff --emit sql` prints for SQLite, in the hands of the plain `sqlite3` program: it goes on after an
//! error, and must lose nothing whichever statement fails.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use seawright::{
    diff::{Decisions, Plan, diff},
    emit::{script, script_on},
    introspect::introspect,
    schema::{Dialect, Schema},
};
use tempfile::TempDir;
use tests::block_on;

/// A database with all that a rebuild can lose.
const BEFORE: &str = "
CREATE TABLE users (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name text, boss integer REFERENCES users (id), phone text COLLATE NOCASE DEFAULT 'none' CHECK (phone <> ''));
CREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE, title text);
CREATE TABLE log (what text);
CREATE TABLE notes (title text, body text);
CREATE TABLE tags (post integer NOT NULL, tag text, PRIMARY KEY (post, tag)) WITHOUT ROWID;
CREATE VIRTUAL TABLE found USING fts5 (body, content=notes);
CREATE INDEX by_name ON users (name COLLATE NOCASE) WHERE boss IS NULL;
CREATE TRIGGER told AFTER INSERT ON users BEGIN INSERT INTO log VALUES (NEW.name); END;
CREATE TRIGGER noted AFTER INSERT ON NOTES BEGIN INSERT INTO found (rowid, body) VALUES (new.rowid, new.body); END;
CREATE VIEW names AS SELECT name, phone FROM users;
";

const ROWS: &str = "
INSERT INTO users (name, boss, phone) VALUES ('ann', NULL, '1'), ('ben', 1, '2'), ('cid', 2, NULL), ('dan', 1, '4');
DELETE FROM users WHERE name = 'dan';
INSERT INTO posts VALUES (1, 1, 'x'), (2, 2, NULL);
INSERT INTO notes (rowid, title, body) VALUES (10, 'a', 'one two'), (20, 'b', 'two three');
INSERT INTO tags VALUES (1, 'red'), (2, 'blue');
";

/// Four tables are built anew, one changes in place, one goes, one comes.
const CHANGED: [(&str, &str); 5] = [
    ("name text,", "name text NOT NULL,"),
    (
        "title text, body text",
        "title varchar(50) DEFAULT 'none', body text, at integer",
    ),
    ("title text)", "title text DEFAULT 'untitled')"),
    ("tag text, PRIMARY", "tag text DEFAULT 'x', PRIMARY"),
    (
        "CREATE TABLE log (what text)",
        "CREATE TABLE log (what text, since integer); CREATE TABLE fresh (id integer PRIMARY KEY)",
    ),
];

fn after() -> String {
    CHANGED.into_iter().fold(BEFORE.to_owned(), |sql, (from, to)| {
        assert!(sql.contains(from), "{from}");
        sql.replace(from, to)
    })
}

async fn memory(sql: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    db.execute_unprepared(sql).await.unwrap();
    db
}

async fn schema_of(sql: &str) -> Schema {
    introspect(&memory(sql).await).await.unwrap()
}

async fn plan(before: &str, after: &str) -> Plan {
    diff(
        &schema_of(before).await,
        &schema_of(after).await,
        &mut Decisions::default(),
    )
    .unwrap()
}

/// The script for a database that was looked at.
async fn written(before: &str, after: &str) -> String {
    let plan = plan(before, after).await;
    script_on(&memory(before).await, &plan).await.unwrap()
}

/// A folder with a database in it.
struct Ground {
    folder: TempDir,
}

impl Ground {
    fn new(sql: &str) -> Self {
        let ground = Self {
            folder: TempDir::new().unwrap(),
        };
        let (_, complaint) = run(&ground.base(), &["-bail"], sql);
        assert_eq!(complaint, "");
        ground
    }

    fn base(&self) -> PathBuf {
        self.folder.path().join("base.db")
    }

    /// The database after a script that a client was given, and what the client said.
    fn played(&self, options: &[&str], script: &str) -> (String, String) {
        let copy = self.folder.path().join("copy.db");
        fs::copy(self.base(), &copy).unwrap();
        let (_, complaint) = run(&copy, options, script);
        (dump(&copy), complaint)
    }
}

/// `sqlite3 FILE < script`: what it printed, and what it complained of.
fn run(file: &Path, options: &[&str], script: &str) -> (String, String) {
    let mut child = Command::new("sqlite3")
        .args(options)
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("the program sqlite3 is needed for this test: ./test installs it, or your system's package `sqlite3`: {error}"));
    // With -bail it may be gone before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(script.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// Every object, every row, every row's number.
fn dump(file: &Path) -> String {
    let numbers = "SELECT 'notes', rowid, * FROM notes ORDER BY rowid; SELECT 'found', n.title FROM found f JOIN notes n ON n.rowid = f.rowid WHERE found MATCH 'two' ORDER BY 2;";
    let (mut text, complaint) = run(file, &[], &format!(".dump\n{numbers}"));
    assert_eq!(complaint, "", "{text}");
    text += "\n";
    text
}

/// The statements of a script: each ends a line.
fn statements(script: &str) -> Vec<String> {
    let parts = script.split_inclusive(";\n");
    parts.map(str::to_owned).collect()
}

fn with_one_broken(statements: &[String], at: usize) -> String {
    let mut broken = statements.to_vec();
    "SELECT no_such_function();\n".clone_into(&mut broken[at]);
    broken.concat()
}

#[test]
fn nothing_is_lost_whichever_statement_fails() {
    block_on(async {
        let ground = Ground::new(&format!(
            "{BEFORE}{ROWS}UPDATE posts SET title = 'y' WHERE title IS NULL;"
        ));
        let script = written(BEFORE, &after()).await;
        let before = dump(&ground.base());
        let (changed, complaint) = ground.played(&["-bail"], &script);
        assert_eq!(complaint, "");
        assert_ne!(changed, before);
        insta::assert_snapshot!("all_that_is_there_comes_back", changed);
        let statements = statements(&script);
        for at in 0..statements.len() {
            let broken = with_one_broken(&statements, at);
            for options in [&["-bail"][..], &[]] {
                let (found, _) = ground.played(options, &broken);
                assert!(
                    found == before || found == changed,
                    "{options:?}, without {}:\n{found}",
                    statements[at]
                );
            }
        }
    });
}

#[test]
fn rows_that_do_not_fit_change_nothing_whichever_statement_fails() {
    block_on(async {
        let ground = Ground::new(&format!("{BEFORE}{ROWS}INSERT INTO users (id) VALUES (77);"));
        let script = written(BEFORE, &after()).await;
        let before = dump(&ground.base());
        let statements = statements(&script);
        for at in 0..=statements.len() {
            let broken = if at == statements.len() {
                script.clone()
            } else {
                with_one_broken(&statements, at)
            };
            for options in [&["-bail"][..], &[]] {
                let (found, complaint) = ground.played(options, &broken);
                let without = statements.get(at).map_or("nothing", String::as_str);
                assert!(found == before, "{options:?}, without {without}:\n{complaint}\n{found}");
            }
        }
        let (_, complaint) = ground.played(&[], &script);
        insta::assert_snapshot!("what_the_client_says", complaint);
    });
}

/// What has been added since the script was written is not dropped by it.
#[test]
fn a_table_that_has_changed_meanwhile_is_left_alone() {
    block_on(async {
        let script = written(BEFORE, &after()).await;
        for meanwhile in [
            "ALTER TABLE users ADD COLUMN mail text;",
            "CREATE TRIGGER late AFTER DELETE ON users BEGIN SELECT 1; END;",
            "CREATE INDEX late ON notes (body);",
            "CREATE TABLE seawright_new_users (id integer, name text, boss integer, phone text);",
        ] {
            let ground = Ground::new(&format!("{BEFORE}{ROWS}{meanwhile}"));
            let (found, complaint) = ground.played(&[], &script);
            assert!(found == dump(&ground.base()), "{meanwhile}\n{complaint}");
        }
    });
}

/// From the lock file nothing is known of triggers, of what was added by hand: the script refuses where there is any.
#[test]
fn a_script_for_a_database_that_was_not_looked_at_refuses_what_it_does_not_know() {
    block_on(async {
        let plain = "CREATE TABLE users ( \"id\" integer NOT NULL PRIMARY KEY AUTOINCREMENT, \"name\" varchar(20), CONSTRAINT \"known\" CHECK (\"name\" <> '') );
            CREATE INDEX by_name ON users (name);
            CREATE TABLE notes (title text, body text);
            CREATE VIRTUAL TABLE found USING fts5 (body, content=notes);
            INSERT INTO users (name) VALUES ('ann'), ('ben');";
        let plan = plan(
            plain,
            &plain.replace("\"name\" varchar(20)", "\"name\" varchar(30) NOT NULL DEFAULT 'x'"),
        )
        .await;
        let script = script(&plan, Dialect::Sqlite).unwrap();
        insta::assert_snapshot!("a_script_for_a_database_that_was_not_looked_at", script);
        let ground = Ground::new(plain);
        let (found, complaint) = ground.played(&["-bail"], &script);
        assert_eq!(complaint, "");
        assert!(found.contains("NOT NULL DEFAULT 'x'"), "{found}");
        for by_hand in [
            "ALTER TABLE users ADD COLUMN mail text;",
            "ALTER TABLE users RENAME COLUMN name TO full_name;",
            "CREATE TRIGGER mine AFTER DELETE ON USERS BEGIN SELECT 1; END;",
            "CREATE INDEX mine ON users (name COLLATE NOCASE);",
            "DROP TABLE users; CREATE TABLE users (id integer PRIMARY KEY, name text COLLATE NOCASE); INSERT INTO users VALUES (1, 'ann');",
            "DROP TABLE users; CREATE TABLE users (id integer PRIMARY KEY, name text) STRICT; INSERT INTO users VALUES (1, 'ann');",
            "DROP TABLE users; CREATE TABLE users (id integer PRIMARY KEY, name text UNIQUE ON CONFLICT IGNORE); INSERT INTO users VALUES (1, 'ann');",
        ] {
            let ground = Ground::new(&format!("{plain}{by_hand}"));
            let (found, complaint) = ground.played(&[], &script);
            assert!(found == dump(&ground.base()), "{by_hand}\n{complaint}");
            assert!(
                complaint.contains("users has more than this script knows"),
                "{by_hand}\n{complaint}"
            );
        }
    });
}

/// What is destroyed is destroyed only after what adds has come to its end.
#[test]
fn nothing_is_destroyed_after_a_failure() {
    block_on(async {
        let before = "CREATE TABLE notes (title text, body text); CREATE TABLE old (a text);
            CREATE VIRTUAL TABLE found USING fts5 (body, content=notes);";
        let rows = "INSERT INTO notes VALUES ('a', 'one'), ('a', 'two'); INSERT INTO old VALUES ('kept');";
        let after = "CREATE TABLE notes (title text, body text);
            CREATE VIRTUAL TABLE found USING fts5 (body, content=notes); CREATE UNIQUE INDEX one ON notes (title);";
        let script = written(before, after).await;
        let ground = Ground::new(&format!("{before}{rows}"));
        let (found, complaint) = ground.played(&[], &script);
        assert!(complaint.contains("UNIQUE constraint failed"), "{complaint}");
        assert_eq!(found, dump(&ground.base()), "{complaint}");
    });
}

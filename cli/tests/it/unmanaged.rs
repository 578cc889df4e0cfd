//! What a database has and no entity can say, on the command line: seen, left alone, and named where a script would make or
//! break it.

use std::process::Command;

use sea_orm::ConnectionTrait as _;
use tests::{TestDb, on_every_database, on_postgres};

use crate::support::{Ran, seawright, texts};

/// A database with those statements.
async fn made(sql: &str) -> TestDb {
    let db = TestDb::postgres().await;
    db.connect().await.execute_unprepared(sql).await.unwrap();
    db
}

fn diff(from: &TestDb, to: &TestDb, more: &[&str]) -> Ran {
    let arguments = [&["diff", "--from", from.url(), "--to", to.url()], more].concat();
    seawright(from, &arguments)
}

/// Applies a script as a plain client does.
fn psql(db: &TestDb, script: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let output = Command::new("psql")
        .args(["-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", db.url(), "-f"])
        .arg(file.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{said}");
}

const TABLE: &str = "CREATE TABLE r (id integer PRIMARY KEY, pos integer, span int4range, txt text, js jsonb); \
                     CREATE TABLE o (id integer PRIMARY KEY, a integer, b integer, UNIQUE (a, b)); ";

on_postgres! {
    /// Each of them, made beside a plain table: the summary has a line, the script is refused both ways and names it, and
    /// between two databases that both have it there is nothing to do.
    async fn nothing_unmanaged_is_emitted(db: TestDb) {
        for (name, sql) in [
            ("r_pos", "ALTER TABLE r ADD CONSTRAINT r_pos UNIQUE (pos) DEFERRABLE"),
            ("r_inc", "ALTER TABLE r ADD CONSTRAINT r_inc UNIQUE (pos) INCLUDE (txt)"),
            ("r_nnd", "ALTER TABLE r ADD CONSTRAINT r_nnd UNIQUE NULLS NOT DISTINCT (pos)"),
            ("r_fill", "ALTER TABLE r ADD CONSTRAINT r_fill UNIQUE (pos) WITH (fillfactor = 60)"),
            ("r_apart", "ALTER TABLE r ADD CONSTRAINT r_apart EXCLUDE USING gist (span WITH &&)"),
            ("r_new", "ALTER TABLE r ADD CONSTRAINT r_new CHECK (pos > 0) NOT VALID"),
            ("r_own", "ALTER TABLE r ADD CONSTRAINT r_own CHECK (pos > 0) NO INHERIT"),
            ("r_full", "ALTER TABLE r ADD CONSTRAINT r_full FOREIGN KEY (id, pos) REFERENCES o (a, b) MATCH FULL"),
            ("r_late", "ALTER TABLE r ADD CONSTRAINT r_late FOREIGN KEY (pos) REFERENCES r DEFERRABLE INITIALLY DEFERRED"),
            ("r_null", "ALTER TABLE r ADD CONSTRAINT r_null FOREIGN KEY (id, pos) REFERENCES o (a, b) ON DELETE SET NULL (pos)"),
            ("r_far", "CREATE SCHEMA far; CREATE TABLE far.u (id integer PRIMARY KEY); ALTER TABLE r ADD CONSTRAINT r_far FOREIGN KEY (pos) REFERENCES far.u"),
            ("r_js", "CREATE INDEX r_js ON r USING gin (js jsonb_path_ops)"),
            ("r_pattern", "CREATE INDEX r_pattern ON r (txt text_pattern_ops)"),
            ("r_c", "CREATE INDEX r_c ON r (txt COLLATE \"C\")"),
            ("r_nulls", "CREATE INDEX r_nulls ON r (pos DESC NULLS LAST)"),
            ("r_loose", "CREATE INDEX r_loose ON r (pos) WITH (fillfactor = 70)"),
            ("r_brin", "CREATE INDEX r_brin ON r USING brin (pos) WITH (pages_per_range = 4)"),
            ("storage", "ALTER TABLE r SET (fillfactor = 50)"),
            ("persistence", "ALTER TABLE r SET UNLOGGED"),
            ("txt", "ALTER TABLE r ALTER COLUMN txt SET STORAGE EXTERNAL"),
            ("txt", "ALTER TABLE r ALTER COLUMN txt SET COMPRESSION pglz"),
            ("row level security", "ALTER TABLE r ENABLE ROW LEVEL SECURITY"),
            ("own_rows", "CREATE POLICY own_rows ON r USING (pos > 0)"),
            ("tidied", "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER tidied BEFORE INSERT ON r FOR EACH ROW EXECUTE FUNCTION tidy()"),
            ("kept", "CREATE RULE kept AS ON DELETE TO r DO INSTEAD NOTHING"),
            ("seen", "CREATE VIEW seen AS SELECT id FROM r"),
            ("held", "CREATE MATERIALIZED VIEW held AS SELECT id FROM r"),
            ("shared", "CREATE SEQUENCE shared START 5"),
            ("positive", "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)"),
            ("pair", "CREATE TYPE pair AS (a integer, b text)"),
            ("twice", "CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 * 2'"),
            ("together", "CREATE STATISTICS together ON id, pos FROM r"),
            ("id", "ALTER TABLE r ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5)"),
            ("child", "CREATE TABLE child (b integer) INHERITS (r)"),
            ("parts", "CREATE TABLE parts (at date) PARTITION BY RANGE (at); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"),
        ] {
            let plain = made(TABLE).await;
            let more = made(&format!("{TABLE}{sql}")).await;
            for (from, to) in [(&plain, &more), (&more, &plain)] {
                let shown = diff(from, to, &["--exit-code"]);
                assert_eq!(shown.code, 3, "{sql}\n{}", shown.shown());
                assert!(shown.stdout.contains("unmanaged") && shown.stdout.contains(name) || name == "child" || name == "parts", "{sql}\n{}", shown.shown());
                for emit in ["sql", "rust"] {
                    let refused = diff(from, to, &["--emit", emit]);
                    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{sql}\n{}", refused.shown());
                    assert!(refused.stderr.contains(name), "{sql}\n{}", refused.shown());
                }
            }
            let again = made(&format!("{TABLE}{sql}")).await;
            assert_eq!(diff(&more, &again, &[]).ok().stdout, "Nothing to do.\n", "{sql}");
        }
        drop(db);
    }

    /// What is applied is what was asked: the next diff is empty, and rows are numbered on.
    async fn numbering_and_doubled_keys_converge(db: TestDb) {
        let t = |id: &str| format!("CREATE TABLE t (id bigint {id}, v text); ");
        let (serial, plain) = ("CREATE TABLE t (id bigserial PRIMARY KEY, v text); ".to_owned(), t("PRIMARY KEY"));
        let identity = t("GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
        let always = t("GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
        let doubled = format!("{plain}ALTER TABLE t ADD CONSTRAINT again UNIQUE (id); ALTER TABLE t ADD CONSTRAINT v1 UNIQUE (v); ALTER TABLE t ADD CONSTRAINT v2 UNIQUE (v)");
        let none = String::new();
        let pairs = [
            (&serial, &identity), (&serial, &always), (&identity, &serial), (&always, &serial), (&identity, &always), (&always, &identity),
            (&identity, &plain), (&plain, &always), (&none, &identity), (&none, &always), (&none, &doubled), (&plain, &doubled), (&doubled, &plain),
        ];
        for (before, after) in pairs {
            let (from, to) = (made(before).await, made(after).await);
            let numbers = before.contains("serial") || before.contains("IDENTITY");
            if numbers {
                psql(&from, "INSERT INTO t (v) VALUES ('a'), ('b')");
            }
            psql(&from, &diff(&from, &to, &["--emit", "sql"]).ok().stdout);
            let left = diff(&from, &to, &[]).ok().stdout;
            assert_eq!(left, "Nothing to do.\n", "{before} → {after}");
            if numbers && *after != plain {
                let connection = from.connect().await;
                assert_eq!(texts(&connection, "INSERT INTO t (v) VALUES ('c') RETURNING id::text AS line").await, ["3"], "{before} → {after}");
            }
        }
        drop(db);
    }

    /// A type's name stands in quotes wherever it needs them.
    async fn names_of_types_that_need_quotes(db: TestDb) {
        let types = "CREATE TYPE \"OrderStatus\" AS ENUM ('a', 'b'); CREATE TYPE \"order\" AS ENUM ('x', 'y'); ";
        let before = made(&format!("{types}CREATE TABLE t (id integer PRIMARY KEY, s text, o text)")).await;
        let after = made(&format!(
            "{types}ALTER TYPE \"OrderStatus\" ADD VALUE 'c'; \
             CREATE TABLE t (id integer PRIMARY KEY, s \"OrderStatus\", o \"order\"[] NOT NULL DEFAULT '{{x}}', n \"order\" DEFAULT 'x'); CREATE TABLE u (s \"OrderStatus\"[])"
        ))
        .await;
        // An array of a type is made of no text.
        psql(&before, "ALTER TABLE t DROP COLUMN o");
        let script = diff(&before, &after, &["--emit", "sql"]).ok().stdout;
        psql(&before, &script);
        assert_eq!(diff(&before, &after, &[]).ok().stdout, "Nothing to do.\n");
        let none = made("").await;
        let rust = diff(&none, &after, &["--emit", "rust"]).ok().stdout;
        assert!(rust.contains(r#".enumeration("\"OrderStatus\"", ["a", "b", "c"])"#), "{rust}");
        psql(&none, &diff(&none, &after, &["--emit", "sql"]).ok().stdout);
        assert_eq!(diff(&none, &after, &[]).ok().stdout, "Nothing to do.\n");
        drop(db);
    }

    /// A project whose database has what no entity can say, and whose entities are compared with it.
    async fn what_was_made_by_hand_is_left_alone(db: TestDb) {
        seawright(&db, &["up"]).ok();
        let connection = db.connect().await;
        connection
            .execute_unprepared(
                "CREATE EXTENSION pg_trgm; CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := trim(NEW.status); RETURN NEW; END $$; \
                 CREATE TRIGGER tidied BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION tidy(); CREATE VIEW running AS SELECT id FROM jobs; \
                 CREATE INDEX events_by_name ON events USING gin (name gin_trgm_ops); ALTER TABLE events ADD CONSTRAINT once UNIQUE (name, id) DEFERRABLE",
            )
            .await
            .unwrap();
        for (from, to) in [("live", "entities"), ("entities", "live"), ("live", "lock")] {
            let ran = seawright(&db, &["diff", "--from", from, "--to", to, "--exit-code"]).ok();
            assert!(ran.stdout.starts_with("Nothing to do.\n\nNot managed, left alone:\n"), "{}", ran.shown());
            for name in ["`tidied` on `jobs`", "`running`", "`events_by_name` on `events`", "`once` on `events`", "`pg_trgm`"] {
                assert!(ran.stdout.contains(name), "{name}\n{}", ran.shown());
            }
            let script = seawright(&db, &["diff", "--from", from, "--to", to, "--emit", "sql"]).ok();
            assert_eq!(script.stdout, "");
        }
    }

    /// `status IN (…)` over a varchar, made from what a database printed, is printed otherwise.
    async fn an_index_that_was_dropped_comes_back_once(db: TestDb) {
        seawright(&db, &["up"]).ok();
        let connection = db.connect().await;
        connection.execute_unprepared("DROP INDEX idx_jobs_status_scheduled_for").await.unwrap();
        let script = seawright(&db, &["diff", "--from", "live", "--to", "entities", "--emit", "sql"]).ok().stdout;
        assert!(script.contains("idx_jobs_status_scheduled_for"), "{script}");
        psql(&db, &script);
        let left = seawright(&db, &["diff", "--from", "live", "--to", "entities"]).ok();
        assert_eq!(left.stdout, "Nothing to do.\n");
    }

    /// A type that the database does not have is named with its column; one of an extension is found.
    async fn what_cannot_be_made_in_a_shadow_is_named(db: TestDb) {
        let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        std::fs::write(
            file.path(),
            r#"{"tables": [{"name": "people", "columns": [{"name": "id", "type": "integer"}, {"name": "email", "type": "custom:citext"}]}]}"#,
        )
        .unwrap();
        let path = file.path().to_str().unwrap();
        let refused = seawright(&db, &["diff", "--from", "live", "--to", path]);
        assert_eq!(refused.code, 1);
        let said = refused.stderr.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
        assert!(said.contains("the table `people` (column `people.email`)"), "{said}");
        assert!(said.contains("type \"citext\" does not exist") && !said.contains("at line"), "{said}");
        db.connect().await.execute_unprepared("CREATE EXTENSION citext").await.unwrap();
        let found = seawright(&db, &["diff", "--from", "live", "--to", path]).ok();
        assert!(found.stdout.starts_with("+ table people (2 columns)\n"), "{}", found.shown());
        // A domain that a step made by hand is a type like any other.
        db.connect().await.execute_unprepared("CREATE DOMAIN citext2 AS text CHECK (VALUE <> '')").await.unwrap();
        std::fs::write(file.path(), std::fs::read_to_string(file.path()).unwrap().replace("custom:citext", "custom:citext2")).unwrap();
        seawright(&db, &["diff", "--from", "live", "--to", path]).ok();
    }
}

on_every_database! {
    /// A view that reads a column that goes, or its table, is named before a line is printed.
    async fn a_view_stands_in_the_way(db: TestDb) {
        let connection = db.connect().await;
        connection
            .execute_unprepared("CREATE TABLE notes (id integer PRIMARY KEY, body text); CREATE VIEW bodies AS SELECT id, body FROM notes")
            .await
            .unwrap();
        let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        let path = file.path().to_str().unwrap();
        for (tables, said) in [
            (r#"[{"name": "notes", "columns": [{"name": "id", "type": "integer"}], "primary_key": {"columns": ["id"]}}]"#, "column `notes.body`"),
            ("[]", "table `notes`"),
        ] {
            std::fs::write(file.path(), format!(r#"{{"tables": {tables}}}"#)).unwrap();
            let refused = seawright(&db, &["diff", "--from", "live", "--to", path, "--emit", "sql"]);
            assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{}", refused.shown());
            let words = refused.stderr.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
            assert!(words.contains(&format!("view `bodies` reads the {said}, which is to go")), "{words}");
        }
    }
}

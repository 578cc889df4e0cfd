//! From PostgreSQL to SQLite and back.

use sea_orm::ConnectionTrait as _;
use tests::{TestDb, on_postgres};

use super::{back_up, everything, restore};
use crate::support::{number, seawright, texts};

async fn prepared(db: &TestDb, statements: &[&str]) {
    let connection = db.connect().await;
    for sql in statements {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// Restores a backup of the database into one of the other kind, and a backup of that into one of the first kind.
async fn there_and_back(db: &TestDb) -> (TestDb, TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    back_up(db, &first, &[]).ok();
    let (other, back) = if db.is_postgres() {
        (TestDb::sqlite(), TestDb::postgres().await)
    } else {
        (TestDb::postgres().await, TestDb::sqlite())
    };
    restore(&other, &first, &[]).ok();
    back_up(&other, &second, &[]).ok();
    restore(&back, &second, &[]).ok();
    (other, back)
}

async fn rows_of(db: &TestDb) -> std::collections::BTreeMap<String, Vec<String>> {
    let connection = db.connect().await;
    let rows = everything(&connection).await;
    connection.close().await.unwrap();
    rows
}

fn migrated(db: &TestDb) {
    seawright(db, &["seed", "legacy"]).ok();
    seawright(db, &["adopt"]).ok();
    seawright(db, &["up"]).ok();
}

/// Whether a database is one that the project can go on with: it is at the history's end, all claims hold, and nothing differs.
fn is_at_home(db: &TestDb) {
    for arguments in [&["status", "--exit-code"][..], &["verify"], &["drift"]] {
        let ran = seawright(db, arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.shown());
    }
    let up = seawright(db, &["--format", "json", "up"]).ok();
    let value: serde_json::Value = serde_json::from_str(&up.stdout).unwrap();
    assert_eq!(value["steps"], serde_json::json!([]), "{}", up.shown());
}

on_postgres! {
    /// The rows of a database that was never adopted come back from the other kind as they were.
    async fn a_legacy_database(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let (other, back) = there_and_back(&db).await;
        assert_eq!(rows_of(&db).await, rows_of(&back).await);
        // It is Cronium's database there too.
        seawright(&other, &["adopt"]).ok();
    }

    /// With its history: the other one is as good, and what comes back is what there was.
    async fn a_migrated_database(db: TestDb) {
        migrated(&db);
        let (other, back) = there_and_back(&db).await;
        assert_eq!(rows_of(&db).await, rows_of(&back).await);
        is_at_home(&other);
        is_at_home(&back);
    }

    async fn a_full_database(db: TestDb) {
        seawright(&db, &["seed", "modern"]).ok();
        let (other, back) = there_and_back(&db).await;
        assert_eq!(rows_of(&db).await, rows_of(&back).await);
        is_at_home(&other);
        is_at_home(&back);
    }

    async fn a_migrated_database_of_sqlite(db: TestDb) {
        drop(db);
        let db = TestDb::sqlite();
        migrated(&db);
        let (other, back) = there_and_back(&db).await;
        is_at_home(&other);
        is_at_home(&back);
        // The books need their 64 bits, and whatever the entities say has 32 keeps them.
        let connection = other.connect().await;
        let types = "SELECT table_name || '.' || column_name || ' ' || data_type AS line FROM information_schema.columns \
                     WHERE table_schema = current_schema() AND (table_name, column_name) IN \
                     (('seaql_migrations', 'applied_at'), ('seawright_history', 'milliseconds'), ('seawright_history', 'statement'), \
                     ('logs', 'id'), ('logs', 'event_id')) ORDER BY 1";
        let expected = [
            "logs.event_id integer",
            "logs.id integer",
            "seaql_migrations.applied_at bigint",
            "seawright_history.milliseconds bigint",
            "seawright_history.statement integer",
        ];
        assert_eq!(texts(&connection, types).await, expected);
        connection.close().await.unwrap();
    }

    async fn a_full_database_of_sqlite(db: TestDb) {
        drop(db);
        let db = TestDb::sqlite();
        seawright(&db, &["seed", "modern"]).ok();
        let (other, back) = there_and_back(&db).await;
        is_at_home(&other);
        is_at_home(&back);
    }

    /// The steps that wait are applied there. What a data migration has accounted for is in the words of the kind that it was on,
    /// so the step that drops its table refuses until the migration has looked again.
    async fn a_half_migrated_database(db: TestDb) {
        let lite = TestDb::sqlite();
        for db in [&db, &lite] {
            seawright(db, &["seed", "legacy"]).ok();
            seawright(db, &["adopt"]).ok();
            seawright(db, &["up", "-n", "3"]).ok();
            let (other, _) = there_and_back(db).await;
            let up = seawright(&other, &["up"]);
            assert_eq!(up.code, 4, "{}", up.shown());
            assert!(up.stderr.contains("12 rows of `conditional_events` (of 12)"), "{}", up.shown());
            seawright(&other, &["data", "run", "m20261122_134826_conditional_events"]).ok();
            seawright(&other, &["up"]).ok();
            is_at_home(&other);
        }
    }

    /// A step that is not what was applied is found there too, and is said when it comes.
    async fn a_changed_step(db: TestDb) {
        let (lite, second, third) = (TestDb::sqlite(), TestDb::postgres().await, TestDb::sqlite());
        for (from, into) in [(&lite, &db), (&second, &third)] {
            seawright(from, &["up"]).ok();
            let step = "(SELECT min(step) FROM seawright_history WHERE statements LIKE '[\"CREATE%')";
            prepared(from, &[&format!(
                "UPDATE seawright_history SET meaning = '1:sha256:00', statements = '[\"CREATE TABLE gone (id integer)\"]' WHERE step = {step}"
            )]).await;
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("a");
            back_up(from, &file, &[]).ok();
            let restored = restore(into, &file, &[]).ok();
            assert!(restored.stdout.contains("remembers 1 steps otherwise"), "{}", restored.shown());
            let up = seawright(into, &["up"]);
            assert_ne!(up.code, 0, "{}", up.shown());
            assert!(up.stderr.contains("was changed after it was applied") && up.stderr.contains("CREATE TABLE gone"), "{}", up.shown());
            assert_eq!(up.stderr.matches("was changed after").count(), 1, "{}", up.shown());
        }
    }

    /// PostgreSQL keeps microseconds: what programs write finer on SQLite is cut, and nothing else.
    async fn times_of_nanoseconds(db: TestDb) {
        let lite = TestDb::sqlite();
        prepared(&lite, &[
            "CREATE TABLE times (id integer PRIMARY KEY, stamp datetime_text, moment timestamp_with_timezone_text, hour time_text)",
            "INSERT INTO times VALUES (1, '2024-02-29 23:59:59.999999999', '1969-12-31T23:59:59.123456789+00:00', '23:59:59.999999999')",
        ]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        back_up(&lite, &file, &[]).ok();
        restore(&db, &file, &[]).ok();
        let connection = db.connect().await;
        let sql = "SELECT stamp::text || ' ' || (moment AT TIME ZONE 'UTC')::text || ' ' || hour::text AS line FROM times";
        assert_eq!(
            texts(&connection, sql).await,
            ["2024-02-29 23:59:59.999999 1969-12-31 23:59:59.123456 23:59:59.999999"]
        );
        connection.close().await.unwrap();
    }

    /// A cast that changes the value is no ornament.
    async fn a_cast_that_means_something(db: TestDb) {
        prepared(&db, &[
            "CREATE TABLE goods (id integer PRIMARY KEY, name varchar(20) CHECK (name <> ''), price numeric(8, 2) CHECK (price::integer < 10))",
        ]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        back_up(&db, &file, &[]).ok();
        let ran = restore(&TestDb::sqlite(), &file, &[]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert!(ran.stderr.contains("the check `goods_price_check` is in words of its own"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("goods_name_check"), "{}", ran.stderr);
    }

    async fn a_database_of_sqlite(db: TestDb) {
        drop(db);
        let db = TestDb::sqlite();
        seawright(&db, &["seed", "legacy"]).ok();
        // SQLite's text of a moment can be written in several ways, so PostgreSQL is asked whether it is the same.
        let (other, back) = there_and_back(&db).await;
        let (again, _) = there_and_back(&back).await;
        assert_eq!(rows_of(&other).await, rows_of(&again).await);
    }

    async fn odd_values(db: TestDb) {
        prepared(&db, &[
            "CREATE TYPE mood AS ENUM ('sad', 'happy')",
            "CREATE TABLE odd (id integer PRIMARY KEY, yes boolean, small smallint, big bigint, money numeric(12,2), short real, long double precision, \
             words text, name varchar(5), bytes bytea, day date, hour time, stamp timestamp, moment timestamptz, doc json, bin jsonb, key uuid, feeling mood)",
            "INSERT INTO odd VALUES (1, true, -32768, -9223372036854775808, -0.01, 0.1, 4.9e-324, E'tab\\tline\\nreturn\\rback\\\\slash \\\\N \\u00e9\\U0001F600', \
             'äääää', '\\x00ff5c0a09', '2024-02-29', '23:59:59.999999', '2024-03-31 02:30:00.123456', '2024-03-31 02:30:00.5+02', \
             '{\"b\":1,  \"a\":[1.10,null]}', '{\"bb\":1.10,\"a\":\"\\\\u00e9\",\"n\":100}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'happy')",
            "INSERT INTO odd (id, yes, big, long, words, bytes, money) VALUES (2, false, 9223372036854775807, 'Infinity', '', '', 1234567890.12)",
            "INSERT INTO odd (id) VALUES (3)",
            "CREATE TABLE tree (id serial PRIMARY KEY, above integer REFERENCES tree (id), n integer NOT NULL DEFAULT 3, twice integer GENERATED ALWAYS AS (n * 2) STORED, \
             CONSTRAINT small CHECK (n < 10 AND n IN (1, 2, 3)), UNIQUE (above, n))",
            "INSERT INTO tree (id, above) VALUES (2, NULL), (1, 2)",
            "CREATE UNIQUE INDEX words_lower ON odd (lower(words) DESC) WHERE yes AND words IS NOT NULL",
        ]).await;
        let (other, back) = there_and_back(&db).await;
        let (mut before, mut after) = (rows_of(&db).await, rows_of(&back).await);
        // A native type of its own is text there, and JSON keeps no blanks between its parts here.
        assert_eq!(before.remove("tree"), after.remove("tree"));
        assert_eq!(before, after);
        let connection = other.connect().await;
        assert_eq!(number(&connection, "SELECT sum(twice) FROM tree").await, 12);
        connection.execute_unprepared("INSERT INTO tree (n) VALUES (4)").await.unwrap_err();
        connection.execute_unprepared("INSERT INTO odd (id, yes, words) VALUES (4, 1, 'A'), (5, 1, 'a')").await.unwrap_err();
        connection.close().await.unwrap();
    }

    /// Everything that stands in the way is named at once, and nothing is written.
    async fn what_sqlite_cannot_hold(db: TestDb) {
        prepared(&db, &[
            "CREATE TABLE odd (id integer PRIMARY KEY, list integer[], addr inet)",
            "CREATE TABLE plain (id integer PRIMARY KEY, n numeric, f double precision, word text CHECK (word ~ '^a'))",
            "CREATE VIEW seen AS SELECT id FROM plain",
        ]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        back_up(&db, &file, &[]).ok();
        let other = TestDb::sqlite();
        let ran = restore(&other, &file, &[]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        for what in ["odd.list: SQLite has no arrays", "odd.addr: SQLite has no type `inet`", "view seen", "the check `plain_word_check`"] {
            assert!(ran.stderr.contains(what), "{what}: {}", ran.stderr);
        }
        assert!(rows_of(&other).await.is_empty());

        prepared(&db, &[
            "DROP VIEW seen",
            "DROP TABLE odd",
            "ALTER TABLE plain DROP CONSTRAINT plain_word_check",
            "INSERT INTO plain VALUES (1, 0.5, 1), (2, 12345678901234567890.5, 2), (3, 1, 'NaN')",
        ]).await;
        back_up(&db, &file, &["--replace"]).ok();
        let ran = restore(&other, &file, &[]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        for what in ["plain.n, row 2: 12345678901234567890.5 has more digits", "plain.f, row 3: SQLite has no NaN"] {
            assert!(ran.stderr.contains(what), "{what}: {}", ran.stderr);
        }
        assert!(rows_of(&other).await.is_empty());
    }

    async fn what_postgresql_cannot_hold(db: TestDb) {
        let lite = TestDb::sqlite();
        prepared(&lite, &[
            "CREATE TABLE plain (id smallint PRIMARY KEY, yes boolean, word varchar(3), stamp datetime_text, bytes blob)",
            "INSERT INTO plain VALUES (1, 1, 'abc', '2024-01-01 00:00:00', x'00'), (2, 2, 'abcd', 17, 'text'), (3, 0, 'a' || char(0), NULL, NULL), (4294967296, 1, '', 'soon', NULL)",
        ]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        back_up(&lite, &file, &[]).ok();
        let ran = restore(&db, &file, &[]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        for what in [
            "plain.yes, row 2: `2` is no truth value",
            "plain.word, row 2: text of more than 3 characters",
            "plain.bytes, row 2: text in a column of bytes",
            "plain.id, row 4: 4294967296 does not fit into 16 bits",
            "plain.stamp, row",
        ] {
            assert!(ran.stderr.contains(what), "{what}: {}", ran.stderr);
        }
        assert!(rows_of(&db).await.is_empty());
    }
}

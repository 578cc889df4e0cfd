//! Values that are easily lost.

use sea_orm::ConnectionTrait as _;
use tests::{TestDb, on_postgres, on_sqlite};

use super::{another, back_up, goes_round, restore, state};

async fn prepared(db: &TestDb, statements: &[&str]) {
    let connection = db.connect().await;
    for sql in statements {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection.close().await.unwrap();
}

on_postgres! {
    async fn on_postgresql(db: TestDb) {
        prepared(&db, &[
            "CREATE TYPE mood AS ENUM ('sad', 'it''s fine', 'happy')",
            "CREATE TABLE odd (id bigint PRIMARY KEY, small smallint, big bigint, exact numeric, money numeric(12,2), short real, long double precision, \
             words text, fixed char(8), bytes bytea, day date, hour time, stamp timestamp, moment timestamptz, span interval, doc json, bin jsonb, \
             key uuid, feeling mood, list integer[], texts text[], addr inet, bits bit(3), within int4range)",
            "INSERT INTO odd VALUES (1, -32768, -9223372036854775808, 'NaN', -0.01, 'Infinity', 'NaN', E'tab\\tline\\nreturn\\rback\\\\slash \\\\N \\u00e9\\U0001F600', 'ab', \
             '\\x00ff5c0a09', 'infinity', '24:00:00', '-infinity', '2024-03-31 02:30:00.123456+02', '1 mon -3 days 04:05:06.789', '{\"b\":1,  \"a\":[1.10,null]}', \
             '{\"b\":1.10,\"a\":\"\\\\u00e9\"}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'it''s fine', '{1,NULL,3}', '{\"a,b\",\"\",NULL,\"\\\"\"}', '10.0.0.1/8', B'101', '[1,5)')",
            "INSERT INTO odd (id, big, exact, short, long, words, bytes, stamp, moment) VALUES (2, 9223372036854775807, 12345678901234567890123456789.000100, 1.1754944e-38, \
             4.9406564584124654e-324, '', '', '4713-01-01 00:00:00.000001 BC', '294276-12-31 23:59:59.999999+00')",
            "INSERT INTO odd (id) VALUES (3)",
            "CREATE TABLE \"Odd \"\"names\"\"\" (\"a b\" text, \"ä\" text, \"select\" integer, \"Ü\" integer GENERATED ALWAYS AS (\"select\" * 2) STORED)",
            "INSERT INTO \"Odd \"\"names\"\"\" VALUES ('x', NULL, 21), ('x', NULL, 21)",
            "CREATE TABLE counted (always integer GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5), serial bigserial, note text COLLATE \"C\" DEFAULT 'a''b')",
            "INSERT INTO counted (note) VALUES ('1'), ('2')",
            "CREATE TABLE tree (id integer PRIMARY KEY, above integer REFERENCES tree (id) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT no_self CHECK (above <> id))",
            "INSERT INTO tree VALUES (2, NULL), (1, 2)",
            "ALTER TABLE tree ADD CONSTRAINT small CHECK (id < 2) NOT VALID",
            "CREATE TABLE nothing ()",
            "INSERT INTO nothing DEFAULT VALUES",
            "CREATE UNIQUE INDEX words_lower ON odd (lower(words) text_pattern_ops DESC NULLS LAST) INCLUDE (day) WHERE id > 0",
            "CREATE INDEX docs ON odd USING gin (bin jsonb_path_ops) WITH (fastupdate = off)",
            "CREATE VIEW below AS SELECT t.id FROM tree t WHERE t.above IS NOT NULL",
            "CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2'",
            "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := NEW.note || '!'; RETURN NEW; END $$",
            "CREATE TRIGGER stamps BEFORE INSERT ON counted FOR EACH ROW EXECUTE FUNCTION stamp()",
            "CREATE INDEX doubled ON tree (twice(id))",
            "CREATE SEQUENCE free START 7 CYCLE MAXVALUE 9",
            "SELECT nextval('free')",
            "CREATE STATISTICS both_of_them ON id, above FROM tree",
            "COMMENT ON TABLE tree IS 'it''s a tree'",
            "COMMENT ON COLUMN tree.above IS 'what it hangs on'",
        ]).await;
        goes_round(&db).await;
    }
}

on_sqlite! {
    /// SQLite lets any value into any column; what it let in comes back as it lies there.
    async fn on_sqlite(db: TestDb) {
        prepared(&db, &[
            "CREATE TABLE odd (id integer PRIMARY KEY, words text, number integer, part real, bytes blob, anything, big numeric)",
            "INSERT INTO odd VALUES (1, 'tab' || char(9) || 'line' || char(10) || 'é😀', 9223372036854775807, 0.1, x'00ff5c0a', 42, 12345678901234567)",
            "INSERT INTO odd VALUES (2, x'c3a9', 'no number', 'no part', 'no bytes', 4.5, '0012')",
            "INSERT INTO odd VALUES (3, CAST(x'ff00fe' AS text), -9223372036854775808, 9e999, zeroblob(0), '', NULL)",
            "INSERT INTO odd VALUES (4, 'nul' || char(0) || 'behind', 1.5, -9e999, CAST('' AS text), x'', 3.0)",
            "INSERT INTO odd (id) VALUES (-5)",
            "CREATE TABLE \"Odd \"\"names\"\"\" (\"a b\" text, \"select\" integer, twice integer GENERATED ALWAYS AS (\"select\" * 2) STORED, thrice AS (\"select\" * 3))",
            "INSERT INTO \"Odd \"\"names\"\"\" VALUES ('x', 21), ('x', 21)",
            "CREATE TABLE keyed (a text, b integer, PRIMARY KEY (b, a)) WITHOUT ROWID",
            "INSERT INTO keyed VALUES ('x', 2), ('y', 1)",
            "CREATE TABLE firm (id integer PRIMARY KEY AUTOINCREMENT, n int CHECK (n > 0)) STRICT",
            "INSERT INTO firm VALUES (10, 1)",
            "CREATE TABLE tree (id integer PRIMARY KEY, above integer REFERENCES tree (id))",
            "PRAGMA foreign_keys = OFF",
            "INSERT INTO tree VALUES (1, 99)",
            "CREATE INDEX part_of ON odd (lower(words) DESC) WHERE number > 0",
            "CREATE VIEW seen AS SELECT id FROM odd",
            "CREATE TRIGGER shouts AFTER INSERT ON firm BEGIN UPDATE firm SET n = n + 1 WHERE id = NEW.id; END",
            "PRAGMA user_version = 7",
            "PRAGMA application_id = 1234",
        ]).await;
        goes_round(&db).await;
    }

    async fn what_the_portable_form_has_no_words_for(db: TestDb) {
        prepared(&db, &["CREATE VIRTUAL TABLE found USING fts5(words)"]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let ran = back_up(&db, &file, &[]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert!(ran.stderr.contains("the virtual table `found`") && ran.stderr.contains("--as native"), "{}", ran.stderr);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        back_up(&db, &file, &["--as", "native"]).ok();
    }
}

on_postgres! {
    async fn what_only_pg_dump_has_words_for(db: TestDb) {
        prepared(&db, &[
            "CREATE TABLE split (id integer) PARTITION BY RANGE (id)",
            "CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (1) TO (10)",
            "INSERT INTO split VALUES (1), (2)",
            "CREATE DOMAIN small AS integer CHECK (value < 10)",
            "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one",
            "CREATE TABLE guarded (id integer)",
            "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY nobody ON guarded USING (false)",
        ]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let ran = back_up(&db, &file, &[]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        for what in ["the partitioned table `split`", "the partition `split_1`", "the type `small`", "the materialized view `kept`", "the policy `nobody`", "--as native"] {
            assert!(ran.stderr.replace("\n  | ", " ").contains(what), "{what}: {}", ran.stderr);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        back_up(&db, &file, &["--as", "native"]).ok();
        let other = another(&db).await;
        restore(&other, &file, &[]).ok();
        assert_eq!(state(&db).await, state(&other).await);
    }
}

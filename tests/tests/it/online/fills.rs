//! Rows that are filled in batches: every fill ends, whatever the value is, and leaves out no row.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_oneof};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{
    SchemaManager,
    prelude::{ColumnDef, Expr},
};
use seawright::ddl::{AlterTable, MirrorColumn};
use tests::on_postgres;

use super::texts;

/// What no fill of these tables takes; one that never ends is ended by it.
const LONG: Duration = Duration::from_mins(1);

async fn ends(fill: impl Future<Output = Result<(), DbErr>>) -> Result<(), DbErr> {
    tokio::time::timeout(LONG, fill).await.unwrap()
}

async fn add(db: &DatabaseConnection, column: ColumnDef) -> Result<(), DbErr> {
    let alter = AlterTable::new("logs").add_column(column).online();
    ends(alter.execute(&SchemaManager::new(db))).await
}

fn tenant(default: &str) -> ColumnDef {
    ColumnDef::new("tenant")
        .text()
        .default(Expr::cust(default.to_owned()))
        .take()
}

async fn sends(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
}

/// The ways in which a table has a key, or none.
const KEYS: [&str; 7] = [
    "id integer PRIMARY KEY, other integer",
    "id integer, other integer NOT NULL DEFAULT 1, PRIMARY KEY (other, id)",
    "id integer NOT NULL UNIQUE, other integer",
    "id integer UNIQUE, other integer",
    "id integer, other integer",
    "id text COLLATE \"C\" PRIMARY KEY, other integer",
    "\"first\" integer, \"keys\" text, id integer, other integer DEFAULT 3, PRIMARY KEY (id, other)",
];

#[derive(Clone, Debug)]
struct Case {
    key: usize,
    rows: u32,
    default: &'static str,
    trigger: &'static str,
    required: bool,
}

fn cases() -> impl Strategy<Value = Case> {
    let defaults = prop_oneof![
        Just("current_setting('app.tenant', true)"),
        Just("md5(random()::text)"),
        Just("CASE WHEN random() < 0.5 THEN md5(random()::text) END"),
        Just("nullif(md5('x'), md5('x'))"),
    ];
    let triggers = prop_oneof![
        Just(""),
        // It sets it back to NULL, before the row is written and after.
        Just("BEFORE UPDATE: NEW.tenant := NULL; RETURN NEW;"),
        Just("BEFORE UPDATE: NEW.tenant := upper(NEW.tenant); NEW.other := coalesce(NEW.other, 0) + 0; RETURN NEW;"),
        Just(
            "AFTER UPDATE: IF NEW.tenant IS NOT NULL THEN UPDATE logs SET tenant = NULL WHERE id = NEW.id; END IF; RETURN NULL;"
        ),
    ];
    let rows = prop_oneof![Just(0_u32), Just(1), Just(2000), Just(2001), Just(4500)];
    (0..KEYS.len(), rows, defaults, triggers, prop::bool::weighted(0.25)).prop_map(
        |(key, rows, default, trigger, required)| Case {
            key,
            rows,
            default,
            trigger,
            required,
        },
    )
}

async fn plays(db: &DatabaseConnection, case: &Case) {
    sends(db, "DROP TABLE IF EXISTS logs").await;
    let keys = KEYS[case.key];
    sends(db, &format!("CREATE TABLE logs ({keys})")).await;
    // The values of the keys lie in no order, and some rows have moved.
    let rows = format!(
        "INSERT INTO logs (id) SELECT n FROM generate_series(1, {}) AS n ORDER BY md5(n::text)",
        case.rows
    );
    sends(db, &rows).await;
    sends(db, "ALTER TABLE logs ADD COLUMN tenant text").await;
    if let Some((when, body)) = case.trigger.split_once(": ") {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$; \
             CREATE TRIGGER meddle {when} ON logs FOR EACH ROW EXECUTE FUNCTION meddle()"
        );
        sends(db, &sql).await;
    }
    let column = if case.required {
        tenant(case.default).not_null().take()
    } else {
        tenant(case.default)
    };
    let outcome = add(db, column).await;
    let nulls = texts(db, "SELECT count(*)::text FROM logs WHERE tenant IS NULL").await;
    let nulls: u32 = nulls[0].parse().unwrap();
    let is_text = case.default.starts_with("md5") && !case.trigger.contains("NULL");
    if is_text {
        assert_eq!(nulls, 0, "{case:?}");
    }
    match outcome {
        Ok(()) => assert!(!case.required || nulls == 0, "{case:?}"),
        Err(error) => {
            assert!(case.required && nulls > 0, "{case:?}: {error}");
            let rows = if nulls == 1 { "row" } else { "rows" };
            let said = format!("{nulls} {rows} of `logs` have no value in `tenant`: ");
            assert!(error.to_string().contains(&said), "{error}");
            let checks = texts(
                db,
                "SELECT conname::text FROM pg_constraint WHERE conrelid = 'logs'::regclass AND contype = 'c'",
            )
            .await;
            assert_eq!(checks, Vec::<String>::new(), "what was begun is taken back");
        }
    }
}

on_postgres! {
    /// As it was found: the default is NULL for every row, and the fill went on for ever.
    async fn a_default_that_gives_null(db: TestDb) {
        let db = db.connect().await;
        sends(&db, "CREATE TABLE logs (id integer PRIMARY KEY); INSERT INTO logs VALUES (1), (2)").await;
        add(&db, tenant("current_setting('app.tenant', true)")).await.unwrap();
        assert_eq!(texts(&db, "SELECT count(*)::text FROM logs WHERE tenant IS NULL").await, ["2"]);
        let error = add(&db, tenant("current_setting('app.tenant', true)").not_null().take()).await.unwrap_err();
        assert!(
            error.to_string().contains(
                "2 rows of `logs` have no value in `tenant`: `current_setting('app.tenant', true)` gives NULL for them. Give them one"
            ),
            "{error}"
        );
        sends(&db, "UPDATE logs SET tenant = 'all' WHERE tenant IS NULL").await;
        add(&db, tenant("current_setting('app.tenant', true)").not_null().take()).await.unwrap();
    }

    /// Whatever the key, the value and the triggers are.
    async fn every_fill_ends(db: TestDb) {
        let db = db.connect().await;
        let cases = {
            let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::default());
            let number = if std::env::var("SEAWRIGHT_TEST_LONG").is_ok() { 300 } else { 30 };
            (0..number)
                .map(|_| proptest::strategy::ValueTree::current(&cases().new_tree(&mut runner).unwrap()))
                .collect::<Vec<_>>()
        };
        for case in &cases {
            plays(&db, case).await;
        }
        // One of each key with a value for every row, by itself.
        for key in 0..KEYS.len() {
            plays(&db, &Case { key, rows: 4500, default: "md5(random()::text)", trigger: "", required: true }).await;
        }
    }

    /// Rows come in, move and go all the while, at both ends and in between; those that were there have a value afterwards.
    async fn while_others_write(db: TestDb) {
        for key in ["PRIMARY KEY", ""] {
            let connection = db.connect().await;
            sends(&connection, &format!("DROP TABLE IF EXISTS logs; CREATE TABLE logs (id integer {key}, touched integer, pad text)")).await;
            sends(&connection, "INSERT INTO logs SELECT n * 10, 0, repeat('x', 200) FROM generate_series(1, 20000) AS n").await;
            let is_over = Arc::new(AtomicBool::new(false));
            let mut writers = Vec::new();
            for number in 1..=3_u32 {
                let (other, is_over) = (db.connect().await, Arc::clone(&is_over));
                writers.push(tokio::spawn(async move {
                    let mut turn = number;
                    while !is_over.load(Ordering::Relaxed) {
                        turn += 3;
                        let at = turn * 7919 % 20000 * 10;
                        // An update makes a new version of the row somewhere else; what is deleted makes room before.
                        let sql = format!(
                            "UPDATE logs SET touched = touched + 1, pad = repeat('y', 200 + {turn} % 50) WHERE id = {at}; \
                             DELETE FROM logs WHERE id = {} AND id % 100 = 10; \
                             INSERT INTO logs (id, touched) VALUES ({}, 1), ({}, 1)",
                            turn * 104_729 % 20000 * 10,
                            300_000 + turn,
                            -i64::from(turn),
                        );
                        other.execute_unprepared(&sql).await.unwrap();
                    }
                }));
            }
            add(&connection, tenant("md5(random()::text)")).await.unwrap();
            is_over.store(true, Ordering::Relaxed);
            for writer in writers {
                writer.await.unwrap();
            }
            let found = texts(&connection, "SELECT count(*)::text || ' of ' || count(DISTINCT tenant) FROM logs WHERE tenant IS NULL").await;
            assert_eq!(found, ["0 of 0"], "{key}");
            connection.close().await.unwrap();
        }
    }

    /// What has no key and what has children is filled as well.
    async fn tables_of_parts(db: TestDb) {
        let connection = db.connect().await;
        for key in ["PRIMARY KEY (id)", "UNIQUE (id, note)"] {
            sends(&connection, &format!(
                "DROP TABLE IF EXISTS logs; CREATE TABLE logs (id integer, note text, {key}) PARTITION BY RANGE (id); \
                 CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (20000); \
                 CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (20000) TO (40000); \
                 INSERT INTO logs SELECT n, repeat('x', 100) FROM generate_series(1, 30000) AS n"
            )).await;
            add(&connection, tenant("md5(random()::text)")).await.unwrap();
            assert_eq!(texts(&connection, "SELECT count(*)::text FROM logs WHERE tenant IS NULL").await, ["0"], "{key}");
        }
        sends(&connection, "DROP TABLE logs; CREATE TABLE logs (id integer PRIMARY KEY); CREATE TABLE more (PRIMARY KEY (id)) INHERITS (logs); \
                          INSERT INTO logs SELECT generate_series(1, 3000); INSERT INTO more SELECT generate_series(1, 3000)").await;
        add(&connection, tenant("md5(random()::text)")).await.unwrap();
        assert_eq!(texts(&connection, "SELECT count(*)::text FROM logs WHERE tenant IS NULL").await, ["0"]);
    }

    /// The whole is one statement for a plain client, and stops when it is cancelled, with what it committed.
    async fn a_fill_that_is_cancelled_goes_on_where_it_was(db: TestDb) {
        let connection = db.connect().await;
        sends(&connection, "CREATE TABLE logs (id integer PRIMARY KEY); INSERT INTO logs SELECT generate_series(1, 20000); \
                          CREATE FUNCTION slow() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN 'x'; END $$").await;
        let statements = AlterTable::new("logs").add_column(tenant("slow()")).online().statements(DbBackend::Postgres).unwrap();
        let other = db.connect().await;
        let filling = tokio::spawn(async move {
            for sql in &statements {
                other.execute_unprepared(sql).await?;
            }
            Ok::<_, DbErr>(())
        });
        let filled = "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 'logs'::regclass AND attname = 'tenant'";
        while texts(&connection, filled).await != ["1"] {}
        let some = "SELECT (count(tenant) > 0)::text FROM logs";
        while texts(&connection, some).await != ["true"] {}
        sends(&connection, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'DO $fill%' \
                          AND state = 'active'").await;
        assert!(filling.await.unwrap().is_err());
        let all = texts(&connection, "SELECT (count(tenant) BETWEEN 1 AND 19999)::text FROM logs").await;
        assert_eq!(all, ["true"]);
        sends(&connection, "CREATE OR REPLACE FUNCTION slow() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT 'y' $$").await;
        add(&connection, tenant("slow()")).await.unwrap();
        assert_eq!(texts(&connection, "SELECT count(*)::text FROM logs WHERE tenant IS NULL").await, ["0"]);
    }

    /// A trigger that changes what was copied made the copy go on for ever; now it ends and says that the two differ.
    async fn two_columns_that_can_not_be_made_alike(db: TestDb) {
        let connection = db.connect().await;
        sends(&connection, "CREATE TABLE logs (id integer PRIMARY KEY, note text, twin text); \
                          INSERT INTO logs SELECT n, 'note ' || n FROM generate_series(1, 3000) AS n; \
                          CREATE FUNCTION zz() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.twin := upper(NEW.twin); RETURN NEW; END $$; \
                          CREATE TRIGGER zz BEFORE UPDATE ON logs FOR EACH ROW EXECUTE FUNCTION zz()").await;
        let mirror = || MirrorColumn::new("logs", "note", "twin").online();
        let manager = SchemaManager::new(&connection);
        let error = ends(mirror().execute(&manager)).await.unwrap_err();
        assert!(error.to_string().contains("in 3000 row(s) of \"logs\" the value was not taken over into \"twin\""), "{error}");
        sends(&connection, "DROP TRIGGER zz ON logs").await;
        ends(mirror().execute(&manager)).await.unwrap();
        assert_eq!(texts(&connection, "SELECT count(*)::text FROM logs WHERE twin = note").await, ["3000"]);
    }
}

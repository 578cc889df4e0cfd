//! Many runs at once on an adopted database with online steps pending: all of them end, and none that waits holds anything.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use tests::{TestDb, on_postgres};

use crate::support::{KEY, number, seawright, texts};

/// How many runs there are at once.
const CROWD: usize = 12;

/// How often, in CI; `SEAWRIGHT_TEST_ROUNDS=30` is what was hung up most of the time before waiting held nothing.
fn rounds() -> usize {
    let asked = std::env::var("SEAWRIGHT_TEST_ROUNDS");
    asked.map_or(3, |rounds| rounds.parse().unwrap())
}

/// The migration crate's program, under the name of this test; by itself it does nothing.
#[test]
fn migration_program() {
    let Ok(url) = std::env::var("SEAWRIGHT_TEST_CROWD") else {
        return;
    };
    let history = seawright::history::History::of::<migration::Migrator>().locked(migration::LOCK);
    let arguments = ["migration", "-u", &url, "up"].map(std::ffi::OsString::from);
    let code = seawright::history::stock_with(history, arguments);
    assert_eq!(code, std::process::ExitCode::SUCCESS);
}

/// What a run is of.
#[derive(Clone, Copy)]
enum Program {
    Up,
    DataRun,
    Migration,
}

fn start(program: Program, url: &str, key: Option<&str>) -> Child {
    let mut command = match program {
        Program::Migration => {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command
                .args(["--exact", "crowd::migration_program", "--nocapture"])
                .env("SEAWRIGHT_TEST_CROWD", url);
            command
        }
        Program::Up | Program::DataRun => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_seawright"));
            command.args(["-u", url, "--lock-wait", "300"]);
            match program {
                Program::DataRun => command.args(["data", "run"]),
                _ => command.arg("up"),
            };
            command
        }
    };
    for variable in [
        "DATABASE_URL",
        "DATABASE_SCHEMA",
        "CRONIUM_VAULT_KEY",
        "CRONIUM_VAULT_KEY_FILE",
    ] {
        command.env_remove(variable);
    }
    if let Some(key) = key {
        command.env("CRONIUM_VAULT_KEY", key);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Sessions that are in a transaction, do nothing, and have done so for longer than anything of ours may take, but for the
/// ones that hold a lock of ours and keep nobody from anything: they have neither a snapshot nor a number.
const IDLE: &str = "SELECT a.application_name || ' ' || a.pid || ' ' || coalesce(a.query, '') AS line FROM pg_stat_activity AS a \
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.state LIKE 'idle in transaction%' \
    AND a.xact_start < clock_timestamp() - interval '5 seconds' \
    AND (a.application_name LIKE 'seawright %' OR a.state_change < clock_timestamp() - interval '2 seconds') \
    AND NOT (a.backend_xmin IS NULL AND a.backend_xid IS NULL AND EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = a.pid \
    AND l.locktype = 'advisory' AND l.granted))";

/// Sessions that wait in the server for a lock of ours, where they have a snapshot.
const WAITING: &str = "SELECT a.application_name || ' ' || a.pid AS line FROM pg_stat_activity AS a JOIN pg_locks AS l ON l.pid = a.pid \
    WHERE a.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";

/// Looks at the sessions until all programs have ended, and returns the codes with which they did.
async fn watched(db: &DatabaseConnection, mut crowd: Vec<Child>) -> Vec<(i32, String)> {
    let begin = Instant::now();
    loop {
        let found = [texts(db, IDLE).await, texts(db, WAITING).await].concat();
        let is_late = begin.elapsed() > Duration::from_mins(4);
        if !found.is_empty() || is_late {
            let all = "SELECT pid || ' ' || application_name || ' ' || coalesce(state, '') || ' ' || left(coalesce(query, ''), 120) AS line \
                       FROM pg_stat_activity WHERE datname = current_database()";
            let sessions = texts(db, all).await;
            for child in &mut crowd {
                let _ = child.kill();
            }
            panic!("idle in a transaction: {found:#?}, late: {is_late}; sessions: {sessions:#?}");
        }
        if crowd.iter_mut().all(|child| child.try_wait().unwrap().is_some()) {
            break;
        }
    }
    crowd
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            (output.status.code().unwrap_or(-1), said)
        })
        .collect()
}

/// The database as it was adopted, again.
async fn anew(db: &TestDb, from: &str) {
    let server = TestDb::postgres().await;
    let admin = server.connect().await;
    let name = db.url().rsplit('/').next().unwrap();
    admin
        .execute_unprepared(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))
        .await
        .unwrap();
    let sql = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{from}\"");
    admin.execute_unprepared(&sql).await.unwrap();
    admin.close().await.unwrap();
}

async fn rounds_of(db: &TestDb, programs: &[Program]) {
    let adopted = TestDb::postgres().await;
    seawright(&adopted, &["seed", "legacy"]).ok();
    seawright(&adopted, &["adopt"]).ok();
    let from = adopted.url().rsplit('/').next().unwrap();
    for round in 0..rounds() {
        anew(db, from).await;
        let connection = db.connect().await;
        let key = (round % 2 == 0).then_some(KEY);
        let crowd = (0..CROWD)
            .map(|at| start(programs[at % programs.len()], db.url(), key))
            .collect();
        let outcomes = watched(&connection, crowd).await;
        if key.is_some() {
            for (code, said) in &outcomes {
                assert_eq!(*code, 0, "round {round}: {said}");
            }
            assert_eq!(
                number(
                    &connection,
                    "SELECT count(*) FROM seawright_history WHERE state <> 'done'"
                )
                .await,
                0
            );
        } else {
            // Without the key some steps can't be made; who finds that out says so.
            let refused = outcomes.iter().filter(|(code, _)| *code != 0).count();
            assert!(refused > 0, "round {round}: {outcomes:#?}");
        }
        let pending =
            "SELECT count(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE NOT i.indisvalid";
        assert_eq!(number(&connection, pending).await, 0, "no build was broken off");
        connection.close().await.unwrap();
    }
}

on_postgres! {
    async fn of_up(db: TestDb) {
        rounds_of(&db, &[Program::Up]).await;
    }

    async fn of_the_migration_program(db: TestDb) {
        rounds_of(&db, &[Program::Migration]).await;
    }

    async fn of_data_runs_beside_up(db: TestDb) {
        rounds_of(&db, &[Program::Up, Program::DataRun, Program::Up]).await;
    }
}

on_postgres! {
    /// A session of somebody else's is in the way of an online step: who runs the migration program reads who it is.
    async fn the_migration_program_says_for_whom_it_waits(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        let url = format!("{}?application_name=monthly_report", db.url());
        let report = seawright::history::connect(&url, None).await.unwrap();
        let reading = sea_orm::TransactionTrait::begin_with_config(
            &report,
            Some(sea_orm::IsolationLevel::RepeatableRead),
            None,
        )
        .await
        .unwrap();
        let asked = Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT 'a secret' FROM pg_class");
        reading.query_one_raw(asked).await.unwrap();
        let mut child = start(Program::Migration, db.url(), Some(KEY));
        let stderr = std::io::BufReader::new(child.stderr.take().unwrap());
        let (says, mut heard) = tokio::sync::mpsc::unbounded_channel();
        // It goes on reading, since a program whose words nobody takes can't go on.
        let reader = std::thread::spawn(move || {
            for line in std::io::BufRead::lines(stderr).map_while(Result::ok) {
                let _ = says.send(line);
            }
        });
        let mut said = Vec::new();
        while said.len() < 2
            && let Some(line) = heard.recv().await
        {
            assert!(!line.contains("a secret"), "{line}");
            if line.contains("waits for others' transactions") {
                assert!(line.contains("of `monthly_report`") && line.contains("its last query from 20"), "{line}");
                said.push(line);
            }
        }
        assert_eq!(said.len(), 2, "it says so, and again");
        reading.rollback().await.unwrap();
        assert!(child.wait_with_output().unwrap().status.success());
        reader.join().unwrap();
    }
}

//! Running the program, and looking at databases with other eyes than its own.

use std::{collections::BTreeMap, path::Path, process::Command};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use tests::TestDb;

/// The key that the tests seal secrets with.
pub(crate) const KEY: &str = "test:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// What a run of the program left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The run went well.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Exit code and both outputs, for a snapshot.
    pub(crate) fn shown(&self) -> String {
        format!(
            "exit code {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

/// Runs the program in a folder, with nothing of the caller's environment that could lead it elsewhere.
pub(crate) fn seawright_in(folder: &Path, arguments: &[&str]) -> Ran {
    run(env!("CARGO_BIN_EXE_seawright"), folder, arguments, &[])
}

/// Runs the program on a database, with variables of the environment.
pub(crate) fn seawright_with(db: &TestDb, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut all = vec!["-u", db.url()];
    all.extend(arguments);
    run(
        env!("CARGO_BIN_EXE_seawright"),
        Path::new(env!("CARGO_MANIFEST_DIR")),
        &all,
        variables,
    )
}

/// Runs the program on a database.
pub(crate) fn seawright(db: &TestDb, arguments: &[&str]) -> Ran {
    let mut all = vec!["-u", db.url()];
    all.extend(arguments);
    seawright_in(Path::new(env!("CARGO_MANIFEST_DIR")), &all)
}

fn run(program: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    ran(&mut command(program, folder, arguments, variables))
}

pub(crate) fn command(program: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_SCHEMA")
        .env_remove("MIGRATION_DIR")
        .env_remove("CRONIUM_VAULT_KEY_FILE")
        .env_remove("CRONIUM_VAULT_OLD_KEYS")
        .env_remove("ENCRYPTION_KEY")
        .env("NO_COLOR", "1")
        .env("CRONIUM_VAULT_KEY", KEY)
        .envs(variables.iter().copied());
    command
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The schema as an independent observer prints it, without what Seawright keeps for itself.
pub(crate) async fn dump(db: &TestDb) -> String {
    match db.path() {
        Some(path) => tests::sqlite_dump(&path).await,
        None => tests::psql_dump(db.url()),
    }
}

/// Every row of every table but Seawright's own, as text that the database itself makes, sorted.
pub(crate) async fn rows(connection: &DatabaseConnection) -> BTreeMap<String, Vec<String>> {
    let names = tables(connection).await;
    rows_of(connection, names).await
}

/// Every row of those tables.
pub(crate) async fn rows_of(connection: &DatabaseConnection, names: Vec<String>) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in names {
        let sql = if connection.get_database_backend() == sea_orm::DbBackend::Postgres {
            let name = table.replace('"', "\"\"");
            format!("SELECT to_jsonb(t)::text AS line FROM \"{name}\" AS t ORDER BY 1")
        } else {
            let columns = texts(
                connection,
                &format!("SELECT name AS line FROM pragma_table_info('{table}') ORDER BY name"),
            )
            .await;
            let parts: Vec<String> = columns
                .iter()
                .map(|column| format!("'{column}=' || quote(\"{column}\")"))
                .collect();
            format!(
                "SELECT {} AS line FROM \"{table}\" ORDER BY 1",
                parts.join(" || ' ' || ")
            )
        };
        let found = texts(connection, &sql).await;
        all.insert(table, found);
    }
    all
}

/// The tables, without Seawright's own.
pub(crate) async fn tables(connection: &DatabaseConnection) -> Vec<String> {
    let mut names = all_tables(connection).await;
    names.retain(|name| name != "seaql_migrations" && !name.starts_with("seawright_"));
    names
}

/// The tables, with Seawright's own.
pub(crate) async fn all_tables(connection: &DatabaseConnection) -> Vec<String> {
    let sql = if connection.get_database_backend() == sea_orm::DbBackend::Postgres {
        "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    } else {
        "SELECT name AS line FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
    };
    texts(connection, sql).await
}

/// The texts of a query with one column `line`.
pub(crate) async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection
        .query_all_raw(statement)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.try_get("", "line").unwrap())
        .collect()
}

/// The number that a query answers with.
pub(crate) async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

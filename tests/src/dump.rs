//! What a database holds, by the word of somebody else.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};

/// What `pg_dump --schema-only` writes of a database, without comments, settings and what changes from run to run.
///
/// # Panics
/// Where there is no `pg_dump`, or it fails.
pub fn psql_dump(url: &str) -> String {
    let output = Command::new(client("pg_dump"))
        .args(["--schema-only", "--no-owner", "--no-privileges", "--dbname", url])
        .output()
        .expect("pg_dump runs; run ./test, which finds or installs PostgreSQL's clients");
    assert!(
        output.status.success(),
        "pg_dump failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    normalised(&String::from_utf8_lossy(&output.stdout))
}

/// Every object in a SQLite file, ordered by name.
///
/// # Panics
/// Where the file cannot be read.
pub async fn sqlite_dump(path: &Path) -> String {
    let connection = Database::connect(format!("sqlite://{}?mode=ro", path.display()))
        .await
        .expect("the file is a database");
    let query = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name, type";
    let rows = connection
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, query))
        .await
        .expect("the schema can be read");
    let mut text = String::new();
    for row in rows {
        text += &row.try_get::<String>("", "sql").expect("the column is there");
        text += ";\n";
    }
    connection.close().await.expect("the connection closes");
    text
}

/// Runs a script with `psql`, as a person would, in one schema of a database; it stops at the first error.
///
/// # Errors
/// What `psql` says.
///
/// # Panics
/// Where there is no `psql`.
pub fn psql(url: &str, schema: &str, script: &str) -> Result<(), String> {
    let mut child = Command::new(client("psql"))
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            url,
            "--file",
            "-",
        ])
        .env(
            "PGOPTIONS",
            format!("-c search_path={schema} -c client_min_messages=warning"),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql runs; run ./test, which finds or installs PostgreSQL's clients");
    let written = child.stdin.take().expect("it reads").write_all(script.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    if output.status.success() {
        written.map_err(|error| error.to_string())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A client of PostgreSQL: on the path, else the newest of those that Debian keeps apart from it.
fn client(program: &str) -> OsString {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    let kept_apart = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let newest = versions
            .filter_map(|version| {
                Some((
                    version.as_ref().ok()?.file_name().to_str()?.parse::<u32>().ok()?,
                    version.ok()?,
                ))
            })
            .max_by_key(|(number, _)| *number)?;
        Some(newest.1.path().join("bin").join(program).into_os_string())
    };
    if is_there {
        program.into()
    } else {
        kept_apart().unwrap_or_else(|| program.into())
    }
}

fn normalised(dump: &str) -> String {
    let mut text = String::new();
    for line in dump.lines() {
        let is_noise = line.is_empty()
            || line.starts_with("--")
            || line.starts_with("SET ")
            || line.starts_with("SELECT pg_catalog.set_config")
            || line.starts_with("\\restrict")
            || line.starts_with("\\unrestrict");
        if !is_noise {
            text += line;
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn a_dump_is_left_with_its_statements() {
        let dump = "--\n-- a comment\n--\n\n\\restrict xyz\nSET row_security = off;\nCREATE TABLE public.t (\n    id integer\n);\n";
        assert_eq!(normalised(dump), "CREATE TABLE public.t (\n    id integer\n);\n");
    }
}

//! PostgreSQL's own tools: which one fits, and how it is told where the database is.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::backup::error::{BackupError, Result};

/// The folder to look for the tools in, and nowhere else.
const FOLDER: &str = "SEAWRIGHT_PG_BIN";

/// A tool that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tool {
    pub(super) path: PathBuf,
    pub(super) major: u32,
}

/// The number before the first point of a version: `15.20 (Debian …)` is 15.
pub(super) fn major(version: &str) -> u32 {
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

/// The oldest of that name that is no older than that.
///
/// # Errors
/// [`BackupError::Tool`] with the version that is missing.
pub(super) fn find(name: &str, least: u32) -> Result<Tool> {
    let found: Vec<Tool> = folders()
        .into_iter()
        .map(|folder| folder.join(name))
        .filter(|path| path.is_file())
        .filter_map(version_of)
        .collect();
    fitting(&found, least).ok_or_else(|| {
        let newest = found.iter().max_by_key(|tool| tool.major);
        BackupError::Tool {
            reason: match newest {
                Some(tool) => format!(
                    "`{name}` of PostgreSQL {least} or newer is needed, and the newest here is {} ({})",
                    tool.major,
                    tool.path.display()
                ),
                None => format!("`{name}` of PostgreSQL {least} or newer is needed, and there is none here"),
            },
            help: format!(
                "install PostgreSQL's client programs of version {least}, have PATH or {FOLDER} name their folder, or use the portable form, which needs none"
            ),
        }
    })
}

fn fitting(tools: &[Tool], least: u32) -> Option<Tool> {
    tools
        .iter()
        .filter(|tool| tool.major >= least)
        .min_by_key(|tool| tool.major)
        .cloned()
}

fn folders() -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return vec![PathBuf::from(folder)];
    }
    let mut folders = Vec::new();
    // Where packages put the versions side by side. They come first: `pg_dump` in PATH may be a script that chooses by itself.
    for (above, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/lib64/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/Library/PostgreSQL", "bin"),
    ] {
        let Ok(entries) = std::fs::read_dir(above) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_version = name.starts_with(|first: char| first.is_ascii_digit());
            if is_version || name.starts_with("pgsql-") || name.starts_with("postgresql@") {
                folders.push(entry.path().join(below));
            }
        }
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders
}

fn version_of(path: PathBuf) -> Option<Tool> {
    let output = Command::new(&path)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = major(text.split(") ").nth(1)?);
    (output.status.success() && major > 0).then_some(Tool { path, major })
}

/// A command that talks to the database of that URL. The password goes by the environment: everybody may read arguments.
pub(super) fn command(tool: &Tool, options: &PgConnectOptions, url: &str) -> Command {
    let mut command = Command::new(&tool.path);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.arg("--no-password");
    let host = options.get_socket().map_or_else(
        || OsString::from(options.get_host()),
        |socket| socket.as_os_str().to_owned(),
    );
    command.env("PGHOST", host);
    command.env("PGPORT", options.get_port().to_string());
    command.env("PGUSER", options.get_username());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    command.env("PGDATABASE", database);
    command.env(
        "PGSSLMODE",
        match options.get_ssl_mode() {
            PgSslMode::Disable => "disable",
            PgSslMode::Allow => "allow",
            PgSslMode::Prefer => "prefer",
            PgSslMode::Require => "require",
            PgSslMode::VerifyCa => "verify-ca",
            PgSslMode::VerifyFull => "verify-full",
        },
    );
    command.env("PGAPPNAME", "seawright");
    // Messages are read by people, and shown with ours.
    command.env("LC_ALL", "C.UTF-8");
    if let Ok(url) = Url::parse(url) {
        for (key, value) in url.query_pairs() {
            match &*key {
                "password" => command.env("PGPASSWORD", &*value),
                "sslrootcert" | "ssl-root-cert" | "ssl-ca" => command.env("PGSSLROOTCERT", &*value),
                "sslcert" | "ssl-cert" => command.env("PGSSLCERT", &*value),
                "sslkey" | "ssl-key" => command.env("PGSSLKEY", &*value),
                _ => &mut command,
            };
        }
        if let Some(password) = url.password() {
            command.env("PGPASSWORD", unescaped(password));
        }
    }
    command
}

/// Text without the escapes of a URL.
fn unescaped(text: &str) -> String {
    let query = format!("p={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// What a tool that failed has said, in one text.
pub(super) fn said(tool: &Path, stderr: &[u8]) -> String {
    const LINES: usize = 6;
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .collect();
    let name = tool.file_name().unwrap_or_default().to_string_lossy();
    format!("{name} failed: {}", lines.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_is_new_enough_is_taken() {
        let tool = |major| Tool {
            path: PathBuf::from(format!("/{major}/pg_dump")),
            major,
        };
        let there = [tool(13), tool(17), tool(15)];
        assert_eq!(fitting(&there, 14), Some(tool(15)));
        assert_eq!(fitting(&there, 17), Some(tool(17)));
        assert_eq!(fitting(&there, 18), None);
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(major("15.20 (Debian 15.20-0+deb12u1)"), 15);
        assert_eq!(major("18beta1"), 18);
    }

    #[test]
    fn a_password_is_as_it_was_before_it_was_put_into_a_url() {
        assert_eq!(unescaped("a%40b+c%2Bd%25%26=e"), "a@b+c+d%&=e");
    }

    #[test]
    fn a_password_is_no_argument() {
        let url = "postgres://me:s3cr%40t@db.example:5433/shop?sslmode=require";
        let tool = Tool {
            path: "/pg_dump".into(),
            major: 15,
        };
        let command = command(&tool, &url.parse().unwrap(), url);
        assert!(command.get_args().all(|argument| argument == "--no-password"));
        let of = |name: &str| {
            let found = command.get_envs().find(|(key, _)| *key == name);
            found.and_then(|(_, value)| value).map(|value| value.to_str().unwrap())
        };
        assert_eq!(of("PGPASSWORD"), Some("s3cr@t"));
        assert_eq!(of("PGHOST"), Some("db.example"));
        assert_eq!(of("PGPORT"), Some("5433"));
        assert_eq!(of("PGDATABASE"), Some("shop"));
        assert_eq!(of("PGSSLMODE"), Some("require"));
    }
}

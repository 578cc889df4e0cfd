//! Connections, and errors that say what to do about them.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{self, Connection as _},
};
use url::Url;

use super::{Error, Result};

/// 64 of `--workers`, and one that looks after them.
const MOST_CONNECTIONS: u32 = 65;

/// The URL as it may be shown: without its password.
pub fn redacted(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        // What can't be parsed may hold a password anywhere.
        return url
            .split_once("://")
            .map_or_else(|| "the given URL".to_owned(), |(scheme, _)| format!("{scheme}://…"));
    };
    if !parsed.has_host() && parsed.scheme() != "sqlite" {
        // `postgres:me:secret@db/shop` is a URL to the parser, and one without a password.
        return format!("{}:…", parsed.scheme());
    }
    if parsed.password().is_some() && parsed.set_password(Some("***")).is_err() {
        return format!("{}://…", parsed.scheme());
    }
    // libpq-style parameters can hold one too.
    let pairs: Vec<(String, String)> = parsed
        .query_pairs()
        .map(|(key, value)| {
            let value = if key.eq_ignore_ascii_case("password") || key.eq_ignore_ascii_case("sslpassword") {
                "***".into()
            } else {
                value
            };
            (key.into_owned(), value.into_owned())
        })
        .collect();
    if !pairs.is_empty() {
        parsed.query_pairs_mut().clear().extend_pairs(pairs);
    }
    parsed.to_string().replace("%2A%2A%2A", "***")
}

/// Connects to a database. On PostgreSQL `schema` is the schema to work in, `public` by default.
///
/// # Errors
/// [`Error::Connect`] with what to do: a wrong URL, no server, no such database, no such role or file.
pub async fn connect(url: &str, schema: Option<&str>) -> Result<DatabaseConnection> {
    let shown = redacted(url);
    let failed = |reason: String, help: &str| Error::Connect {
        url: shown.clone(),
        reason,
        help: help.to_owned(),
    };
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "postgres" | "postgresql" if !url[scheme.len()..].starts_with("://") => {
            return Err(failed(
                "the URL cannot be read".into(),
                "a PostgreSQL URL looks like postgres://user:password@host:5432/database",
            ));
        }
        "postgres" | "postgresql" => {
            let options: sqlx::postgres::PgConnectOptions = url.parse().map_err(|error: sqlx::Error| {
                failed(
                    clean(&error),
                    "a PostgreSQL URL looks like postgres://user:password@host:5432/database",
                )
            })?;
            let attempt = sqlx::PgConnection::connect_with(&options);
            match tokio::time::timeout(Duration::from_secs(10), attempt).await {
                Ok(Ok(connection)) => {
                    let shared = is_shared(connection, &options).await;
                    if shared.map_err(|error| failed(clean(&error), "try again"))? {
                        return Err(failed(
                            "what one session prepares another one finds: between here and the server is a pooler that hands out connections by the transaction, such as PgBouncer".into(),
                            "give the server's own address, or a pool in session mode: settings, prepared statements and locks belong to a session",
                        ));
                    }
                }
                Ok(Err(error)) => return Err(failed(clean(&error), postgres_help(&error))),
                Err(_) => {
                    return Err(failed(
                        "no answer within 10 seconds".into(),
                        "check host and port, and that nothing between drops the packets",
                    ));
                }
            }
        }
        "sqlite" => {
            let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
            let path = path.split('?').next().unwrap_or(path);
            if path
                .split('/')
                .next()
                .is_some_and(|first| first.contains('@') && first.contains(':'))
            {
                return Err(failed(
                    "a file has neither user nor password".into(),
                    "a SQLite URL looks like sqlite://path/to/file.db",
                ));
            }
            let makes = url.contains("mode=rwc") || path.is_empty() || path.contains(":memory:");
            if !makes && !std::path::Path::new(path).exists() {
                return Err(failed(
                    format!("there is no file `{path}`"),
                    "check the path, or add ?mode=rwc to the URL to have the file made",
                ));
            }
        }
        "mysql" | "mariadb" => {
            return Err(failed(
                "MySQL and MariaDB are not supported yet".into(),
                "use a postgres:// or sqlite:// URL",
            ));
        }
        _ => {
            return Err(failed(
                "the URL's scheme is unknown".into(),
                "use postgres://user:password@host/database or sqlite://path/to/file.db",
            ));
        }
    }
    let path = match schema {
        Some(_) => None,
        None if scheme == "sqlite" => None,
        None => search_path(url, std::env::var("PGOPTIONS").ok().as_deref()),
    };
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).acquire_timeout(Duration::from_secs(30));
    if scheme == "sqlite" {
        // A pragma belongs to one connection, and a file has one writer.
        options.max_connections(1);
    } else {
        // They are opened when they are needed; no command works with more at a time.
        options.max_connections(MOST_CONNECTIONS);
        options.set_schema_search_path(
            path.as_ref()
                .map_or_else(|| schema.unwrap_or("public").to_owned(), |path| listed(path)),
        );
    }
    let db = Database::connect(options).await.map_err(|error| {
        failed(
            clean_db(&error),
            "check the URL and that the file or server can be read",
        )
    })?;
    if scheme != "sqlite" {
        let first = path.as_ref().and_then(|path| path.first()).map(String::as_str);
        let name = first.or(schema).unwrap_or("public");
        match schema_of(&db).await {
            // Where the first of a path is not there, the session would work in the next one.
            Ok(found)
                if found.is_none() || first.is_some_and(|first| first != USER && found.as_deref() != Some(first)) =>
            {
                return Err(failed(
                    format!("there is no schema `{name}` that this role may use"),
                    "make it (CREATE SCHEMA), grant the right (GRANT USAGE ON SCHEMA … TO …), or name another by --schema",
                ));
            }
            Ok(_) => {}
            Err(error) => return Err(failed(clean_db(&error), "try again")),
        }
    }
    Ok(db)
}

/// What stands in a search path for the schema that is called as the role.
const USER: &str = "$user";

/// The search path that a URL asks for, its schemas in their order: as libpq takes it (`?options=-csearch_path=x`, or the
/// variable `PGOPTIONS`), as Prisma (`?schema=x`) or as JDBC (`?currentSchema=x`).
fn search_path(url: &str, environment: Option<&str>) -> Option<Vec<String>> {
    let mut path = environment.and_then(set_by_options);
    for (key, value) in Url::parse(url).ok()?.query_pairs() {
        match &*key {
            "options" => path = set_by_options(&value).or(path),
            // How sqlx spells one of libpq's options.
            "options[search_path]" | "currentSchema" => path = Some(schemas(&value)),
            "schema" => path = Some(vec![value.into_owned()]),
            _ => {}
        }
    }
    path.filter(|path| !path.is_empty())
}

/// The search path in a server's options: `-c name=value`, `-cname=value` or `--name=value`, the last one counts. A
/// backslash takes the meaning from what follows it (PostgreSQL's manual, 34.1.2).
fn set_by_options(options: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut letters = options.chars();
    while let Some(letter) = letters.next() {
        match (letter, words.last_mut()) {
            ('\\', Some(word)) => word.extend(letters.next()),
            (letter, _) if letter.is_whitespace() => words.push(String::new()),
            (letter, Some(word)) => word.push(letter),
            (_, None) => {}
        }
    }
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    let mut found = None;
    while let Some(word) = words.next() {
        let setting = match (
            word.as_str(),
            word.strip_prefix("-c").or_else(|| word.strip_prefix("--")),
        ) {
            ("-c", _) => words.next(),
            (_, setting) => setting.map(str::to_owned),
        };
        if let Some((name, value)) = setting.as_deref().and_then(|setting| setting.split_once('='))
            && name.trim().eq_ignore_ascii_case("search_path")
        {
            found = Some(schemas(value));
        }
    }
    found
}

/// The names of a list: folded to small letters where they are not quoted.
fn schemas(list: &str) -> Vec<String> {
    let mut names: Vec<String> = vec![String::new()];
    let mut is_quoted = false;
    for letter in list.chars() {
        match (letter, names.last_mut()) {
            ('"', _) => is_quoted = !is_quoted,
            (',', _) if !is_quoted => names.push(String::new()),
            (letter, _) if letter.is_whitespace() && !is_quoted => {}
            (letter, Some(name)) if is_quoted => name.push(letter),
            (letter, Some(name)) => name.extend(letter.to_lowercase()),
            (_, None) => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The list as the server takes it.
fn listed(names: &[String]) -> String {
    names
        .iter()
        .map(|name| crate::ddl::quote(name))
        .collect::<Vec<_>>()
        .join(",")
}

/// The schema that the session works in: none where it is not there, and none where the role may not use it, in which case
/// the catalogue would show a database without tables.
pub(crate) async fn schema_of(db: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let sql = "SELECT current_schema()::text AS name";
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    row.map_or(Ok(None), |row| row.try_get("", "name"))
}

/// Whether another session finds what this one prepares: only behind a pooler does it. Whoever goes through one that is busy may
/// not notice here; PostgreSQL then refuses a statement of ours that is there already, or not there any more.
async fn is_shared(
    mut connection: sqlx::PgConnection,
    options: &sqlx::postgres::PgConnectOptions,
) -> Result<bool, sqlx::Error> {
    let name = format!("seawright_{}_{}", std::process::id(), fastrand::u32(..));
    // Nothing but digits is put into these.
    let run = |sql: String| sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
    run(format!("PREPARE {name} AS SELECT 1"))
        .execute(&mut connection)
        .await?;
    let mut other = sqlx::PgConnection::connect_with(options).await?;
    let found = run(format!("SELECT 1 FROM pg_prepared_statements WHERE name = '{name}'"))
        .fetch_optional(&mut other)
        .await?
        .is_some();
    other.close().await?;
    if found {
        run(format!("DEALLOCATE {name}")).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(found)
}

fn clean(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        // What the parser says can quote the URL.
        sqlx::Error::Configuration(_) => "the URL cannot be read".to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn clean_db(error: &DbErr) -> String {
    match error {
        DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error)) => clean(error),
        other => other.to_string(),
    }
}

fn postgres_help(error: &sqlx::Error) -> &'static str {
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    match (code.as_deref(), error) {
        (Some("3D000"), _) => "make it with `createdb`, or check the name behind the last slash of the URL",
        (Some("28P01" | "28000"), _) => "check user and password in the URL",
        (Some("53300"), _) => "the server has no free connection; try again later",
        (_, sqlx::Error::Io(_)) => "check host and port, and that the server runs",
        _ => "check the URL",
    }
}

#[cfg(test)]
mod tests {
    use super::{redacted, search_path};

    #[test]
    fn a_url_may_name_the_schema() {
        let path = |url: &str| search_path(url, None).unwrap_or_default().join(" | ");
        assert_eq!(path("postgres://db/shop"), "");
        assert_eq!(path("postgres://db/shop?options=-csearch_path=x"), "x");
        assert_eq!(
            path("postgres://db/shop?options=-csearch_path%3DX,public"),
            "x | public"
        );
        assert_eq!(
            path("postgres://db/shop?options=-c%20geqo%3Doff%20-c%20search_path%3D%22My%20Own%22"),
            "My"
        );
        assert_eq!(
            path(r#"postgres://db/shop?options=-c%20search_path%3D"My\%20Own",\%20b"#),
            "My Own | b"
        );
        assert_eq!(
            path("postgres://db/shop?options=--search_path%3Dx%20-cstatement_timeout%3D5"),
            "x"
        );
        assert_eq!(path("postgres://db/shop?options=-cstatement_timeout%3D5"), "");
        assert_eq!(path("postgres://db/shop?schema=Sales"), "Sales");
        assert_eq!(path("postgres://db/shop?currentSchema=sales"), "sales");
        assert_eq!(
            search_path("postgres://db/shop", Some("-c search_path=y")).unwrap(),
            ["y"]
        );
        assert_eq!(
            search_path("postgres://db/shop?options=-csearch_path=x", Some("-csearch_path=y")).unwrap(),
            ["x"]
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(redacted("postgres://me:s3cret@db/shop"), "postgres://me:***@db/shop");
        assert_eq!(redacted("postgres:me:s3cret@db/shop"), "postgres:…");
        assert_eq!(redacted("postgres:/me:s3cret@db/shop"), "postgres:…");
        assert_eq!(redacted("postgres:s3cret@db"), "postgres:…");
        assert_eq!(redacted("sqlite://shop.db"), "sqlite://shop.db");
        assert_eq!(redacted("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(
            redacted("postgres://db/shop?user=me&password=s3cret"),
            "postgres://db/shop?user=me&password=***"
        );
        assert_eq!(redacted("postgres://me:s3c ret@:bad:port/shop"), "postgres://…");
        assert_eq!(redacted("s3cret"), "the given URL");
        assert_eq!(redacted("sqlite://shop.db?mode=rwc"), "sqlite://shop.db?mode=rwc");
    }
}

//! Where a schema comes from.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use super::{Context, built::built};
use crate::{
    diff::{Plan, diff},
    history::{Error, LockFile, Result, as_first_printed, connect, replay_with},
    introspect::introspect,
    schema::{AutoIncrement, Schema, Table, UnmanagedKind},
};

/// A schema and whether a database printed it.
pub(super) struct Read {
    pub(super) schema: Schema,
    pub(super) from_database: bool,
}

/// Reads a source: `entities`, `lock`, `history`, `live`, a database URL, or a `.json` file of the IR.
pub(super) async fn read(context: &Context, source: &str) -> Result<Read> {
    let declared = |schema| {
        Ok(Read {
            schema,
            from_database: false,
        })
    };
    let database = |schema| {
        Ok(Read {
            schema,
            from_database: true,
        })
    };
    match source {
        "entities" => declared(context.declared()?),
        "lock" => declared(LockFile::read(&context.migration_dir()?)?.schema),
        "live" => {
            if !context.is_url_given() {
                return Err(Error::Usage(
                    "`live` is the database of -u or DATABASE_URL, and none is given".into(),
                ));
            }
            database(introspect(&context.connect().await?).await?)
        }
        "history" => {
            let url = if context.is_url_given() {
                context.url()
            } else {
                "sqlite::memory:".to_owned()
            };
            let db = connect(&url, None).await?;
            let points = replay_with(&db, &url, context.shadow(), context.history()?).await?;
            database(
                points
                    .into_iter()
                    .next_back()
                    .map(|(_, schema)| schema)
                    .unwrap_or_default(),
            )
        }
        path if std::path::Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "json") =>
        {
            let file = |reason: String, help: &str| Error::File {
                path: path.to_owned(),
                reason,
                help: help.to_owned(),
            };
            let text = std::fs::read_to_string(path).map_err(|error| file(error.to_string(), "check the path"))?;
            let schema = Schema::from_json(&text).map_err(|error| {
                file(
                    error.to_string(),
                    "it is to be a schema as Seawright writes it (`migration/schema/*.json`)",
                )
            })?;
            if let Some(clash) = schema.clashes(None).first() {
                return Err(file(
                    clash.to_string(),
                    "mend the schema's source and write the file anew",
                ));
            }
            declared(schema)
        }
        url if url.contains("://") || url.starts_with("sqlite:") => {
            database(introspect(&context.connect_to(url).await?).await?)
        }
        // A URL without its slashes may hold a password.
        other => Err(Error::Usage(format!(
            "`{}` is no source of a schema; use entities, lock, history, live, a database URL or a .json file",
            other
                .split_once(':')
                .map_or_else(|| other.to_owned(), |(scheme, _)| format!("{scheme}:…"))
        ))),
    }
}

/// Both schemas in the words of one printer: where a database printed one of them, the other is built in a shadow
/// database and read by the same queries.
pub(super) async fn alike(context: &Context, from: Read, to: Read, database: Option<&str>) -> Result<(Schema, Schema)> {
    if from.from_database && to.from_database {
        return Ok((as_first_printed(from.schema), as_first_printed(to.schema)));
    }
    if !from.from_database && !to.from_database {
        return Ok((from.schema, to.schema));
    }
    let url = database.map_or_else(
        || {
            if context.is_url_given() {
                context.url()
            } else {
                "sqlite::memory:".to_owned()
            }
        },
        str::to_owned,
    );
    let (from, to) = if from.from_database {
        let declared = built(context, &url, &to.schema, &from.schema).await?;
        (from.schema, declared)
    } else {
        let declared = built(context, &url, &from.schema, &to.schema).await?;
        (declared, to.schema)
    };
    Ok((as_first_printed(from), as_first_printed(to)))
}

/// A database in memory that is made as a SQLite database is, with its views and triggers and without its rows.
pub(super) async fn without_rows(db: &DatabaseConnection) -> Result<DatabaseConnection> {
    // The tables in which a virtual table keeps its data come with it.
    let sql = "SELECT s.sql AS sql, coalesce(l.type = 'virtual', 0) AS may_fail \
                 FROM main.sqlite_schema s LEFT JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name AND s.type = 'table' \
                WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND coalesce(l.type, '') <> 'shadow' \
                ORDER BY CASE s.type WHEN 'table' THEN 0 WHEN 'view' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, s.rowid";
    let made = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    let copy = connect("sqlite::memory:", None).await?;
    for row in made {
        let (sql, may_fail): (String, bool) = (row.try_get("", "sql")?, row.try_get("", "may_fail")?);
        match copy.execute_unprepared(&sql).await {
            // Its module may be one that only the owner's program has; no table of it is rebuilt.
            Err(_) if may_fail => {}
            other => other.map(|_| ())?,
        }
    }
    Ok(copy)
}

/// The plan that makes a schema from nothing.
pub(super) fn from_nothing(schema: &Schema) -> Result<Plan> {
    Ok(diff(
        &Schema::default(),
        schema,
        &mut crate::diff::Decisions::default(),
    )?)
}

/// A schema that a database printed, as entities would declare it: what only databases tell is left out.
pub(super) fn as_declared(mut schema: Schema) -> Schema {
    for table in &mut schema.tables {
        for column in &mut table.columns {
            if column.auto_increment.is_on() {
                column.auto_increment = AutoIncrement::Yes;
            }
        }
        for index in &mut table.indexes {
            index.invalid = false;
        }
        for key in &mut table.foreign_keys {
            key.not_valid = false;
        }
    }
    schema.normalised()
}

/// A schema that a database printed without what cannot be written down, and what that is. Of a key, a constraint or an index
/// that says more than the IR, nothing is written by halves.
pub(super) fn writable(mut schema: Schema) -> (Schema, Vec<String>) {
    let left_out = schema
        .unmanaged()
        .map(|(table, one)| format!("{}: {one}", one.on(table)))
        .collect();
    for table in &mut schema.tables {
        let whole = std::mem::take(&mut table.unmanaged);
        let is_whole = |kind: UnmanagedKind, name: &str| !whole.iter().any(|one| one.kind == kind && one.name == name);
        let Table {
            uniques,
            foreign_keys,
            checks,
            indexes,
            ..
        } = table;
        uniques.retain(|unique| is_whole(UnmanagedKind::Unique, &unique.name));
        foreign_keys.retain(|key| is_whole(UnmanagedKind::ForeignKey, &key.name));
        checks.retain(|check| is_whole(UnmanagedKind::Check, &check.name));
        indexes.retain(|index| is_whole(UnmanagedKind::Index, &index.name));
    }
    schema.unmanaged.clear();
    (schema, left_out)
}

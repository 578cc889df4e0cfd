//! The books of other migration tools: whose a database was before.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use serde::Serialize;

use super::error::is_denied;
use crate::{
    ddl::{quote, quote_text},
    introspect::{IntrospectError, introspect},
    schema::Schema,
};

/// What another tool's table says it has applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForeignHistory {
    /// The tool.
    pub tool: &'static str,
    /// Its table, with the schema where that is not the current one.
    pub table: String,
    /// What it has applied, in its order; none where the role may not read it.
    pub applied: Option<Vec<String>>,
}

/// A tool, its table, the columns by which it is told from a table that only has its name, and what it has applied.
struct Tool {
    name: &'static str,
    table: &'static str,
    columns: &'static [&'static str],
    /// What stands for an applied migration, and the order.
    applied: &'static str,
    order: &'static str,
    only: &'static str,
}

const TOOLS: [Tool; 8] = [
    Tool {
        name: "drizzle",
        table: "__drizzle_migrations",
        columns: &["id", "hash", "created_at"],
        applied: "hash",
        order: "created_at",
        only: "1 = 1",
    },
    Tool {
        name: "Prisma",
        table: "_prisma_migrations",
        columns: &[
            "id",
            "checksum",
            "finished_at",
            "migration_name",
            "rolled_back_at",
            "started_at",
        ],
        applied: "migration_name",
        order: "started_at",
        only: "finished_at IS NOT NULL AND rolled_back_at IS NULL",
    },
    Tool {
        name: "Django",
        table: "django_migrations",
        columns: &["id", "app", "name", "applied"],
        applied: "app || '.' || name",
        order: "id",
        only: "1 = 1",
    },
    Tool {
        name: "Alembic",
        table: "alembic_version",
        columns: &["version_num"],
        applied: "version_num",
        order: "version_num",
        only: "1 = 1",
    },
    Tool {
        name: "sqlx",
        table: "_sqlx_migrations",
        columns: &["version", "description", "installed_on", "success", "checksum"],
        applied: "version || ' ' || description",
        order: "version",
        only: "success",
    },
    Tool {
        name: "diesel",
        table: "__diesel_schema_migrations",
        columns: &["version", "run_on"],
        applied: "version",
        order: "version",
        only: "1 = 1",
    },
    Tool {
        name: "refinery",
        table: "refinery_schema_history",
        columns: &["version", "name", "applied_on", "checksum"],
        applied: "version || ' ' || name",
        order: "version",
        only: "1 = 1",
    },
    Tool {
        name: "Flyway",
        table: "flyway_schema_history",
        columns: &[
            "installed_rank",
            "version",
            "description",
            "script",
            "checksum",
            "success",
        ],
        applied: "coalesce(version || ' ', '') || description",
        order: "installed_rank",
        only: "success",
    },
];

/// The tool whose table it is, judged by its name and its columns.
fn tool_of(table: &str, columns: &[&str]) -> Option<&'static Tool> {
    TOOLS
        .iter()
        .find(|tool| tool.table == table && tool.columns.iter().all(|column| columns.contains(column)))
}

/// Reads a database's schema, without the books of other tools: those are no part of it.
pub(crate) async fn schema_of<C: ConnectionTrait>(db: &C) -> Result<Schema, IntrospectError> {
    let mut schema = introspect(db).await?;
    schema
        .tables
        .retain(|table| tool_of(&table.name, &table.column_names()).is_none());
    Ok(schema)
}

/// The books of other tools, in whichever schema of the database they lie.
pub(super) async fn histories<C: ConnectionTrait>(db: &C) -> Result<Vec<ForeignHistory>, DbErr> {
    let backend = db.get_database_backend();
    let mut found = Vec::new();
    for tool in &TOOLS {
        let sql = if backend == DbBackend::Sqlite {
            format!(
                "SELECT 'main' AS place, 1 AS here, name AS col FROM pragma_table_info({}) ORDER BY cid",
                quote_text(tool.table)
            )
        } else {
            format!(
                "SELECT n.nspname::text AS place, (n.nspname = current_schema())::int AS here, a.attname::text AS col \
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
                 WHERE c.relname = {} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY n.nspname, a.attnum",
                quote_text(tool.table)
            )
        };
        let mut places: Vec<(String, bool, Vec<String>)> = Vec::new();
        for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
            let (place, column): (String, String) = (row.try_get("", "place")?, row.try_get("", "col")?);
            let here = row.try_get::<i32>("", "here")? == 1;
            match places.iter_mut().find(|(own, ..)| *own == place) {
                Some((.., columns)) => columns.push(column),
                None => places.push((place, here, vec![column])),
            }
        }
        for (place, here, columns) in places {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            if tool_of(tool.table, &columns).is_none() {
                continue;
            }
            let table = format!("{}.{}", quote(&place), quote(tool.table));
            let sql = format!(
                "SELECT CAST({} AS text) AS applied FROM {table} WHERE {} ORDER BY {}",
                tool.applied, tool.only, tool.order
            );
            let rows = db.query_all_raw(Statement::from_string(backend, sql)).await;
            let applied = match rows {
                Ok(rows) => Some(
                    rows.into_iter()
                        .map(|row| row.try_get("", "applied"))
                        .collect::<Result<_, _>>()?,
                ),
                Err(error) if is_denied(&error) => None,
                Err(error) => return Err(error),
            };
            found.push(ForeignHistory {
                tool: tool.name,
                table: if here {
                    tool.table.to_owned()
                } else {
                    format!("{place}.{}", tool.table)
                },
                applied,
            });
        }
    }
    Ok(found)
}

/// Whose books there are, a paragraph each.
pub(super) fn text(histories: &[ForeignHistory]) -> String {
    const SHOWN: usize = 8;
    let mut text = String::new();
    for history in histories {
        let Some(applied) = &history.applied else {
            text += &format!(
                "{} has kept this database: there is `{}`, which this role may not read (no difference, and left as it is)\n",
                history.tool, history.table
            );
            continue;
        };
        let count = applied.len();
        text += &format!(
            "{} has kept this database: `{}` has {count} {} (no difference, and left as it is)\n",
            history.tool,
            history.table,
            if count == 1 {
                "applied migration"
            } else {
                "applied migrations"
            },
        );
        for name in applied.iter().take(SHOWN) {
            text += &format!("  {name}\n");
        }
        if count > SHOWN {
            text += &format!("  and {} more\n", count - SHOWN);
        }
    }
    text
}

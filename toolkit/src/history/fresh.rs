//! Emptying a database.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait as _};

use crate::ddl::quote;

/// Drops every table, and on PostgreSQL every enumeration type, of the current schema, in one transaction.
pub(super) async fn drop_everything(db: &DatabaseConnection) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    if backend == DbBackend::Sqlite {
        db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
    }
    let result = drop_all(db, backend).await;
    if backend == DbBackend::Sqlite {
        db.execute_unprepared("PRAGMA foreign_keys = ON").await?;
    }
    result
}

async fn drop_all(db: &DatabaseConnection, backend: DbBackend) -> Result<(), DbErr> {
    let transaction = db.begin().await?;
    let (sql, cascade) = match backend {
        DbBackend::Sqlite => (
            "SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC",
            "",
        ),
        _ => (
            "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS type, c.relname::text AS name \
             FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition \
             AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e') \
             UNION ALL SELECT 'type', t.typname::text FROM pg_type t WHERE t.typnamespace = quote_ident(current_schema())::regnamespace AND t.typtype = 'e' ORDER BY 1",
            " CASCADE",
        ),
    };
    for row in transaction.query_all_raw(Statement::from_string(backend, sql)).await? {
        let (kind, name): (String, String) = (row.try_get("", "type")?, row.try_get("", "name")?);
        transaction
            .execute_unprepared(&format!("DROP {kind} IF EXISTS {}{cascade}", quote(&name)))
            .await?;
    }
    transaction.commit().await
}

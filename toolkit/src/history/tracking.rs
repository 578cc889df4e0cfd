//! `seaql_migrations`: what stock tools know of the history.

use std::time::{SystemTime, UNIX_EPOCH};

use sea_orm::{
    ConnectionTrait, DbErr, DynIden, Statement,
    sea_query::{ColumnDef, Expr, ExprTrait as _, Query, Table},
};

use crate::data::ledger::has_table;

/// A step that the database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: String,
    /// Seconds since 1970, UTC.
    pub(super) applied_at: i64,
}

/// The steps that the database has, by name. Only reads; where nothing was ever recorded there are none.
pub(super) async fn applied<C: ConnectionTrait>(db: &C, table: &DynIden) -> Result<Vec<Record>, DbErr> {
    if !has_table(db, &table.to_string()).await? {
        return Ok(Vec::new());
    }
    let query = Query::select()
        .columns(["version", "applied_at"])
        .from(table.clone())
        .order_by("version", sea_orm::Order::Asc)
        .take();
    db.query_all(&query)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Record {
                name: row.try_get("", "version")?,
                applied_at: row.try_get("", "applied_at")?,
            })
        })
        .collect()
}

/// Whether a database has a step, or a part of it; `history` says where steps are recorded. One that failed in a transaction of
/// its own left nothing. Only reads.
#[cfg(feature = "cli")]
pub(crate) async fn is_known<C: ConnectionTrait>(
    db: &C,
    history: Option<super::History>,
    name: &str,
) -> super::Result<bool> {
    use sea_orm::sea_query::IntoIden as _;
    let table = history.map_or_else(|| "seaql_migrations".into_iden(), |history| (history.table)());
    if applied(db, &table).await?.iter().any(|record| record.name == name) {
        return Ok(true);
    }
    let is_sqlite = db.get_database_backend() == sea_orm::DbBackend::Sqlite;
    let is_whole = is_sqlite || history.is_some_and(|history| history.is_whole(name));
    let is_undone =
        |row: &super::ledger::Model| is_whole && row.state == super::ledger::StepState::Failed && row.direction == "up";
    let ledger = super::ledger::all(db).await?;
    Ok(ledger.iter().any(|row| row.step == name && !is_undone(row)))
}

/// Makes the table as stock tools make it.
pub(super) async fn install<C: ConnectionTrait>(db: &C, table: &DynIden) -> Result<(), DbErr> {
    let create = Table::create()
        .table(table.clone())
        .if_not_exists()
        .col(ColumnDef::new("version").string().not_null().primary_key())
        .col(ColumnDef::new("applied_at").big_integer().not_null())
        .take();
    db.execute(&create).await.map(|_| ())
}

/// Records a step.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, table: &DynIden, name: &str) -> Result<(), DbErr> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    insert_at(db, table, name, i64::try_from(now).unwrap_or(0)).await
}

/// Records a step as applied at that time, in seconds since 1970, UTC.
pub(super) async fn insert_at<C: ConnectionTrait>(db: &C, table: &DynIden, name: &str, at: i64) -> Result<(), DbErr> {
    let statement = Query::insert()
        .into_table(table.clone())
        .columns(["version", "applied_at"])
        .values_panic([Expr::val(name), Expr::val(at)])
        .take();
    db.execute(&statement).await.map(|_| ())
}

/// Gives a step's record another name.
pub(super) async fn rename<C: ConnectionTrait>(db: &C, table: &DynIden, from: &str, to: &str) -> Result<(), DbErr> {
    let statement = Query::update()
        .table(table.clone())
        .value("version", to)
        .and_where(Expr::col("version").eq(from))
        .take();
    db.execute(&statement).await.map(|_| ())
}

/// Takes a step's record out.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, table: &DynIden, name: &str) -> Result<(), DbErr> {
    let statement = Query::delete()
        .from_table(table.clone())
        .and_where(Expr::col("version").eq(name))
        .take();
    db.execute(&statement).await.map(|_| ())
}

/// The current schema's tables but for those of the history itself.
pub(super) async fn tables<C: ConnectionTrait>(db: &C, own: &DynIden) -> Result<Vec<String>, DbErr> {
    use sea_orm::DbBackend;
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        }
        DbBackend::Postgres => {
            "SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1"
        }
        _ => "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1",
    };
    let mut names = Vec::new();
    for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
        let name: String = row.try_get("", "name")?;
        if !crate::introspect::is_own_table(&name) && name != own.to_string() {
            names.push(name);
        }
    }
    Ok(names)
}

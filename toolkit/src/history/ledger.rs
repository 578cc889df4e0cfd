//! `seawright_history`: what the database remembers of each step, beside `seaql_migrations`.

use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, DbBackend, DbErr, QuerySelect as _, Schema, Statement,
    entity::prelude::*,
    sea_query::{ColumnDef, Expr, OnConflict, Table},
};
use serde::Serialize;

use super::{digest::Digests, run_lock::Holder};
use crate::data::{ledger::has_table, now};

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Begun and not ended; what was killed stays so until the next run.
    #[sea_orm(string_value = "running")]
    Running,
    /// Applied.
    #[sea_orm(string_value = "done")]
    Done,
    /// It failed; `statement` says at which.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// A step of the history.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_history")]
pub struct Model {
    /// Its name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub step: String,
    /// How it stands.
    pub state: StepState,
    /// `up` or `down`: what was last begun with it.
    pub direction: String,
    /// The checksum of what it sends, with the version of the way in which it was made.
    pub meaning: Option<String>,
    /// The checksum of its file, likewise; none where the program does not carry its lock file.
    pub bytes: Option<String>,
    /// What it sends, a JSON list: what a changed step is compared with.
    #[sea_orm(column_type = "Text", nullable)]
    pub statements: Option<String>,
    /// Which version of Seawright ran it.
    pub tool: String,
    /// On which host.
    pub host: String,
    /// When it began, UTC; none where it was recorded and not run.
    pub started_at: Option<DateTime>,
    /// When it ended.
    pub ended_at: Option<DateTime>,
    /// How long it took.
    pub milliseconds: Option<i64>,
    /// How many statements it sent; the one at which it failed, from 1.
    pub statement: Option<i32>,
    /// Why it failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub failure: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The version that is recorded.
pub(super) const TOOL: &str = concat!("seawright ", env!("CARGO_PKG_VERSION"));

/// Makes the table where it is missing.
pub(super) async fn install<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    db.execute(schema.create_table_from_entity(Entity).if_not_exists())
        .await?;
    if !has_failure(db).await? {
        let add = Table::alter()
            .table(Entity)
            .add_column(ColumnDef::new(Column::Failure).text())
            .take();
        db.execute(&add).await?;
    }
    Ok(())
}

/// Whether the table is one that a version made which keeps why a step failed.
async fn has_failure<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => "SELECT 1 FROM pragma_table_info('seawright_history') WHERE name = 'failure'",
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('seawright_history') AND attname = 'failure' AND NOT attisdropped"
        }
        _ => {
            "SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = 'seawright_history' \
             AND column_name = 'failure'"
        }
    };
    let asked = Statement::from_string(db.get_database_backend(), sql);
    Ok(db.query_one_raw(asked).await?.is_some())
}

/// What is remembered, by name; nothing where nothing ever was.
pub(super) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Model>, DbErr> {
    if !has_table(db, "seawright_history").await? {
        return Ok(Vec::new());
    }
    if has_failure(db).await? {
        return Entity::find().all(db).await;
    }
    let kept = <Column as sea_orm::Iterable>::iter().filter(|column| !matches!(column, Column::Failure));
    Entity::find()
        .select_only()
        .columns(kept)
        .column_as(Expr::cust("CAST(NULL AS text)"), "failure")
        .all(db)
        .await
}

/// What a database remembers of a step, for reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remembered {
    /// Its name.
    pub step: String,
    /// How it stands.
    pub state: StepState,
    /// `up` or `down`: what was last begun with it.
    pub direction: String,
    /// The checksum of what it does.
    pub meaning: Option<String>,
    /// The checksum of its file.
    pub bytes: Option<String>,
    /// What ran it.
    pub tool: String,
    /// Where.
    pub host: String,
    /// When it began, UTC; none where it was recorded and not run.
    pub started_at: Option<DateTime>,
    /// When it ended.
    pub ended_at: Option<DateTime>,
    /// How long it took.
    pub milliseconds: Option<i64>,
    /// How many statements it sent; the one at which it failed.
    pub statement: Option<i32>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What the database remembers of all steps, by name.
#[cfg(feature = "cli")]
pub(crate) async fn remembered<C: ConnectionTrait>(db: &C) -> super::Result<Vec<Remembered>> {
    let mut rows = all(db).await?;
    rows.sort_by(|one, other| one.step.cmp(&other.step));
    Ok(rows
        .into_iter()
        .map(|row| Remembered {
            step: row.step,
            state: row.state,
            direction: row.direction,
            meaning: row.meaning,
            bytes: row.bytes,
            tool: row.tool,
            host: row.host,
            started_at: row.started_at,
            ended_at: row.ended_at,
            milliseconds: row.milliseconds,
            statement: row.statement,
            failure: row.failure,
        })
        .collect())
}

/// A step begins, or is gone on with at that statement.
pub(super) async fn begin<C: ConnectionTrait>(
    db: &C,
    step: &str,
    direction: &str,
    digests: &Digests,
    statement: Option<i32>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        step: Set(step.to_owned()),
        state: Set(StepState::Running),
        direction: Set(direction.to_owned()),
        meaning: Set(digests.meaning.clone()),
        bytes: Set(digests.bytes.clone()),
        statements: Set(digests.statements.clone()),
        tool: Set(TOOL.to_owned()),
        host: Set(Holder::me("").host),
        started_at: Set(Some(now())),
        ended_at: Set(None),
        milliseconds: Set(None),
        statement: Set(statement),
        failure: Set(None),
    };
    put(db, row).await
}

/// A step that is taken back outside of a transaction is about to send that statement of its.
pub(super) async fn reach<C: ConnectionTrait>(db: &C, step: &str, statement: i32) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Statement, Expr::value(statement))
        .filter(Column::Step.eq(step))
        .exec(db)
        .await
        .map(|_| ())
}

/// It was applied, in the transaction that makes it so; or it failed, and why.
pub(super) async fn end<C: ConnectionTrait>(
    db: &C,
    step: &str,
    state: StepState,
    milliseconds: u64,
    statement: u32,
    failure: Option<String>,
) -> Result<(), DbErr> {
    let change = ActiveModel {
        state: Set(state),
        ended_at: Set(Some(now())),
        milliseconds: Set(i64::try_from(milliseconds).ok()),
        statement: Set(i32::try_from(statement).ok()),
        failure: Set(failure),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .filter(Column::Step.eq(step))
        .exec(db)
        .await
        .map(|_| ())
}

/// A step that the database has and that was not run here.
pub(super) async fn record<C: ConnectionTrait>(db: &C, step: &str, digests: &Digests) -> Result<(), DbErr> {
    let row = ActiveModel {
        step: Set(step.to_owned()),
        state: Set(StepState::Done),
        direction: Set("up".to_owned()),
        meaning: Set(digests.meaning.clone()),
        bytes: Set(digests.bytes.clone()),
        statements: Set(digests.statements.clone()),
        tool: Set(TOOL.to_owned()),
        host: Set(Holder::me("").host),
        started_at: Set(None),
        ended_at: Set(None),
        milliseconds: Set(None),
        statement: Set(None),
        failure: Set(None),
    };
    put(db, row).await
}

async fn put<C: ConnectionTrait>(db: &C, row: ActiveModel) -> Result<(), DbErr> {
    let all = <Column as sea_orm::Iterable>::iter().filter(|column| !matches!(column, Column::Step));
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Step).update_columns(all).to_owned())
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

/// It was taken back.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, step: &str) -> Result<(), DbErr> {
    Entity::delete_by_id(step).exec(db).await.map(|_| ())
}

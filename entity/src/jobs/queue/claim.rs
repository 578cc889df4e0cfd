//! Who gets which jobs.

use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    FromQueryResult as _, Iterable as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    TransactionSession as _, TransactionTrait,
    prelude::{DateTime, Expr},
    sea_query::{CommonTableExpression, ExprTrait, LockBehavior, LockType, Query, SelectStatement, WithClause},
};

use super::{Doing as _, QueueError, begin, log};
use crate::{
    World,
    jobs::{JobStatus, JobType, jobs},
};

/// What an orchestrator asks for.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Who asks: 1 to 255 characters.
    pub orchestrator: &'a str,
    /// How many jobs at most.
    pub limit: u16,
    /// Of which types; of all if none are named.
    pub types: &'a [JobType],
}

impl<'a> Claim<'a> {
    /// How many jobs an orchestrator gets if it does not say.
    pub const LIMIT: u16 = 10;

    /// Ten jobs of any type.
    pub const fn by(orchestrator: &'a str) -> Self {
        Self {
            orchestrator,
            limit: Self::LIMIT,
            types: &[],
        }
    }

    /// That many jobs.
    #[must_use]
    pub const fn limit(self, limit: u16) -> Self {
        Self { limit, ..self }
    }

    /// Jobs of those types.
    #[must_use]
    pub const fn types(self, types: &'a [JobType]) -> Self {
        Self { types, ..self }
    }
}

/// Claims the jobs that are due for an orchestrator: the most urgent first, of those the longest due.
///
/// Each job goes to one orchestrator however many ask at once, and nobody waits for another: on PostgreSQL it is one
/// statement with `FOR UPDATE SKIP LOCKED`, on SQLite one statement, on MySQL one transaction. A job that had no log so far
/// gets one. A job of an unknown type or priority is nobody's, and stays where it is.
///
/// # Errors
/// [`QueueError::Orchestrator`] for an id that does not fit, [`QueueError::Database`]. If the database fails between
/// claiming and making a log, the jobs come back by [`super::recover`].
pub async fn claim<C>(db: &C, world: &impl World, claim: &Claim<'_>) -> Result<Vec<jobs::Model>, QueueError>
where
    C: ConnectionTrait + TransactionTrait,
{
    if !(1..=255).contains(&claim.orchestrator.chars().count()) {
        return Err(QueueError::Orchestrator(claim.orchestrator.to_owned()));
    }
    let now = world.now();
    let claimed = match db.get_database_backend() {
        DbBackend::Postgres | DbBackend::Sqlite => at_once(db, claim, now).await,
        _ => in_turns(db, claim, now).await,
    };
    let mut claimed = claimed.doing("claiming jobs")?;
    // `RETURNING` knows no order.
    claimed.sort_by(|a, b| {
        (b.priority, a.scheduled_for, a.created_at, &a.id).cmp(&(a.priority, b.scheduled_for, b.created_at, &b.id))
    });
    for job in &mut claimed {
        if log::log_of(job).is_none() {
            let tx = begin(db).await.doing("giving a claimed job its log")?;
            log::ensure(&tx, now, job).await?;
            tx.commit().await.doing("giving a claimed job its log")?;
        }
    }
    Ok(claimed)
}

/// The jobs that are due, locked as far as the database can.
fn due(claim: &Claim<'_>, now: DateTime) -> SelectStatement {
    // The status is written out: with a parameter in its place a plan that is kept can't use the partial index.
    let queued = Expr::Constant(JobStatus::Queued.to_value().into());
    let mut due = jobs::Entity::find()
        .select_only()
        .column(jobs::Column::Id)
        .filter(ExprTrait::eq(Expr::col(jobs::Column::Status), queued))
        .filter(jobs::Column::OrchestratorId.is_null())
        .filter(jobs::Column::ScheduledFor.lte(now))
        // As `idx_jobs_queue_poll` has them, so that nothing is sorted.
        .order_by_desc(jobs::Column::Priority)
        .order_by_asc(jobs::Column::ScheduledFor)
        .limit(u64::from(claim.limit));
    due = due.filter(super::readable());
    if !claim.types.is_empty() {
        due = due.filter(jobs::Column::Type.is_in(claim.types.iter().copied()));
    }
    due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query()
}

fn values(claim: &Claim<'_>, now: DateTime) -> [(jobs::Column, Expr); 3] {
    [
        (jobs::Column::Status, Expr::value(JobStatus::Claimed.to_value())),
        (jobs::Column::OrchestratorId, Expr::value(claim.orchestrator)),
        (jobs::Column::UpdatedAt, Expr::value(now)),
    ]
}

async fn at_once<C: ConnectionTrait>(db: &C, claim: &Claim<'_>, now: DateTime) -> Result<Vec<jobs::Model>, DbErr> {
    // In a subquery of its own the limit could be passed: a plan may run a subquery more than once, and each time it would
    // lock further rows. What has a name of its own and locks is run once.
    let next = CommonTableExpression::new()
        .table_name("next")
        .column("id")
        .query(due(claim, now))
        .to_owned();
    let update = Query::update()
        .table(jobs::Entity)
        .values(values(claim, now))
        .and_where(Expr::col(jobs::Column::Id).in_subquery(Query::select().column("id").from("next").to_owned()))
        .returning(Query::returning().columns(jobs::Column::iter()))
        .to_owned();
    let rows = db
        .query_all(&update.with(WithClause::new().cte(next).to_owned()))
        .await?;
    rows.iter().map(|row| jobs::Model::from_query_result(row, "")).collect()
}

async fn in_turns<C: TransactionTrait>(db: &C, claim: &Claim<'_>, now: DateTime) -> Result<Vec<jobs::Model>, DbErr> {
    let tx = begin(db).await?;
    let rows = tx.query_all(&due(claim, now)).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let these = Condition::all().add(Expr::col(jobs::Column::Id).is_in(ids));
    let update = Query::update()
        .table(jobs::Entity)
        .values(values(claim, now))
        .cond_where(these.clone())
        .to_owned();
    tx.execute(&update).await?;
    let claimed = jobs::Entity::find().filter(these).all(&tx).await?;
    tx.commit().await?;
    Ok(claimed)
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{MysqlQueryBuilder, PostgresQueryBuilder};

    use super::*;

    #[test]
    fn the_queue_is_read_in_the_order_of_its_index_and_locked() {
        let claim = Claim::by("o1").types(&[JobType::Script]);
        let now = "2025-07-14T10:00:00".parse().unwrap();
        let postgres = due(&claim, now).to_string(PostgresQueryBuilder);
        assert!(postgres.contains(r#""status" = 'queued'"#), "{postgres}");
        assert!(
            postgres.ends_with(
                r#"ORDER BY "jobs"."priority" DESC, "jobs"."scheduled_for" ASC LIMIT 10 FOR UPDATE SKIP LOCKED"#
            ),
            "{postgres}"
        );
        assert!(
            due(&claim, now)
                .to_string(MysqlQueryBuilder)
                .ends_with("FOR UPDATE SKIP LOCKED")
        );
    }
}

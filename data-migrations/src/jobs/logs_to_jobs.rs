//! `logs` → `jobs`: every run of the time before there were jobs gets one.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{
    events::{
        LogStatus,
        events::{self, Column as Event},
        logs::{self, Column as Log},
    },
    jobs::{
        JobId, JobStatus,
        jobs::{self, Column as Job},
    },
};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, Iterable as _, QueryFilter as _, QuerySelect as _, Select,
    sea_query::{CaseStatement, Expr, ExprTrait as _, Query, SelectStatement},
};
use seawright::data::{Batch, Changes, DataError, DataMigration, Invariant, Reads, sql};

use super::{
    OF_LOGS, job_of_log,
    log_job::{LogJob, NO_OUTCOME, is},
};

/// The name of the step that makes the jobs of the logs.
pub const LOGS_TO_JOBS: &str = "m20261124_130100_logs_to_jobs";

/// Makes the job of every log that has none, and links the log to it. Nothing else of the log changes.
///
/// | the log's status | the job's |
/// |---|---|
/// | `SUCCESS` | `completed` |
/// | `FAILURE`, `TIMEOUT`, `PARTIAL` | `failed` |
/// | `PAUSED` | `cancelled` |
/// | `RUNNING`, `PENDING`, begun within the event's timeout and [an hour](super::GRACE_SECONDS) | `running` |
/// | `RUNNING`, `PENDING`, older | `failed`, with [`NO_OUTCOME`] |
/// | any other | none: the log goes into quarantine |
///
/// All times of a job come from its log. Where the end of a run was not known when its job was made and is now, the job is made anew.
///
/// The database does the work by itself, a range of keys at a time.
#[derive(Clone, Copy, Debug)]
pub struct LogsToJobs;

#[async_trait]
impl DataMigration for LogsToJobs {
    type Source = logs::Entity;

    fn pending(&self) -> Select<logs::Entity> {
        // As an alternative of cases, of which PostgreSQL's planner takes half of the rows for pending. Of a column that is new
        // and full of nulls it takes one of two hundred, and would read and sort the whole table for each piece of it.
        let pending = CaseStatement::new()
            .case(Log::JobId.is_null(), Expr::cust("TRUE"))
            .case(may_have_ended_since(), job_is_open())
            .finally(Expr::cust("FALSE"));
        logs::Entity::find().filter(Expr::Case(Box::new(pending)))
    }

    fn reads(&self) -> Reads {
        Reads::Keys
    }

    async fn migrate(&self, batch: &mut Batch<'_, logs::Entity>) -> Result<(), DataError> {
        reopen(batch).await?;
        let odd = set_aside(batch).await?;
        let waiting = || waiting(batch).add(Log::Id.is_not_in(odd.iter().copied()));
        link_to_what_is_there(batch, waiting()).await?;
        let how = LogJob {
            backend: batch.backend(),
            now: batch.now(),
        };
        let (columns, select) = how.select(waiting());
        batch.insert_select::<jobs::Entity>(columns, select).await?;
        link(batch, waiting()).await
    }

    /// While it ran, the application may have given a log that it had just begun a job of its own.
    async fn finish(&self, changes: &Changes<'_>) -> Result<(), DataError> {
        let passed_over = Job::Id.in_subquery(unlinked().clear_selects().expr(Job::Id.into_expr()).take());
        let which = Condition::all().add(passed_over);
        changes.delete_where::<jobs::Entity>(which).await.map(drop)
    }

    fn invariants(&self) -> Vec<Invariant> {
        vec![
            Invariant::none("a finished log without a job", without_job()),
            Invariant::none("a log linked to another event's job", estranged()),
            Invariant::none("a log's job that the log is not linked to", unlinked()),
        ]
    }
}

/// The logs of the batch without a job.
fn waiting(batch: &Batch<'_, logs::Entity>) -> Condition {
    // Not the bare column, whose index a planner would go through from end to end for each batch: it may think that few
    // logs have no job.
    let job = sql::concat([Log::JobId.into_expr(), Expr::cust("''")]);
    batch.range().add(job.is_null())
}

/// Whether a log has an end and a job that was made of it. Without the last condition, a run that says so of itself would be
/// done again and again.
fn may_have_ended_since() -> Expr {
    Log::JobId
        .like(format!("{OF_LOGS}%"))
        .and(is(LogStatus::FINISHED))
        .and(Log::Error.is_null().or(Log::Error.ne(NO_OUTCOME)))
}

/// Whether a log's job was made before its end had come. It is asked after as a single value: as a join, it would be for
/// the planner to say whether all jobs are read, for each batch anew.
fn job_is_open() -> Expr {
    let is_open = Query::select()
        .expr(
            Job::Status
                .eq(JobStatus::Running)
                .or(Job::Status.eq(JobStatus::Failed).and(Job::LastError.eq(NO_OUTCOME))),
        )
        .from(jobs::Entity)
        .and_where(Job::Id.into_expr().eq(Log::JobId.into_expr()))
        .take();
    Expr::SubQuery(None, Box::new(is_open.into()))
}

/// Takes back the jobs of the runs whose end has come since, so that they are made anew.
async fn reopen(batch: &Batch<'_, logs::Entity>) -> Result<(), DataError> {
    let ended = logs::Entity::find()
        .select_only()
        .column(Log::Id)
        .filter(batch.range())
        .filter(may_have_ended_since())
        .filter(job_is_open())
        .into_tuple::<i32>()
        .all(batch.transaction())
        .await?;
    for ended in ended.chunks(1000) {
        let ids = ended.iter().copied();
        let which = Condition::all().add(Log::Id.is_in(ids.clone()));
        batch
            .update_where::<logs::Entity>(vec![(Log::JobId, Expr::cust("NULL"))], which)
            .await?;
        let which = Condition::all().add(Job::Id.is_in(ids.map(JobId::for_log)));
        batch.delete_where::<jobs::Entity>(which).await?;
    }
    Ok(())
}

/// Puts the logs into quarantine that no job can be made of, and gives their keys.
async fn set_aside(batch: &mut Batch<'_, logs::Entity>) -> Result<Vec<i32>, DataError> {
    let event = Query::select()
        .column(Event::Id)
        .from(events::Entity)
        .and_where(Event::Id.into_expr().eq(Log::EventId.into_expr()))
        .take();
    let has_no_event = Expr::SubQuery(None, Box::new(event.into())).is_null();
    let odd: Vec<(i32, String, bool)> = logs::Entity::find()
        .select_only()
        .column(Log::Id)
        .column(Log::Status)
        .expr_as(has_no_event.clone(), "has_no_event")
        .filter(waiting(batch))
        .filter(is(LogStatus::iter()).not().or(has_no_event))
        .into_tuple()
        .all(batch.transaction())
        .await?;
    if odd.is_empty() {
        return Ok(Vec::new());
    }
    // Those that are in quarantine already are in the range, but none of the batch's rows.
    let rows: HashMap<i32, usize> = logs::Entity::find()
        .select_only()
        .column(Log::Id)
        .filter(batch.scope())
        .into_tuple::<i32>()
        .all(batch.transaction())
        .await
        .map(|mut ids| {
            ids.sort_unstable();
            ids.into_iter().zip(0..).collect()
        })?;
    for (id, status, has_no_event) in &odd {
        let Some(row) = rows.get(id) else {
            continue;
        };
        let reason = if *has_no_event {
            "the event that it is a run of is not there".to_owned()
        } else {
            let known: Vec<String> = LogStatus::iter().map(sea_orm::ActiveEnum::into_value).collect();
            format!("its status `{status}` is none of {}", known.join(", "))
        };
        batch.quarantined(*row, reason);
    }
    Ok(odd.into_iter().map(|(id, ..)| id).collect())
}

/// Links the logs whose job is there already: somebody has taken the link away.
async fn link_to_what_is_there(batch: &Batch<'_, logs::Entity>, waiting: Condition) -> Result<(), DataError> {
    let ends: Option<(Option<i32>, Option<i32>)> = logs::Entity::find()
        .select_only()
        .expr(Log::Id.min())
        .expr(Log::Id.max())
        .filter(waiting.clone())
        .into_tuple()
        .one(batch.transaction())
        .await?;
    let Some((Some(first), Some(last))) = ends else {
        return Ok(());
    };
    // A look into the index at the place where the jobs would be. Numbers below 0 come after the others there.
    let between = |first: i32, last: i32| {
        Job::Id
            .gte(JobId::for_log(first))
            .and(Job::Id.lte(JobId::for_log(last)))
    };
    let mut near = Condition::any();
    if first < 0 {
        near = near.add(between(first, Ord::min(last, -1)));
    }
    if last >= 0 {
        near = near.add(between(Ord::max(first, 0), last));
    }
    if jobs::Entity::find()
        .filter(near)
        .one(batch.transaction())
        .await?
        .is_none()
    {
        return Ok(());
    }
    let job = Query::select()
        .expr(Expr::cust("1"))
        .from(jobs::Entity)
        .and_where(Job::Id.into_expr().eq(job_of_log()))
        .take();
    link(
        batch,
        waiting.add(Expr::SubQuery(None, Box::new(job.into())).is_not_null()),
    )
    .await
}

async fn link(batch: &Batch<'_, logs::Entity>, which: Condition) -> Result<(), DataError> {
    batch
        .update_where::<logs::Entity>(vec![(Log::JobId, job_of_log())], which)
        .await
        .map(drop)
}

fn without_job() -> SelectStatement {
    let event = Query::select()
        .column(Event::Id)
        .from(events::Entity)
        .and_where(Event::Id.into_expr().eq(Log::EventId.into_expr()))
        .take();
    Query::select()
        .column(Log::Id)
        .from(logs::Entity)
        .and_where(Log::JobId.is_null())
        .and_where(is(LogStatus::FINISHED))
        .and_where(Expr::exists(event))
        .take()
}

fn estranged() -> SelectStatement {
    Query::select()
        .expr(Log::Id.into_expr())
        .from(logs::Entity)
        .inner_join(jobs::Entity, Job::Id.into_expr().eq(Log::JobId.into_expr()))
        .and_where(Job::EventId.into_expr().ne(Log::EventId.into_expr()))
        .take()
}

/// The jobs that were made for a log which is linked to none or to another.
fn unlinked() -> SelectStatement {
    Query::select()
        .expr(Log::Id.into_expr())
        .from(logs::Entity)
        .inner_join(jobs::Entity, Job::Id.into_expr().eq(job_of_log()))
        .and_where(Log::JobId.is_null().or(Log::JobId.into_expr().ne(job_of_log())))
        .take()
}

//! What a job's steps say in its log and in the counters of its event.

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    prelude::{DateTime, Expr},
    sea_query::ExprTrait as _,
};

use super::{Doing as _, QueueError, returning};
use crate::{
    events::{EventStatus, LogStatus, events, logs},
    jobs::jobs,
};

const DOING: &str = "writing a job's log";

/// How a run stands, for its log.
pub(super) struct Entry {
    pub(super) status: LogStatus,
    pub(super) output: Option<String>,
    pub(super) error: Option<String>,
}

impl Entry {
    pub(super) const fn of(status: LogStatus) -> Self {
        Self {
            status,
            output: None,
            error: None,
        }
    }
}

/// The log that sums a job up, as far as the job says. Its other logs are lines that the orchestrator has posted.
pub(crate) fn log_of(job: &jobs::Model) -> Option<i32> {
    let said = job.payload.known().and_then(|payload| payload.execution_log_id);
    said.or_else(|| job.metadata.known().and_then(|metadata| metadata.log_id))
}

/// The log that sums a job up; one is made where there is none, as for the jobs that waited before there were logs.
pub(super) async fn ensure<C: ConnectionTrait>(
    tx: &C,
    now: DateTime,
    job: &mut jobs::Model,
) -> Result<i32, QueueError> {
    if let Some(log) = log_of(job) {
        return Ok(log);
    }
    let oldest = logs::Entity::find()
        .select_only()
        .column(logs::Column::Id)
        .filter(logs::Column::JobId.eq(job.id.clone()))
        .order_by_asc(logs::Column::Id)
        .into_tuple();
    let log = match oldest.one(tx).await.doing(DOING)? {
        Some(log) => log,
        None => made(tx, now, job).await?,
    };
    if let Some(payload) = job.payload.known_mut() {
        payload.execution_log_id = Some(log);
    }
    if let Some(metadata) = job.metadata.known_mut() {
        metadata.log_id = Some(log);
    }
    let change = jobs::ActiveModel {
        payload: Set(job.payload.clone()),
        metadata: Set(job.metadata.clone()),
        ..Default::default()
    };
    let this = jobs::Column::Id.eq(job.id.clone());
    let update = jobs::Entity::update_many().set(change).filter(this);
    update.exec(tx).await.doing(DOING)?;
    Ok(log)
}

async fn made<C: ConnectionTrait>(tx: &C, now: DateTime, job: &jobs::Model) -> Result<i32, QueueError> {
    let event = events::Entity::find_by_id(job.event_id).one(tx).await.doing(DOING)?;
    let event = event.ok_or(QueueError::NoEvent(job.event_id))?;
    let log = logs::ActiveModel {
        job_id: Set(Some(job.id.clone())),
        workflow_id: Set(job.payload.known().and_then(|payload| payload.workflow_id)),
        ..first(&event, &job.user_id, now)
    };
    Ok(log.insert(tx).await.doing(DOING)?.id)
}

/// The log of a run that has not begun.
pub(super) fn first(event: &events::Model, user_id: &str, now: DateTime) -> logs::ActiveModel {
    logs::ActiveModel {
        event_id: Set(event.id),
        user_id: Set(Some(user_id.to_owned())),
        status: Set(LogStatus::Pending.into()),
        start_time: Set(now),
        successful: Set(Some(false)),
        event_name: Set(Some(event.name.clone())),
        event_type: Set(Some(event.r#type.clone())),
        retries: Set(Some(0)),
        ..Default::default()
    }
}

/// Says in a job's log how the job stands now.
pub(super) async fn write<C: ConnectionTrait>(
    tx: &C,
    now: DateTime,
    job: &mut jobs::Model,
    entry: Entry,
) -> Result<(), QueueError> {
    let id = ensure(tx, now, job).await?;
    let mut change = logs::ActiveModel {
        status: Set(entry.status.into()),
        successful: Set(Some(entry.status == LogStatus::Success)),
        retries: Set(Some(job.attempts)),
        error: Set(entry.error),
        ..Default::default()
    };
    match entry.status {
        LogStatus::Pending => {}
        LogStatus::Running => change.start_time = Set(now),
        _ => {
            change.end_time = Set(Some(now));
            change.output = Set(entry.output);
            // What never began took no time.
            change.duration = Set(job.started_at.map(|started| milliseconds(started, now)));
        }
    }
    let update = logs::Entity::update_many().set(change).filter(logs::Column::Id.eq(id));
    update.exec(tx).await.doing(DOING)?;
    Ok(())
}

/// The milliseconds between two moments, as far as a column holds them.
pub(crate) fn milliseconds(from: DateTime, to: DateTime) -> i32 {
    i32::try_from(Ord::max((to - from).num_milliseconds(), 0)).unwrap_or(i32::MAX)
}

/// Counts a run of an event that is over, and pauses the event if it was the last that it may have.
pub(super) async fn count<C: ConnectionTrait>(
    tx: &C,
    now: DateTime,
    job: &jobs::Model,
    was_success: bool,
) -> Result<(), QueueError> {
    const DOING: &str = "counting a run of an event";
    let one_more = |column: events::Column| Expr::col(column).add(1);
    let counter = if was_success {
        events::Column::SuccessCount
    } else {
        events::Column::FailureCount
    };
    let this = events::Column::Id.eq(job.event_id);
    let update = events::Entity::update_many()
        .col_expr(events::Column::ExecutionCount, one_more(events::Column::ExecutionCount))
        .col_expr(counter, one_more(counter))
        .col_expr(events::Column::LastRunAt, Expr::value(job.started_at.unwrap_or(now)))
        .filter(this.clone());
    let again = events::Entity::find().filter(this.clone());
    let Some(event) = returning(tx, update, again).await.doing(DOING)? else {
        return Ok(());
    };
    let is_used_up = event.max_executions > 0 && event.execution_count >= event.max_executions;
    if !is_used_up || event.status != EventStatus::Active {
        return Ok(());
    }
    let pause = events::ActiveModel {
        status: Set(EventStatus::Paused.into()),
        next_run_at: Set(None),
        updated_at: Set(now),
        ..Default::default()
    };
    events::Entity::update_many()
        .set(pause)
        .filter(this)
        .exec(tx)
        .await
        .doing(DOING)?;
    let note = logs::ActiveModel {
        status: Set(LogStatus::Paused.into()),
        end_time: Set(Some(now)),
        output: Set(Some(format!("Paused after {} executions", event.execution_count))),
        ..first(&event, &event.user_id, now)
    };
    note.insert(tx).await.doing(DOING)?;
    Ok(())
}

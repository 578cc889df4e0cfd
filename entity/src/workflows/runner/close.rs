//! How a run ends.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    TransactionSession as _, TransactionTrait, prelude::DateTime,
};

use super::{
    RunError,
    advance::{lock, rows_of},
    error::Running as _,
};
use crate::{
    World,
    events::LogStatus,
    jobs::{
        JobId, JobStatus, jobs,
        queue::{By, QueueError, begin, cancel_in, milliseconds},
    },
    workflows::{WorkflowLogLevel, workflow_execution_events, workflow_executions, workflow_logs},
};

const DOING: &str = "ending a run of a workflow";

/// Whether the row of a node says that it never ran and never will: nothing began, and the row is closed.
///
/// There is no status for it, so it stays `PENDING`; its `error_message` says why.
pub fn is_skipped(node: &workflow_execution_events::Model) -> bool {
    node.status == LogStatus::Pending && node.completed_at.is_some()
}

/// Calls a run off: its jobs that are not over are cancelled, its nodes that wait are closed, and it ends as a failure.
///
/// # Errors
/// [`RunError::NoRun`], [`RunError::Over`], [`RunError::Queue`], [`RunError::Database`].
pub async fn cancel<C: TransactionTrait>(db: &C, world: &impl World, run: i32) -> Result<(), RunError> {
    let now = world.now();
    let tx = begin(db).await.running(DOING)?;
    let (run, is_open) = lock(&tx, run, now).await?;
    if !is_open {
        return Err(RunError::Over {
            run: run.id,
            status: run.status.to_string(),
        });
    }
    let mut rows = rows_of(&tx, run.id).await?;
    for row in rows.iter_mut().filter(|row| row.completed_at.is_none()) {
        // In whatever state it is by now: what has ended, has ended well or badly.
        let is_over = match cancel_in(&tx, world, &JobId::for_node(row.id), By::System).await {
            Ok(_) => None,
            Err(QueueError::State { status, .. }) => Some(status),
            Err(QueueError::NoJob(_)) => {
                skip(&tx, now, row, "the run was cancelled").await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        row.status = match is_over {
            Some(JobStatus::Completed) => LogStatus::Success.into(),
            _ => LogStatus::Failure.into(),
        };
        let job = jobs::Entity::find_by_id(JobId::for_node(row.id))
            .one(&tx)
            .await
            .running(DOING)?;
        let started = job.and_then(|job| job.started_at);
        let change = workflow_execution_events::ActiveModel {
            id: Set(row.id),
            status: Set(row.status.clone()),
            started_at: Set(started),
            completed_at: Set(Some(now)),
            duration: Set(started.map(|started| milliseconds(started, now))),
            error_message: Set(is_over.is_none().then(|| "Cancelled".to_owned())),
            ..Default::default()
        };
        change.update(&tx).await.running(DOING)?;
    }
    close(&tx, now, &run, &rows, Some("Cancelled")).await?;
    tx.commit().await.running(DOING)?;
    Ok(())
}

/// Closes the row of a node that never runs.
pub(super) async fn skip<C: ConnectionTrait>(
    tx: &C,
    now: DateTime,
    row: &mut workflow_execution_events::Model,
    reason: &str,
) -> Result<(), RunError> {
    row.completed_at = Some(now);
    row.error_message = Some(format!("Skipped: {reason}"));
    let change = workflow_execution_events::ActiveModel {
        id: Set(row.id),
        completed_at: Set(row.completed_at),
        error_message: Set(row.error_message.clone()),
        ..Default::default()
    };
    change.update(tx).await.running(DOING)?;
    Ok(())
}

/// Ends a run whose nodes have all ended or been skipped. Its total counts the nodes that ran.
pub(super) async fn close<C: ConnectionTrait>(
    tx: &C,
    now: DateTime,
    run: &workflow_executions::Model,
    rows: &[workflow_execution_events::Model],
    failure: Option<&str>,
) -> Result<LogStatus, RunError> {
    let ran = rows.iter().filter(|row| !is_skipped(row)).count();
    let well = rows.iter().filter(|row| row.status == LogStatus::Success).count();
    let badly = ran - well;
    let failure = failure.or((rows.is_empty()).then_some("The workflow has no nodes"));
    let status = if badly == 0 && failure.is_none() {
        LogStatus::Success
    } else {
        LogStatus::Failure
    };
    let count = |count: usize| Set(Some(i32::try_from(count).unwrap_or(i32::MAX)));
    let change = workflow_executions::ActiveModel {
        status: Set(status.into()),
        completed_at: Set(Some(now)),
        total_duration: Set(Some(milliseconds(run.started_at, now))),
        total_events: count(ran),
        successful_events: count(well),
        failed_events: count(badly),
        updated_at: Set(now),
        ..Default::default()
    };
    let this = workflow_executions::Column::Id.eq(run.id);
    let update = workflow_executions::Entity::update_many().set(change).filter(this);
    update.exec(tx).await.running(DOING)?;
    let level = if status == LogStatus::Success {
        WorkflowLogLevel::Info
    } else {
        WorkflowLogLevel::Error
    };
    let skipped = rows.len() - ran;
    let mut end = Line::of(
        level,
        status,
        format!("Ended: {well} well, {badly} badly, {skipped} skipped"),
    );
    end.end = Some(now);
    end.error = failure.map(str::to_owned);
    line(tx, now, run, end).await?;
    Ok(status)
}

/// A line of the workflow's log.
pub(super) struct Line {
    level: WorkflowLogLevel,
    status: LogStatus,
    message: String,
    end: Option<DateTime>,
    error: Option<String>,
}

impl Line {
    pub(super) const fn of(level: WorkflowLogLevel, status: LogStatus, message: String) -> Self {
        Self {
            level,
            status,
            message,
            end: None,
            error: None,
        }
    }
}

pub(super) async fn line<C: ConnectionTrait>(
    tx: &C,
    now: DateTime,
    run: &workflow_executions::Model,
    line: Line,
) -> Result<(), RunError> {
    let line = workflow_logs::ActiveModel {
        workflow_id: Set(run.workflow_id),
        status: Set(line.status.into()),
        level: Set(line.level.into()),
        message: Set(Some(line.message)),
        start_time: Set(run.started_at),
        end_time: Set(line.end),
        error: Set(line.error),
        timestamp: Set(now),
        user_id: Set(Some(run.user_id.clone())),
        created_at: Set(now),
        ..Default::default()
    };
    let insert = workflow_logs::Entity::insert(line);
    insert
        .exec_without_returning(tx)
        .await
        .running("writing a workflow's log")?;
    Ok(())
}

//! How a run goes on.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    TransactionSession as _, TransactionTrait,
    prelude::{DateTime, Expr},
};

use super::{
    RunError,
    close::{close, is_skipped, skip},
    data::{RunData, object},
    error::Running as _,
    plan::{self, Due, Stand},
};
use crate::{
    World,
    events::{LogStatus, logs},
    jobs::{
        JobId, JobStatus, jobs,
        queue::{NewJob, Part, QueueError, begin, create_in, log_of},
    },
    values::{Document, Object},
    workflows::{workflow_execution_events, workflow_executions},
};

const DOING: &str = "moving a run of a workflow on";

/// What a call did for a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// The jobs that were queued.
    pub queued: Vec<JobId>,
    /// The nodes that never run, as the call found out.
    pub skipped: Vec<i32>,
    /// How the run ended, if it is over.
    pub ended: Option<LogStatus>,
}

/// Moves a run on as far as its jobs have come: notes what became of those that are over, queues the nodes that are due, closes those
/// that never run, and closes the run when nothing is left.
///
/// Calls for the same run wait for each other, so each node is queued once. A call for a run that is over does nothing.
///
/// # Errors
/// [`RunError::NoRun`], [`RunError::Queue`], [`RunError::Database`]; it may be called again then.
pub async fn advance<C: TransactionTrait>(db: &C, world: &impl World, run: i32) -> Result<Progress, RunError> {
    let tx = begin(db).await.running(DOING)?;
    let (run, is_open) = lock(&tx, run, world.now()).await?;
    if !is_open {
        return Ok(Progress {
            ended: run.status.known().copied(),
            ..Progress::default()
        });
    }
    let progress = move_on(&tx, world, &run).await?;
    tx.commit().await.running(DOING)?;
    Ok(progress)
}

/// Moves all runs on that are open: for the end of a job whose call of [`advance`] was never made.
///
/// # Errors
/// As [`advance`], of the first run that can't be moved on. All others have been.
pub async fn resume<C>(db: &C, world: &impl World) -> Result<Vec<(i32, Progress)>, RunError>
where
    C: ConnectionTrait + TransactionTrait,
{
    let open: Vec<i32> = workflow_executions::Entity::find()
        .select_only()
        .column(workflow_executions::Column::Id)
        .filter(workflow_executions::Column::Status.eq(LogStatus::Running))
        .order_by_asc(workflow_executions::Column::Id)
        .into_tuple()
        .all(db)
        .await
        .running(DOING)?;
    let mut all = Vec::with_capacity(open.len());
    let mut failed = None;
    for run in open {
        match advance(db, world, run).await {
            Ok(progress) => all.push((run, progress)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(all), Err)
}

/// The run, locked against everybody else who would move it on, and whether it is open.
pub(super) async fn lock<C: ConnectionTrait>(
    tx: &C,
    run: i32,
    now: DateTime,
) -> Result<(workflow_executions::Model, bool), RunError> {
    let touch = workflow_executions::Entity::update_many()
        .col_expr(workflow_executions::Column::UpdatedAt, Expr::value(now))
        .filter(workflow_executions::Column::Id.eq(run))
        .filter(workflow_executions::Column::Status.eq(LogStatus::Running));
    let is_open = touch.exec(tx).await.running(DOING)?.rows_affected > 0;
    let found = workflow_executions::Entity::find_by_id(run)
        .one(tx)
        .await
        .running(DOING)?;
    Ok((found.ok_or(RunError::NoRun(run))?, is_open))
}

/// The rows of a run's nodes, by id.
pub(super) async fn rows_of<C: ConnectionTrait>(
    tx: &C,
    run: i32,
) -> Result<Vec<workflow_execution_events::Model>, RunError> {
    let rows = workflow_execution_events::Entity::find()
        .filter(workflow_execution_events::Column::WorkflowExecutionId.eq(run))
        .order_by_asc(workflow_execution_events::Column::Id);
    rows.all(tx).await.running(DOING)
}

/// A run of which the lock is held.
struct Run<'r> {
    row: &'r workflow_executions::Model,
    data: RunData,
    rows: Vec<workflow_execution_events::Model>,
    /// By the ids of the rows.
    jobs: HashMap<i32, jobs::Model>,
}

pub(super) async fn move_on<C: ConnectionTrait>(
    tx: &C,
    world: &impl World,
    run: &workflow_executions::Model,
) -> Result<Progress, RunError> {
    let now = world.now();
    let data = run.execution_data.clone().unwrap_or_default();
    let data = match Document::<RunData>::from_json(data) {
        Document::Known(data) => data,
        // A run that another program began has no graph to follow, and is that program's.
        Document::Other(_) => return Ok(Progress::default()),
    };
    let rows = rows_of(tx, run.id).await?;
    let jobs = jobs_of(tx, &rows).await?;
    let mut this = Run {
        row: run,
        data,
        rows,
        jobs,
    };
    this.note(tx).await?;
    let mut progress = Progress::default();
    loop {
        let stands = this.stands();
        let mut dues: Vec<(usize, Due)> = Vec::new();
        for (at, row) in this.rows.iter().enumerate() {
            if stands.get(&row.node_id) == Some(&Stand::Waiting) {
                dues.push((at, plan::due(row.node_id, &this.data.connections, &stands)));
            }
        }
        dues.retain(|(_, due)| *due != Due::Wait);
        if dues.is_empty() {
            break;
        }
        // Making a job may lock its event; all lock in the same order.
        dues.sort_by_key(|(at, _)| this.rows[*at].event_id);
        for (at, due) in dues {
            if let Due::Skip(edge) = due {
                let row = &mut this.rows[at];
                let kind = sea_orm::ActiveEnum::to_value(&edge.r#type);
                let reason = format!("its connection {kind} from the node {} does not hold", edge.source);
                skip(tx, now, row, &reason).await?;
                progress.skipped.push(row.node_id);
            } else if let Some(job) = this.queue(tx, world, at).await? {
                progress.queued.push(job);
            }
        }
    }
    if this.rows.iter().all(|row| row.completed_at.is_some()) {
        progress.ended = Some(close(tx, now, run, &this.rows, None).await?);
    }
    Ok(progress)
}

async fn jobs_of<C: ConnectionTrait>(
    tx: &C,
    rows: &[workflow_execution_events::Model],
) -> Result<HashMap<i32, jobs::Model>, RunError> {
    let ids: HashMap<JobId, i32> = rows.iter().map(|row| (JobId::for_node(row.id), row.id)).collect();
    let jobs = jobs::Entity::find().filter(jobs::Column::Id.is_in(ids.keys().cloned()));
    let jobs = jobs.all(tx).await.running(DOING)?;
    Ok(jobs
        .into_iter()
        .filter_map(|job| Some((*ids.get(&job.id)?, job)))
        .collect())
}

impl Run<'_> {
    /// Writes into the rows of the nodes what became of their jobs.
    async fn note<C: ConnectionTrait>(&mut self, tx: &C) -> Result<(), RunError> {
        let open = self.rows.iter().filter(|row| row.completed_at.is_none());
        let logs: Vec<i32> = open.filter_map(|row| log_of(self.jobs.get(&row.id)?)).collect();
        let logs = logs::Entity::find()
            .filter(logs::Column::Id.is_in(logs))
            .all(tx)
            .await
            .running(DOING)?;
        let logs: HashMap<i32, logs::Model> = logs.into_iter().map(|log| (log.id, log)).collect();
        for row in self.rows.iter_mut().filter(|row| row.completed_at.is_none()) {
            let Some(job) = self.jobs.get(&row.id) else { continue };
            let log = log_of(job).and_then(|log| logs.get(&log));
            let status = match job.status {
                JobStatus::Queued | JobStatus::Claimed => LogStatus::Pending,
                JobStatus::Running => LogStatus::Running,
                // The log tells more: whether it took too long, whether it failed on some servers.
                JobStatus::Completed => told(log).unwrap_or(LogStatus::Success),
                JobStatus::Failed | JobStatus::Cancelled => told(log).unwrap_or(LogStatus::Failure),
            };
            let is_over = JobStatus::FINISHED.contains(&job.status);
            if row.status == status && row.started_at == job.started_at && !is_over {
                continue;
            }
            row.status = status.into();
            row.started_at = job.started_at;
            if is_over {
                row.completed_at = Some(job.completed_at.unwrap_or(job.updated_at));
                row.duration = log.and_then(|log| log.duration);
                row.output = log.and_then(|log| log.output.clone());
                row.error_message = log.and_then(|log| log.error.clone());
            }
            let change = workflow_execution_events::ActiveModel {
                id: Set(row.id),
                status: Set(row.status.clone()),
                started_at: Set(row.started_at),
                completed_at: Set(row.completed_at),
                duration: Set(row.duration),
                output: Set(row.output.clone()),
                error_message: Set(row.error_message.clone()),
                ..Default::default()
            };
            change.update(tx).await.running(DOING)?;
        }
        Ok(())
    }

    fn stands(&self) -> BTreeMap<i32, Stand> {
        let stand = |row: &workflow_execution_events::Model| {
            let job = self.jobs.get(&row.id);
            if is_skipped(row) {
                Stand::Skipped
            } else if row.completed_at.is_some() {
                let result = job.and_then(|job| job.result.as_ref()).and_then(Document::known);
                Stand::Ended {
                    well: row.status == LogStatus::Success,
                    condition: result.and_then(|result| result.condition) == Some(true),
                }
            } else if job.is_some() {
                Stand::Queued
            } else {
                Stand::Waiting
            }
        };
        self.rows.iter().map(|row| (row.node_id, stand(row))).collect()
    }

    /// Makes the job of a node. A node whose event may not run has failed.
    async fn queue<C: ConnectionTrait>(
        &mut self,
        tx: &C,
        world: &impl World,
        at: usize,
    ) -> Result<Option<JobId>, RunError> {
        let now = world.now();
        let (row, job) = (&self.rows[at], JobId::for_node(self.rows[at].id));
        let part = Part {
            job,
            workflow: self.row.workflow_id,
            execution: self.row.id,
            servers: self.data.servers.clone(),
        };
        let new = NewJob::node(row.event_id, part).input(self.input(row.node_id));
        let refused = match create_in(tx, world, &new).await {
            Ok(created) => {
                let id = created.job.id.clone();
                self.jobs.insert(row.id, created.job);
                return Ok(Some(id));
            }
            Err(error @ QueueError::Database { .. }) => return Err(error.into()),
            Err(refused) => refused,
        };
        let row = &mut self.rows[at];
        row.status = LogStatus::Failure.into();
        row.completed_at = Some(now);
        row.error_message = Some(refused.to_string());
        let change = workflow_execution_events::ActiveModel {
            id: Set(row.id),
            status: Set(row.status.clone()),
            completed_at: Set(row.completed_at),
            error_message: Set(row.error_message.clone()),
            ..Default::default()
        };
        change.update(tx).await.running(DOING)?;
        Ok(None)
    }

    /// The input of a node: what the script of the last of its predecessors that ended well has handed in, or else what the run
    /// was given.
    fn input(&self, node: i32) -> Object {
        let sources = self.data.connections.iter().filter(|edge| edge.target == node);
        let sources: Vec<i32> = sources.map(|edge| edge.source).collect();
        let last = self
            .rows
            .iter()
            .filter(|row| sources.contains(&row.node_id) && row.status == LogStatus::Success)
            .max_by_key(|row| (row.completed_at, row.node_id));
        let result = last
            .and_then(|row| self.jobs.get(&row.id))
            .and_then(|job| job.result.as_ref())
            .and_then(Document::known);
        // What a process printed stands in the same place, without a time.
        let output = result.filter(|result| result.output_timestamp.is_some());
        match output {
            Some(result) => object(result.output.clone().unwrap_or_default()),
            None => self.data.input(),
        }
    }
}

/// What a log says of a run that is over.
fn told(log: Option<&logs::Model>) -> Option<LogStatus> {
    let status = log?.status.known().copied();
    status.filter(|status| LogStatus::FINISHED.contains(status))
}

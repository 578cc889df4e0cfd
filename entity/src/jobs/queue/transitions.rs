//! The steps of a job that is claimed.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, TransactionSession as _,
    TransactionTrait,
    prelude::{DateTime, Expr},
    sea_query::ExprTrait as _,
};
use serde_json::Value as Json;

use super::{
    Deed, Doing as _, QueueError, begin,
    log::{self, Entry},
    retry, returning,
};
use crate::{
    World,
    events::{LogStatus, events},
    jobs::{JobId, JobMetrics, JobResult, JobStatus, jobs},
    values::{Document, clean, without_nul},
};

/// On whose behalf something is done to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// The orchestrator that has claimed it.
    Orchestrator(&'a str),
    /// The user whose job it is.
    User(&'a str),
    /// The application itself, which may.
    System,
}

impl By<'_> {
    fn condition(self) -> Condition {
        match self {
            Self::Orchestrator(id) => Condition::all().add(jobs::Column::OrchestratorId.eq(id)),
            Self::User(id) => Condition::all().add(jobs::Column::UserId.eq(id)),
            Self::System => Condition::all(),
        }
    }
}

/// How a run ended that ended well: with the exit code 0 and no error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// What the process printed, or what the service answered.
    pub output: Option<Json>,
    /// What it cost.
    pub metrics: Option<JobMetrics>,
    /// What happened on the servers on which it failed, where it ran on several. The job is done then, and the run counts
    /// as a failure.
    pub failed_servers: Option<String>,
}

impl Completion {
    /// As [`Failure::clean`].
    fn clean(mut self) -> Self {
        self.failed_servers = self.failed_servers.as_deref().map(clean);
        self.output = self.output.as_ref().map(without_nul);
        self
    }
}

/// How a run ended that ended badly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// Why, for people.
    pub error: String,
    /// The process's exit code; 1 if there is none.
    pub exit_code: Option<i32>,
    /// What the process had printed.
    pub output: Option<Json>,
    /// What it cost.
    pub metrics: Option<JobMetrics>,
}

impl Failure {
    /// A failure of which only the reason is known.
    pub fn because(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            ..Self::default()
        }
    }

    /// As every database takes it. A process may print what it likes, and its job has to end all the same.
    fn clean(mut self) -> Self {
        self.error = clean(&self.error);
        self.output = self.output.as_ref().map(without_nul);
        self
    }

    /// Whether it says that it took too long.
    fn is_timeout(&self) -> bool {
        let text = self.error.to_lowercase();
        text.contains("timeout") || text.contains("timed out")
    }
}

/// What became of a job that failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failed {
    /// It waits for its next try, at `scheduled_for`.
    Again(jobs::Model),
    /// It has no tries left.
    ForGood(jobs::Model),
}

/// Says that an orchestrator begins with a job that it has claimed.
///
/// # Errors
/// [`QueueError::NoJob`], [`QueueError::State`], [`QueueError::Owner`], [`QueueError::Database`].
pub async fn start<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    orchestrator: &str,
) -> Result<jobs::Model, QueueError> {
    const DOING: &str = "starting a job";
    let now = world.now();
    let tx = begin(db).await.doing(DOING)?;
    let change = jobs::ActiveModel {
        status: Set(JobStatus::Running),
        started_at: Set(Some(now)),
        updated_at: Set(now),
        ..Default::default()
    };
    let mut job = step(
        &tx,
        Deed::Start,
        job,
        By::Orchestrator(orchestrator),
        Condition::all(),
        change,
    )
    .await?;
    log::write(&tx, now, &mut job, Entry::of(LogStatus::Running)).await?;
    tx.commit().await.doing(DOING)?;
    Ok(job)
}

/// Gives a job back that an orchestrator has claimed and not begun, because it shuts down for example.
///
/// # Errors
/// As [`start`].
pub async fn release<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    orchestrator: &str,
) -> Result<jobs::Model, QueueError> {
    const DOING: &str = "releasing a job";
    let tx = begin(db).await.doing(DOING)?;
    let change = jobs::ActiveModel {
        status: Set(JobStatus::Queued),
        orchestrator_id: Set(None),
        updated_at: Set(world.now()),
        ..Default::default()
    };
    let job = step(
        &tx,
        Deed::Release,
        job,
        By::Orchestrator(orchestrator),
        Condition::all(),
        change,
    )
    .await?;
    tx.commit().await.doing(DOING)?;
    Ok(job)
}

/// Says that a job ended well.
///
/// What its script has told the runtime API stays: its output, where there is one, in `output` and what the process printed
/// in `logs`, and its condition.
///
/// # Errors
/// As [`start`].
pub async fn complete<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    orchestrator: &str,
    completion: Completion,
) -> Result<jobs::Model, QueueError> {
    const DOING: &str = "completing a job";
    let now = world.now();
    let tx = begin(db).await.doing(DOING)?;
    let change = ended(JobStatus::Completed, now);
    let mut job = step(
        &tx,
        Deed::Complete,
        job,
        By::Orchestrator(orchestrator),
        Condition::all(),
        change,
    )
    .await?;
    let completion = completion.clean();
    let error = completion.failed_servers;
    let entry = Entry {
        status: if error.is_none() {
            LogStatus::Success
        } else {
            LogStatus::Partial
        },
        output: completion.output.as_ref().map(text),
        error: error.clone(),
    };
    let error = error.map(Json::String);
    let result = result(job.result.take(), completion.output, 0, completion.metrics, error);
    keep_result(&tx, &mut job, Some(result)).await?;
    let was_success = entry.status == LogStatus::Success;
    log::write(&tx, now, &mut job, entry).await?;
    log::count(&tx, now, &job, was_success).await?;
    tx.commit().await.doing(DOING)?;
    Ok(job)
}

/// Says that a job ended badly. It is tried again after a pause that grows, as often as its payload's `retries` say.
///
/// # Errors
/// As [`start`].
pub async fn fail<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    orchestrator: &str,
    failure: Failure,
) -> Result<Failed, QueueError> {
    fail_if(
        db,
        world,
        job,
        By::Orchestrator(orchestrator),
        Condition::all(),
        failure,
    )
    .await
}

pub(super) async fn fail_if<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    by: By<'_>,
    condition: Condition,
    failure: Failure,
) -> Result<Failed, QueueError> {
    const DOING: &str = "failing a job";
    let now = world.now();
    let tx = begin(db).await.doing(DOING)?;
    let failure = failure.clean();
    let change = jobs::ActiveModel {
        last_error: Set(Some(failure.error.clone())),
        ..ended(JobStatus::Failed, now)
    };
    let mut job = step(&tx, Deed::Fail, job, by, condition, change).await?;
    let event = match job.payload.known() {
        Some(_) => None,
        None => events::Entity::find_by_id(job.event_id).one(&tx).await.doing(DOING)?,
    };
    if retry::has_a_try_left(&job, event.as_ref()) {
        job.status = JobStatus::Queued;
        job.scheduled_for = now + retry::backoff(job.attempts, world.random());
        (job.orchestrator_id, job.started_at, job.completed_at, job.result) = (None, None, None, None);
        let change = jobs::ActiveModel {
            status: Set(job.status),
            scheduled_for: Set(job.scheduled_for),
            orchestrator_id: Set(None),
            started_at: Set(None),
            completed_at: Set(None),
            result: Set(None),
            ..Default::default()
        };
        let this = jobs::Column::Id.eq(job.id.clone());
        jobs::Entity::update_many()
            .set(change)
            .filter(this)
            .exec(&tx)
            .await
            .doing(DOING)?;
        let entry = Entry {
            error: Some(failure.error),
            ..Entry::of(LogStatus::Pending)
        };
        log::write(&tx, now, &mut job, entry).await?;
        tx.commit().await.doing(DOING)?;
        return Ok(Failed::Again(job));
    }
    let entry = Entry {
        status: if failure.is_timeout() {
            LogStatus::Timeout
        } else {
            LogStatus::Failure
        },
        output: failure.output.as_ref().map(text),
        error: Some(failure.error.clone()),
    };
    let (exit_code, error) = (failure.exit_code.unwrap_or(1), Json::String(failure.error));
    let result = result(
        job.result.take(),
        failure.output,
        exit_code,
        failure.metrics,
        Some(error),
    );
    keep_result(&tx, &mut job, Some(result)).await?;
    log::write(&tx, now, &mut job, entry).await?;
    log::count(&tx, now, &job, false).await?;
    tx.commit().await.doing(DOING)?;
    Ok(Failed::ForGood(job))
}

/// Calls a job off that is not over. Its log says that it failed; its event counts no run.
///
/// # Errors
/// As [`start`].
pub async fn cancel<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    by: By<'_>,
) -> Result<jobs::Model, QueueError> {
    const DOING: &str = "cancelling a job";
    let tx = begin(db).await.doing(DOING)?;
    let job = cancel_in(&tx, world, job, by).await?;
    tx.commit().await.doing(DOING)?;
    Ok(job)
}

pub(crate) async fn cancel_in<C: ConnectionTrait>(
    tx: &C,
    world: &impl World,
    job: &JobId,
    by: By<'_>,
) -> Result<jobs::Model, QueueError> {
    let now = world.now();
    let change = ended(JobStatus::Cancelled, now);
    let mut job = step(tx, Deed::Cancel, job, by, Condition::all(), change).await?;
    let entry = Entry {
        error: Some("Cancelled".to_owned()),
        ..Entry::of(LogStatus::Failure)
    };
    log::write(tx, now, &mut job, entry).await?;
    Ok(job)
}

fn ended(status: JobStatus, now: DateTime) -> jobs::ActiveModel {
    jobs::ActiveModel {
        status: Set(status),
        completed_at: Set(Some(now)),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// Changes a job if it is in a state that allows it, belongs to whoever asks and meets the condition; it is locked then.
pub(super) async fn step<C: ConnectionTrait>(
    tx: &C,
    deed: Deed,
    job: &JobId,
    by: By<'_>,
    condition: Condition,
    change: jobs::ActiveModel,
) -> Result<jobs::Model, QueueError> {
    const DOING: &str = "changing a job";
    let mut update = jobs::Entity::update_many()
        .set(change)
        .filter(jobs::Column::Id.eq(job.clone()))
        .filter(jobs::Column::Status.is_in(deed.from().iter().copied()))
        .filter(by.condition())
        .filter(condition);
    if deed == Deed::Fail {
        update = update.col_expr(jobs::Column::Attempts, Expr::col(jobs::Column::Attempts).add(1));
    }
    let find = jobs::Entity::find_by_id(job.clone());
    if let Some(job) = returning(tx, update, find.clone()).await.doing(DOING)? {
        return Ok(job);
    }
    let found = find
        .one(tx)
        .await
        .doing(DOING)?
        .ok_or_else(|| QueueError::NoJob(job.clone()))?;
    let (asked, owner) = match by {
        By::Orchestrator(asked) => (asked, found.orchestrator_id),
        By::User(asked) => (asked, Some(found.user_id)),
        By::System => ("", Some(String::new())),
    };
    let is_in_state = deed.from().contains(&found.status);
    if is_in_state && owner.as_deref() != Some(asked) {
        return Err(QueueError::Owner {
            job: found.id,
            deed,
            asked: asked.to_owned(),
            owner,
        });
    }
    Err(QueueError::State {
        job: found.id,
        deed,
        status: found.status,
    })
}

pub(super) async fn keep_result<C: ConnectionTrait>(
    tx: &C,
    job: &mut jobs::Model,
    result: Option<Document<JobResult>>,
) -> Result<(), QueueError> {
    job.result = result;
    let change = jobs::ActiveModel {
        result: Set(job.result.clone()),
        ..Default::default()
    };
    let this = jobs::Column::Id.eq(job.id.clone());
    let update = jobs::Entity::update_many().set(change).filter(this);
    update.exec(tx).await.doing("keeping a job's result")?;
    Ok(())
}

/// The result of a run that is over, with what its script has told the runtime API before.
fn result(
    told: Option<Document<JobResult>>,
    printed: Option<Json>,
    exit_code: i32,
    metrics: Option<JobMetrics>,
    error: Option<Json>,
) -> Document<JobResult> {
    let told = told.and_then(Document::into_known).unwrap_or_default();
    let has_told = told.output_timestamp.is_some();
    Document::Known(JobResult {
        output: if has_told { told.output } else { printed.clone() },
        logs: printed,
        exit_code: Some(exit_code),
        metrics: metrics.map(Document::Known),
        error,
        ..told
    })
}

/// What a log shows of an output.
fn text(output: &Json) -> String {
    output.as_str().map_or_else(|| output.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_script_told_outlives_what_it_printed() {
        let told = Document::from_json(json!({
            "output": {"rows": 3}, "outputTimestamp": "2025-07-14T10:00:00Z",
            "condition": true, "conditionTimestamp": "2025-07-14T10:00:01Z", "trace": 7,
        }));
        let ended = result(Some(told), Some(json!("printed")), 0, None, None).to_json();
        assert_eq!(
            (&ended["output"], &ended["logs"]),
            (&json!({"rows": 3}), &json!("printed"))
        );
        assert_eq!((&ended["condition"], &ended["trace"]), (&json!(true), &json!(7)));
        let ended = result(None, Some(json!("printed")), 0, None, None).to_json();
        assert_eq!(ended, json!({"output": "printed", "exitCode": 0, "logs": "printed"}));
    }

    #[test]
    fn an_error_names_the_present_state_and_those_that_would_do() {
        let error = QueueError::State {
            job: JobId::for_log(1),
            deed: Deed::Fail,
            status: JobStatus::Cancelled,
        };
        let said = "the job `job_log-00000001` can't be failed: it is cancelled, and only a job that is claimed or running can; leave it as it is";
        assert_eq!(error.to_string(), said);
    }
}

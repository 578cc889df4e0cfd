//! How a job comes to be.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, TransactionSession as _,
    TransactionTrait, prelude::DateTime, sea_query::LockType,
};

use super::{Doing as _, QueueError, begin, log};
use crate::{
    World,
    events::{EventStatus, env_vars, event_servers, events, logs},
    jobs::{
        EventVariable, JobId, JobMetadata, JobPayload, JobPriority, JobStatus, JobTarget, JobTrigger, JobType,
        Schedule, jobs,
    },
    values::{Object, Stored},
};

const DOING: &str = "making a job";

/// When a job may run at the earliest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// At once.
    #[default]
    Now,
    /// At that moment, in UTC; at once if it is over.
    At(DateTime),
    /// When its event's schedule says. Only for an event that is active; the next run is queued once.
    Scheduled,
}

/// A run of an event that somebody asks for.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// The event.
    pub event_id: i32,
    /// What asks.
    pub trigger: JobTrigger,
    /// Who asks; the event's owner if nobody is named.
    pub user_id: Option<String>,
    /// How urgent it is.
    pub priority: JobPriority,
    /// When it may run.
    pub when: When,
    /// What the run gets as its input.
    pub input: Object,
    /// The job whose end asks for it.
    pub after: Option<JobId>,
    /// The part that it has in a workflow.
    pub(crate) part: Option<Part>,
}

/// The part of a job in a run of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) job: JobId,
    pub(crate) workflow: i32,
    pub(crate) execution: i32,
    /// The servers that take the place of the event's own.
    pub(crate) servers: Option<Vec<i32>>,
}

impl NewJob {
    fn of(event_id: i32, trigger: JobTrigger) -> Self {
        Self {
            event_id,
            trigger,
            user_id: None,
            priority: JobPriority::Normal,
            when: When::Now,
            input: Object::new(),
            after: None,
            part: None,
        }
    }

    /// A run at once, for a person.
    pub fn manual(event_id: i32, user_id: impl Into<String>) -> Self {
        Self {
            user_id: Some(user_id.into()),
            ..Self::of(event_id, JobTrigger::Manual)
        }
    }

    /// The next run by the event's schedule.
    pub fn scheduled(event_id: i32) -> Self {
        Self {
            when: When::Scheduled,
            ..Self::of(event_id, JobTrigger::Schedule)
        }
    }

    /// A run that the end of a job asks for.
    pub(crate) fn after(event_id: i32, job: &jobs::Model) -> Self {
        Self {
            after: Some(job.id.clone()),
            ..Self::of(event_id, JobTrigger::Manual)
        }
    }

    /// The run of a node of a workflow.
    pub(crate) fn node(event_id: i32, part: Part) -> Self {
        Self {
            part: Some(part),
            ..Self::of(event_id, JobTrigger::Workflow)
        }
    }

    /// With that urgency.
    #[must_use]
    pub fn priority(self, priority: JobPriority) -> Self {
        Self { priority, ..self }
    }

    /// Not before that.
    #[must_use]
    pub fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    /// With that input.
    #[must_use]
    pub fn input(self, input: Object) -> Self {
        Self { input, ..self }
    }
}

/// A job and the log that sums it up.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// The job; it waits.
    pub job: jobs::Model,
    /// The log's id.
    pub log_id: i32,
}

/// Makes a job for a run of an event, and its log, both or neither.
///
/// # Errors
/// [`QueueError::NoEvent`]; [`QueueError::EventStatus`] for an event that is archived, and by schedule for one that is not
/// active; [`QueueError::Exhausted`] if its runs and those that wait have reached `max_executions`; by schedule
/// [`QueueError::Schedule`], [`QueueError::NoNextRun`] and [`QueueError::AlreadyQueued`]; [`QueueError::Database`].
pub async fn create<C: TransactionTrait>(db: &C, world: &impl World, new: &NewJob) -> Result<Created, QueueError> {
    let tx = begin(db).await.doing(DOING)?;
    let created = create_in(&tx, world, new).await?;
    tx.commit().await.doing(DOING)?;
    Ok(created)
}

pub(crate) async fn create_in<C: ConnectionTrait>(
    tx: &C,
    world: &impl World,
    new: &NewJob,
) -> Result<Created, QueueError> {
    let now = world.now();
    let find = events::Entity::find_by_id(new.event_id);
    let mut event = find
        .clone()
        .one(tx)
        .await
        .doing(DOING)?
        .ok_or(QueueError::NoEvent(new.event_id))?;
    if event.max_executions > 0 || new.when == When::Scheduled {
        // What is counted or looked for below has to stay as it is; a key that refers to the event may still be made.
        let lock = match tx.get_database_backend() {
            DbBackend::Postgres => LockType::NoKeyUpdate,
            _ => LockType::Update,
        };
        event = find
            .lock(lock)
            .one(tx)
            .await
            .doing(DOING)?
            .ok_or(QueueError::NoEvent(new.event_id))?;
    }
    check_status(&event, new)?;
    check_count(tx, &event).await?;
    let scheduled_for = match new.when {
        When::Now => now,
        When::At(moment) => moment.max(now),
        When::Scheduled => next_run(tx, &event, now).await?,
    };

    let user_id = new.user_id.clone().unwrap_or_else(|| event.user_id.clone());
    let workflow = new.part.as_ref().map(|part| part.workflow);
    let log = logs::ActiveModel {
        workflow_id: Set(workflow),
        ..log::first(&event, &user_id, now)
    };
    let log_id = log.insert(tx).await.doing(DOING)?.id;

    let payload = payload(tx, &event, new, log_id).await?;
    let random = (u128::from(world.random()) << 64) | u128::from(world.random());
    let execution = new.part.as_ref().map(|part| part.execution);
    let job = jobs::ActiveModel {
        id: Set(new
            .part
            .as_ref()
            .map_or_else(|| JobId::random(random), |part| part.job.clone())),
        event_id: Set(event.id),
        user_id: Set(user_id),
        r#type: Set(JobType::of(&event.r#type)),
        status: Set(JobStatus::Queued),
        priority: Set(new.priority),
        payload: Set(payload.into()),
        scheduled_for: Set(scheduled_for),
        orchestrator_id: Set(None),
        started_at: Set(None),
        completed_at: Set(None),
        result: Set(None),
        attempts: Set(0),
        last_error: Set(None),
        metadata: Set(JobMetadata {
            event_name: Some(event.name.clone()),
            triggered_by: Some(new.trigger.into()),
            log_id: Some(log_id),
            workflow_id: workflow,
            workflow_execution_id: execution,
            previous_job_id: new.after.as_ref().map(ToString::to_string),
            ..JobMetadata::default()
        }
        .into()),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let job = job.insert(tx).await.doing(DOING)?;
    let link = logs::ActiveModel {
        job_id: Set(Some(job.id.clone())),
        ..Default::default()
    };
    let this = logs::Column::Id.eq(log_id);
    logs::Entity::update_many()
        .set(link)
        .filter(this)
        .exec(tx)
        .await
        .doing(DOING)?;
    if new.when == When::Scheduled {
        let next = events::ActiveModel {
            next_run_at: Set(Some(scheduled_for)),
            ..Default::default()
        };
        let this = events::Column::Id.eq(event.id);
        events::Entity::update_many()
            .set(next)
            .filter(this)
            .exec(tx)
            .await
            .doing(DOING)?;
    }
    Ok(Created { job, log_id })
}

fn check_status(event: &events::Model, new: &NewJob) -> Result<(), QueueError> {
    let needed = match &event.status {
        Stored::Known(EventStatus::Active) => return Ok(()),
        _ if new.trigger == JobTrigger::Schedule || new.when == When::Scheduled => {
            "only an active one runs by its schedule"
        }
        Stored::Known(EventStatus::Paused | EventStatus::Draft) => return Ok(()),
        _ => "such an event does not run at all",
    };
    Err(QueueError::EventStatus {
        event: event.id,
        status: event.status.to_string(),
        needed,
    })
}

const UNFINISHED: [JobStatus; 3] = [JobStatus::Queued, JobStatus::Claimed, JobStatus::Running];

/// Counts what waits and runs too: an event with one run left does not get two jobs.
async fn check_count<C: ConnectionTrait>(tx: &C, event: &events::Model) -> Result<(), QueueError> {
    if event.max_executions <= 0 {
        return Ok(());
    }
    let waiting = jobs::Entity::find()
        .filter(jobs::Column::EventId.eq(event.id))
        .filter(jobs::Column::Status.is_in(UNFINISHED));
    let waiting = waiting.count(tx).await.doing(DOING)?;
    let limit = u64::try_from(event.max_executions).unwrap_or_default();
    if u64::try_from(event.execution_count).unwrap_or_default() + waiting >= limit {
        return Err(QueueError::Exhausted {
            event: event.id,
            limit: event.max_executions,
        });
    }
    Ok(())
}

async fn next_run<C: ConnectionTrait>(tx: &C, event: &events::Model, now: DateTime) -> Result<DateTime, QueueError> {
    let schedule = Schedule::of(event).map_err(|source| QueueError::Schedule {
        event: event.id,
        source,
    })?;
    let next = schedule.next_after(now).ok_or(QueueError::NoNextRun(event.id))?;
    let same = jobs::Entity::find()
        .filter(jobs::Column::EventId.eq(event.id))
        .filter(jobs::Column::Status.is_in(UNFINISHED))
        .filter(jobs::Column::ScheduledFor.eq(next));
    match same.one(tx).await.doing(DOING)? {
        Some(job) => Err(QueueError::AlreadyQueued {
            event: event.id,
            job: job.id,
        }),
        None => Ok(next),
    }
}

async fn payload<C: ConnectionTrait>(
    tx: &C,
    event: &events::Model,
    new: &NewJob,
    log_id: i32,
) -> Result<JobPayload, QueueError> {
    let variables = env_vars::Entity::find()
        .filter(env_vars::Column::EventId.eq(event.id))
        .order_by_asc(env_vars::Column::Id);
    let variables = variables.all(tx).await.doing(DOING)?;
    let variables: Vec<EventVariable<'_>> = variables.iter().map(EventVariable::from).collect();
    let servers = event_servers::Entity::find()
        .select_only()
        .column(event_servers::Column::ServerId)
        .filter(event_servers::Column::EventId.eq(event.id))
        .order_by_asc(event_servers::Column::Id)
        .into_tuple();
    let servers: Vec<i32> = servers.all(tx).await.doing(DOING)?;
    let mut payload = JobPayload::of_event(event, &variables, &servers);
    payload.execution_log_id = Some(log_id);
    payload.input.clone_from(&new.input);
    if let Some(part) = &new.part {
        payload.workflow_id = Some(part.workflow);
        payload.workflow_execution_id = Some(part.execution);
        match part.servers.as_deref() {
            None | Some([]) => {}
            Some([one]) => payload.target = Some(JobTarget::server(*one)),
            Some(several) => payload.target = Some(JobTarget::servers(several)),
        }
    }
    Ok(payload)
}

//! Why the queue could not do it.

use std::fmt;

use sea_orm::{ActiveEnum as _, DbErr};
use thiserror::Error;

use crate::jobs::{JobId, JobStatus, ScheduleError};

/// What is done to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Its orchestrator begins with it.
    Start,
    /// Its script tells the runtime API an output or a condition.
    Report,
    /// It ends well.
    Complete,
    /// It ends badly, for good or until the next try.
    Fail,
    /// Its orchestrator gives it back without having begun.
    Release,
    /// It is called off.
    Cancel,
}

impl Deed {
    /// The statuses in which it can be done.
    ///
    /// ```
    /// use entity::jobs::{JobStatus, queue::Deed};
    ///
    /// assert!(!Deed::Complete.from().contains(&JobStatus::Cancelled));
    /// ```
    pub const fn from(self) -> &'static [JobStatus] {
        match self {
            Self::Start | Self::Release => &[JobStatus::Claimed],
            Self::Report | Self::Complete => &[JobStatus::Running],
            Self::Fail => &[JobStatus::Claimed, JobStatus::Running],
            Self::Cancel => &[JobStatus::Queued, JobStatus::Claimed, JobStatus::Running],
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "started",
            Self::Report => "reported on",
            Self::Complete => "completed",
            Self::Fail => "failed",
            Self::Release => "released",
            Self::Cancel => "cancelled",
        })
    }
}

/// Why the queue could not do it. Nothing was changed then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueueError {
    /// There is no such job.
    #[error("there is no job `{0}`: it never was, or it ended so long ago that it was deleted")]
    NoJob(JobId),
    /// The job is in another state.
    #[error(
        "the job `{job}` can't be {deed}: it is {}, and only a job that is {} can; leave it as it is",
        .status.to_value(),
        statuses(.deed.from())
    )]
    State {
        /// The job.
        job: JobId,
        /// What was to be done.
        deed: Deed,
        /// The state that it is in.
        status: JobStatus,
    },
    /// The job belongs to somebody else.
    #[error("the job `{job}` can't be {deed} by `{asked}`: it {}; leave it alone", belongs(.owner.as_deref()))]
    Owner {
        /// The job.
        job: JobId,
        /// What was to be done.
        deed: Deed,
        /// Who asked for it.
        asked: String,
        /// Whose it is.
        owner: Option<String>,
    },
    /// An orchestrator has to have a name.
    #[error("an orchestrator's id is 1 to 255 characters, and `{0}` is not")]
    Orchestrator(String),
    /// There is no such event.
    #[error("there is no event {0}, so it has no jobs")]
    NoEvent(i32),
    /// The event does not run.
    #[error("the event {event} is {status}, and {needed}; change its status first")]
    EventStatus {
        /// The event.
        event: i32,
        /// Its status.
        status: String,
        /// What it would have to be.
        needed: &'static str,
    },
    /// The event has run as often as it may.
    #[error(
        "the event {event} may run {limit} times and has, those that wait included; raise `max_executions` or set its counter back"
    )]
    Exhausted {
        /// The event.
        event: i32,
        /// How often it may run.
        limit: i32,
    },
    /// The event's schedule is none.
    #[error("the event {event} can't be scheduled: {source}")]
    Schedule {
        /// The event.
        event: i32,
        /// What is wrong with it.
        source: ScheduleError,
    },
    /// The event's schedule has come to an end.
    #[error("the schedule of the event {0} has no next run; change the schedule, or run it by hand")]
    NoNextRun(i32),
    /// The event's next run is in the queue already.
    #[error("the next run of the event {event} is in the queue already, as the job `{job}`")]
    AlreadyQueued {
        /// The event.
        event: i32,
        /// The job.
        job: JobId,
    },
    /// The database refused.
    #[error("the database failed while {doing}: {source}; it can be tried again")]
    Database {
        /// What was going on.
        doing: &'static str,
        /// What it said.
        source: DbErr,
    },
}

fn statuses(all: &[JobStatus]) -> String {
    let texts: Vec<String> = all.iter().map(JobStatus::to_value).collect();
    texts.join(" or ")
}

fn belongs(owner: Option<&str>) -> String {
    owner.map_or_else(
        || "belongs to nobody".to_owned(),
        |owner| format!("belongs to `{owner}`"),
    )
}

/// Says what was going on when the database failed.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, QueueError>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, doing: &'static str) -> Result<T, QueueError> {
        self.map_err(|source| QueueError::Database { doing, source })
    }
}

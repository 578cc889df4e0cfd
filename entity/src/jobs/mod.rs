//! The queue of executions that orchestrators drain.

#[cfg(feature = "rules")]
mod cron;
mod documents;
mod enumerations;
#[cfg(all(test, feature = "rules"))]
mod fixtures;
mod job_id;
#[cfg(feature = "rules")]
mod payload;
#[cfg(feature = "rules")]
pub mod queue;
#[cfg(feature = "rules")]
mod schedule;

#[expect(clippy::module_inception, reason = "the table is called like its domain")]
pub mod jobs;

#[cfg(feature = "rules")]
pub use cron::CronLine;
pub use documents::{
    JobHttpRequest, JobMetadata, JobMetrics, JobPayload, JobResources, JobResult, JobScript, JobTarget, JobTimeout,
    JobToolAction,
};
pub use enumerations::{JobOrigin, JobPriority, JobStatus, JobTrigger, JobType};
pub use job_id::{JobId, JobIdError};
#[cfg(feature = "rules")]
pub use payload::{EventVariable, EventWork};
#[cfg(feature = "rules")]
pub use schedule::{EventTiming, Schedule, ScheduleError};

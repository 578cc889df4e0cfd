//! The queue of executions that orchestrators drain.

mod documents;
mod enumerations;
mod job_id;

#[expect(clippy::module_inception, reason = "the table is called like its domain")]
pub mod jobs;

pub use documents::{
    JobHttpRequest, JobMetadata, JobMetrics, JobPayload, JobResources, JobResult, JobScript, JobTarget, JobTimeout,
    JobToolAction,
};
pub use enumerations::{JobPriority, JobStatus, JobTrigger, JobType};
pub use job_id::{JobId, JobIdError};

//! Why a run of a workflow could not be started or moved on.

use sea_orm::DbErr;
use thiserror::Error;

use crate::{jobs::queue::QueueError, workflows::graph::Fault};

/// Why a run of a workflow could not be started or moved on. Nothing was changed then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is no such workflow.
    #[error("there is no workflow {0}, so it can't run")]
    NoWorkflow(i32),
    /// The workflow does not run.
    #[error("the workflow {workflow} is {status}, and such a workflow does not run; change its status first")]
    WorkflowStatus {
        /// The workflow.
        workflow: i32,
        /// Its status.
        status: String,
    },
    /// The workflow has a connection that can't be followed.
    #[error(
        "the workflow {workflow} can't run: of its connection {connection}, {fault}; change the connection or delete it"
    )]
    Faulty {
        /// The workflow.
        workflow: i32,
        /// The oldest of its faulty connections.
        connection: i32,
        /// What is wrong with it.
        fault: Fault,
    },
    /// There is no such run.
    #[error("there is no run {0} of a workflow: it never was, or its workflow was deleted")]
    NoRun(i32),
    /// The run is over.
    #[error("the run {run} of a workflow is over ({status}), so it can't be cancelled")]
    Over {
        /// The run.
        run: i32,
        /// How it ended.
        status: String,
    },
    /// A job could not be made, read or cancelled.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The database refused.
    #[error("the database failed while {doing}: {source}; nothing was changed, so it can be tried again")]
    Database {
        /// What was going on.
        doing: &'static str,
        /// What it said.
        source: DbErr,
    },
}

/// Says what was going on when the database failed.
pub(super) trait Running<T> {
    fn running(self, doing: &'static str) -> Result<T, RunError>;
}

impl<T> Running<T> for Result<T, DbErr> {
    fn running(self, doing: &'static str) -> Result<T, RunError> {
        self.map_err(|source| RunError::Database { doing, source })
    }
}

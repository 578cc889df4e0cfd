//! What the columns of jobs may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{events::EventType, values::Stored};

/// What a job runs (`jobs.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobType {
    /// A script of any language.
    Script,
    /// An HTTP request.
    HttpRequest,
    /// An action of an integration.
    ToolAction,
}

impl JobType {
    /// The type of the jobs of an event of that type: what is neither a request nor an action runs as a script.
    pub fn of(event_type: &Stored<EventType>) -> Self {
        match event_type.known() {
            Some(EventType::HttpRequest) => Self::HttpRequest,
            Some(EventType::ToolAction) => Self::ToolAction,
            _ => Self::Script,
        }
    }
}

/// How far a job has come (`jobs.status`); in lower case, unlike all other statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waits for an orchestrator.
    Queued,
    /// Belongs to an orchestrator that has not started it.
    Claimed,
    /// Has been started.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Was called off by its owner.
    Cancelled,
}

impl JobStatus {
    /// The statuses that a job keeps for good.
    pub const FINISHED: [Self; 3] = [Self::Completed, Self::Failed, Self::Cancelled];
}

/// How urgent a job is (`jobs.priority`); the queue is drained from the highest number.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
#[serde(into = "i32", try_from = "i32")]
pub enum JobPriority {
    /// Runs when nothing else waits.
    #[sea_orm(num_value = 0)]
    Low,
    /// What every job has so far.
    #[sea_orm(num_value = 1)]
    Normal,
    /// Runs before the normal ones.
    #[sea_orm(num_value = 2)]
    High,
    /// Runs first.
    #[sea_orm(num_value = 3)]
    Critical,
}

impl From<JobPriority> for i32 {
    fn from(priority: JobPriority) -> Self {
        priority.into_value()
    }
}

impl TryFrom<i32> for JobPriority {
    type Error = DbErr;

    fn try_from(number: i32) -> Result<Self, Self::Error> {
        Self::try_from_value(&number)
    }
}

/// What made a job (`triggeredBy` in `jobs.metadata`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum JobTrigger {
    /// The schedule of its event.
    Schedule,
    /// A person or a program.
    Manual,
    /// A workflow.
    Workflow,
}

/// What made a job where it was not the application (`origin` in `jobs.metadata`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum JobOrigin {
    /// The migration of July 2025, for a run or an event of the time before there were jobs.
    Migration,
}

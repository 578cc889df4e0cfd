//! What the columns of events, their logs and their follow-up actions may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What an event runs (`events.type`, `logs.event_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventType {
    /// A Node.js script.
    Nodejs,
    /// A Python script.
    Python,
    /// A Bash script.
    Bash,
    /// An HTTP request.
    HttpRequest,
    /// An action of an integration; new in July 2025.
    ToolAction,
}

impl EventType {
    /// The types whose `content` is a script.
    pub const SCRIPTS: [Self; 3] = [Self::Nodejs, Self::Python, Self::Bash];
}

/// Whether an event or a workflow is in use (`events.status`, `workflows.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventStatus {
    /// Runs as its trigger says.
    Active,
    /// Does not run by itself; also set when `max_executions` is reached.
    Paused,
    /// Is not finished yet.
    Draft,
    /// Is kept for its history.
    Archived,
}

/// What starts an event (`events.trigger_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventTriggerType {
    /// Its schedule.
    Schedule,
    /// A person or a program.
    Manual,
}

/// Where an event runs (`events.run_location`, `workflows.run_location`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunLocation {
    /// In a container beside the application.
    Local,
    /// On a server, by SSH.
    Remote,
}

/// The unit of a schedule or a timeout (`schedule_unit`, `timeout_unit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
}

/// How far a run has come (`status` of `logs`, `workflow_logs`, `workflow_executions` and `workflow_execution_events`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogStatus {
    /// Waits to be started.
    Pending,
    /// Ended well.
    Success,
    /// Ended badly.
    Failure,
    /// Has been started.
    Running,
    /// Notes that the event was paused because it reached its `max_executions`.
    Paused,
    /// Was stopped because it took too long.
    Timeout,
    /// Ended well on some of several servers.
    Partial,
}

impl LogStatus {
    /// The statuses that a run keeps for good.
    pub const FINISHED: [Self; 5] = [Self::Success, Self::Failure, Self::Paused, Self::Timeout, Self::Partial];
}

/// What a follow-up action does (`conditional_actions.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConditionalActionType {
    /// Nothing.
    None,
    /// Runs the target event.
    Script,
    /// Sends a message through a tool.
    SendMessage,
}

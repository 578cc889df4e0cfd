//! What the columns of workflows may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What starts a workflow (`workflows.trigger_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkflowTriggerType {
    /// Its schedule.
    Schedule,
    /// A request to its webhook key.
    Webhook,
    /// A person or a program.
    Manual,
}

/// What started one run of a workflow (`workflow_executions.trigger_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionTrigger {
    /// A person, or the executor, which knows no other.
    Manual,
    /// The API.
    Api,
}

/// How grave a line of a workflow's log is (`workflow_logs.level`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkflowLogLevel {
    /// What happened.
    Info,
    /// What may be wrong.
    Warning,
    /// What went wrong.
    Error,
    /// What helps to find a fault.
    Debug,
}

/// When an edge between two nodes is taken (`connection_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionType {
    /// Whatever became of the source.
    Always,
    /// When the source ended well.
    OnSuccess,
    /// When the source ended badly.
    OnFailure,
    /// When the source set its condition to true.
    OnCondition,
}

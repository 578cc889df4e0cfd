//! Graphs of events and their runs.

mod enumerations;
#[cfg(feature = "rules")]
pub mod graph;
#[cfg(feature = "rules")]
pub mod runner;

pub mod workflow_connections;
pub mod workflow_execution_events;
pub mod workflow_executions;
pub mod workflow_logs;
pub mod workflow_nodes;
#[expect(clippy::module_inception, reason = "the table is called like its domain")]
pub mod workflows;

pub use enumerations::{ConnectionType, ExecutionTrigger, WorkflowLogLevel, WorkflowTriggerType};

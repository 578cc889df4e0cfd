//! A run of a workflow: each node is a job, queued when the nodes before it have ended.
//!
//! [`start`] makes the run, its rows for the nodes, and the jobs of the nodes that nothing leads to. Whoever ends a job of a
//! workflow calls [`advance`] with the run of its payload (`workflowExecutionId`); that call may be repeated, be late, or come
//! from several at once: it looks at how the jobs stand and does what is due, once. [`resume`] makes up for calls that were
//! never made.
//!
//! A run follows the graph that the workflow had at its start; edits of the workflow are for later runs.

mod advance;
mod close;
mod data;
mod error;
mod plan;
mod start;

pub use advance::{Progress, advance, resume};
pub use close::{cancel, is_skipped};
pub use error::RunError;
pub use start::{Begun, NewRun, start};

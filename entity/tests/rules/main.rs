//! The rules that need a database: the queue of jobs, runs of workflows, what follows a run.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[macro_use]
mod support;

mod after_run;
mod dags;
mod machine;
mod queue;
mod recovery;
mod workers;
mod workflows;

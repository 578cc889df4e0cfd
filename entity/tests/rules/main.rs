//! The rules that need a database: the queue of jobs, runs of workflows, what follows a run, OAuth, webhooks.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]
#![expect(clippy::large_futures, reason = "a test has one of them at a time")]

#[macro_use]
mod support;

mod after_run;
mod dags;
mod limits;
mod machine;
mod oauth;
mod oauth_refresh;
mod oauth_support;
mod queue;
mod quotas;
mod recovery;
mod tool_limits;
mod webhooks;
mod webhooks_crash;
mod webhooks_inbound;
mod webhooks_support;
mod workers;
mod workflows;

//! Cronium's data steps on real databases: each behaviour is specified once and runs on SQLite and PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "the helpers of tests fail and speak as tests do"
)]

#[macro_use]
mod support;

mod conditional_events;
mod default_templates;
mod jobs;
mod limits;
mod runner;
mod runtime_api;
mod secrets;
mod sessions;
mod templates;
mod workflows;

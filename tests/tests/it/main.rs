//! The workspace's integration tests, one binary: a module a behaviour.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod data;
mod engine;
mod factories;
mod generate;
mod guards;
mod history;
mod introspect;
mod lint;
mod online;
mod test_db;

//! The command line as a person types it, on real databases.
#![expect(clippy::unwrap_used, reason = "code of tests: a panic is how a test fails")]

mod adopted;
mod backed_up;
mod check;
mod crowd;
mod demo;
mod drifted;
mod half_way;
mod killed;
mod lint;
mod refusals;
mod reverted;
mod rotation;
mod seeded;
mod sqlite_diff;
mod support;
mod unmanaged;
mod verified;
mod whole_way;

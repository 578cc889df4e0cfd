//! The runner of data migrations, on every database.

mod control;
mod images;
mod quarantine;
mod rehearsal;
mod sharing;
mod support;

//! The runner of data migrations, on every database.

mod images;
mod quarantine;
mod rehearsal;
mod sharing;
mod support;

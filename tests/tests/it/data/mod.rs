//! The runner of data migrations, on every database.

mod control;
mod images;
mod jobs_floor;
mod null_keys;
mod quarantine;
mod rehearsal;
mod sharing;
mod support;
mod unfit;

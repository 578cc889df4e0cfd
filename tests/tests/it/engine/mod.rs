//! The engine: schemas, plans, SQL and Rust.

mod case;
mod cases;
mod cronium;
mod declare;
pub(crate) mod emitted;
mod law;
pub(crate) mod listing;
mod rebuild;
pub(crate) mod recorder;
mod sqlite_script;

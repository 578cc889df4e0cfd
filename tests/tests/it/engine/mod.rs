//! The engine: schemas, plans, SQL and Rust.

mod case;
mod cases;
mod cronium;
mod declare;
pub(crate) mod emitted;
mod ground;
mod law;
mod ledger;
pub(crate) mod listing;
mod losses;
mod play;
mod rebuild;
pub(crate) mod recorder;
mod sqlite_script;
mod values;

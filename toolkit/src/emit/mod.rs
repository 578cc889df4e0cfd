//! plan → Rust, plan → SQL.
//!
//! Both print the same [`Step`]s: what a migration sends is what the SQL shows.

mod numbering;
mod online;
mod rust;
mod sql;
mod statement;
mod step;
mod unmanaged;

pub use online::{Form, Part, apart, parts};
pub use rust::{Source, rust};
pub use sql::{EmitError, script, statements};
#[cfg(feature = "migrate")]
pub(crate) use sql::{backend, dialect};
pub use step::{Step, steps};
pub(crate) use unmanaged::{breaks, mentions};

//! plan → Rust, plan → SQL.
//!
//! Both print the same [`Step`]s: what a migration sends is what the SQL shows.

mod custom;
mod error;
mod limits;
mod numbering;
mod online;
mod retype;
mod rust;
mod sql;
mod sqlite;
mod statement;
mod step;
mod unmanaged;

pub use online::{Form, Part, apart, parts, values_first};
#[cfg(feature = "migrate")]
pub(crate) use retype::{retyping, unfit};
pub use rust::{Source, rust};
pub use sql::{EmitError, script, statements};
#[cfg(feature = "migrate")]
pub(crate) use sql::{backend, dialect};
pub use sqlite::{ScriptError, script_on};
pub use step::{Step, steps};
pub(crate) use unmanaged::breaks;

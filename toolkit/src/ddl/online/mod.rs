//! Changes of tables that are in use, each in the form that keeps writers waiting for a moment only.
//!
//! They run outside of a transaction (`use_transaction` is `Some(false)`), since PostgreSQL builds indexes concurrently
//! only there, and since a lock is held until its transaction ends. Each looks into the catalogue first: asked again
//! after it was interrupted at any point, it ends in the same state. Statements that take a strong lock wait for it in
//! short tries ([`LockPolicy`]). On SQLite, which has one writer at a time anyway, the plain form is taken.

mod act;
mod alter_table;
mod column;
mod constraint;
mod fill;
mod index;
mod key;
pub mod lock;
mod not_null;
mod there;
mod watching;

pub use alter_table::OnlineAlterTable;
pub use index::{CreateIndex, DropIndex};
pub use lock::{Blocker, LockPolicy, Wait};

pub(super) use act::{Act, run};
pub(crate) use fill::as_sent_now;
pub(super) use fill::fill_in_batches;
pub(super) use index::sent;
pub(crate) use watching::{in_short, watched};

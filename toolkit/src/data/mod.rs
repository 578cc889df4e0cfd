//! Data migrations: typed queries over entities, run in batches, with nothing dropped in silence.
//!
//! A [`DataMigration`] says which rows still need it, what becomes of a batch, what must hold afterwards and how to undo
//! it. A [`DataStep`] makes a step of the migrator's list of it, so that schema and data are one history.
//!
//! Every row that is taken out of a table which is about to go leaves an entry in `seawright_data_rows`: the row, whole,
//! as its database writes it as JSON, and what became of it. That entry is the account by which the step that drops the
//! table is let through ([`require_moved`]), the quarantine, the archive, and what a way back restores from
//! ([`restore`]).

mod archive;
mod batch;
mod clock;
mod error;
mod gate;
pub mod ledger;
mod migration;
pub mod progress;
mod rows;
mod run;
mod sequence;
mod step;

pub use archive::Archive;
pub use batch::Batch;
pub(crate) use error::rows as rows_text;
pub use error::{DataError, REFUSED};
pub use gate::{require_moved, restore};
pub use ledger::Outcome;
pub use migration::{DataMigration, Invariant, Undo};
pub use run::{RunOptions, Summary};
pub use sequence::advance_sequence;
pub use step::{DataStep, ErasedMigration};

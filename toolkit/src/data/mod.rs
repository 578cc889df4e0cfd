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
mod attempt;
mod batch;
mod changes;
mod clock;
mod error;
mod fault;
mod gate;
mod given;
mod image;
mod keys;
mod leases;
pub mod ledger;
mod migration;
mod open;
mod options;
mod pace;
pub mod progress;
pub mod quarantine;
mod rehearsal;
mod rows;
mod run;
mod sequence;
pub mod sql;
mod step;
mod summary;
mod throttle;
mod undo;
mod unfit;
mod values;
mod verify;
mod worker;

pub use archive::Archive;
pub use batch::Batch;
pub use changes::Changes;
pub(crate) use clock::{now, number as run_number};
pub(crate) use error::rows as rows_text;
pub use error::{DataError, REFUSED};
pub use gate::{require_moved, require_verified, restore};
pub use ledger::Outcome;
pub use migration::{DataMigration, Invariant, Reads};
pub use options::{RunOptions, Stop, Throttle};
pub use pace::Pace;
pub use rehearsal::{Example, Rehearsal};
pub(crate) use rows::Shape;
pub use sequence::advance_sequence;
pub(crate) use step::describing;
pub use step::{DataFacts, DataStep, ErasedMigration};
pub use summary::Summary;
pub use undo::Undo;
pub use unfit::{bring_back, quarantine};
pub(crate) use values::{array_literal, max_parameters, text_of};
pub use verify::{Checked, answers};

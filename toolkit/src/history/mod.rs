//! The history: which steps there are, which of them a database has, and how it gets the rest.

mod adopt;
mod apply;
mod back;
mod branches;
#[cfg(feature = "cli")]
mod carried;
mod caught;
mod compare;
mod connect;
mod counts;
mod dependents;
mod digest;
mod drift;
mod dry_run;
mod error;
mod extensions;
mod file_lock;
mod foreign;
mod fresh;
pub mod ledger;
mod linted;
mod lock_file;
mod message;
mod printed;
mod problems;
pub mod reconcile;
mod recording;
mod repair;
mod report;
mod run_lock;
mod runner;
mod shadow;
mod shown;
#[cfg(feature = "cli")]
mod squash;
mod squashed;
mod stock;
mod text;
mod tracking;
mod watch;

pub use adopt::{Adoption, adopt, adopt_with};
pub use back::HalfBack;
pub use branches::Clash;
pub use compare::{Difference, differences};
#[cfg(feature = "cli")]
pub(crate) use connect::schema_of as current_schema;
pub use connect::{connect, redacted};
pub use counts::Count;
pub use drift::{Drift, Finding, Side, drift};
pub use dry_run::{DryRun, DryStep, rehearsed};
pub use error::{Error, Result};
pub use extensions::MissingExtension;
#[cfg(feature = "cli")]
pub(crate) use extensions::explained;
pub use foreign::ForeignHistory;
pub use linted::{Linting, scripts};
pub use lock_file::{EntitiesBefore, Kind, LockFile, LockedMigration, Undo};
#[cfg(feature = "cli")]
pub(crate) use message::position as error_position;
#[cfg(feature = "cli")]
pub(crate) use printed::{as_first_printed, lasting};
pub use problems::{Problem, Remark};
#[cfg(feature = "cli")]
pub(crate) use reconcile::STEP as RECONCILE;
pub use reconcile::{Left, Reconcile, Reconciliation, Repaired, Statement, Survey, Wishes};
pub use recording::{Direction, Recording, record};
pub use repair::{Repair, repair};
pub use report::{Comparison, Object, State, TableReport, compare};
pub use run_lock::{Holder, Waiting};
pub use runner::{Applied, History, Noted, Quarantined, Report, Runner, Status, StepKind, StepStatus};
#[cfg(feature = "cli")]
pub(crate) use shadow::in_shadow;
pub use shadow::{Shadow, replay, replay_with};
pub use stock::{stock, stock_of, stock_with};
pub use watch::{Faults, Point, with_faults};

#[cfg(feature = "cli")]
pub(crate) use carried::{Carried, carried, wide_columns};
#[cfg(feature = "cli")]
pub(crate) use caught::is_catching;
pub(crate) use foreign::schema_of;
#[cfg(feature = "cli")]
pub(crate) use ledger::remembered;
#[cfg(feature = "cli")]
pub(crate) use lock_file::digest;
#[cfg(feature = "cli")]
pub(crate) use run_lock::RunLock;
pub(crate) use shown::error_text;
#[cfg(feature = "cli")]
pub use squash::{Proof, prove};
#[cfg(feature = "cli")]
pub(crate) use text::table;
#[cfg(feature = "cli")]
pub(crate) use text::{checks_text, history_text};
pub(crate) use text::{report_text, status_text};
#[cfg(feature = "cli")]
pub(crate) use tracking::is_known;

use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;

/// Applies every pending step of a migrator, for programs that migrate their database when they start: whole steps on
/// SQLite too, refusals instead of half-done work, row counts kept.
///
/// # Errors
/// As [`Runner::up`].
pub async fn up<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Report> {
    Runner::new(db, History::of::<M>())?.up(None, None).await
}

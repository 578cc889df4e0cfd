//! The history: which steps there are, which of them a database has, and how it gets the rest.

mod adopt;
mod compare;
mod connect;
mod counts;
mod drift;
mod error;
mod foreign;
mod fresh;
mod lock_file;
mod printed;
pub mod reconcile;
mod report;
mod runner;
mod shadow;
mod shown;
mod stock;
mod text;
mod tracking;

pub use adopt::{Adoption, adopt, adopt_with};
pub use compare::{Difference, differences};
pub use connect::{connect, redacted};
pub use counts::Count;
pub use drift::{Drift, Finding, Side, drift};
pub use error::{Error, Result};
pub use foreign::ForeignHistory;
pub use lock_file::{Kind, LockFile, LockedMigration};
#[cfg(feature = "cli")]
pub(crate) use reconcile::STEP as RECONCILE;
pub use reconcile::{Left, Reconcile, Reconciliation, Repaired, Statement, Survey, Wishes};
pub use report::{Comparison, Object, State, TableReport, compare};
pub use runner::{Applied, History, Noted, Quarantined, Report, Runner, Status, StepKind, StepStatus};
pub use shadow::{Shadow, replay, replay_with};
pub use stock::stock;

#[cfg(feature = "cli")]
pub(crate) use lock_file::digest;
#[cfg(feature = "cli")]
pub(crate) use runner::is_catching;
pub(crate) use shown::error_text;
#[cfg(feature = "cli")]
pub(crate) use text::checks_text;
#[cfg(feature = "cli")]
pub(crate) use text::table;
pub(crate) use text::{report_text, status_text};

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

//! The time, for the ledger.

use std::time::SystemTime;

use sea_orm::prelude::DateTime;

/// The time now, UTC.
pub(super) fn now() -> DateTime {
    sea_orm::prelude::ChronoDateTimeUtc::from(SystemTime::now()).naive_utc()
}

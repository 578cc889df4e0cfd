//! The time, for the ledger.

use std::time::SystemTime;

use sea_orm::prelude::DateTime;

/// The time now, UTC.
pub(super) fn now() -> DateTime {
    sea_orm::prelude::ChronoDateTimeUtc::from(SystemTime::now()).naive_utc()
}

/// What names a run: the time now, UTC, in microseconds since 1970.
pub(crate) fn number() -> i64 {
    now().and_utc().timestamp_micros()
}

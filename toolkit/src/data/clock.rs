//! The time, for the ledger.

use std::time::SystemTime;

use sea_orm::prelude::DateTime;

/// The time now, UTC, in the microseconds that every database keeps.
pub(crate) fn now() -> DateTime {
    let now = sea_orm::prelude::ChronoDateTimeUtc::from(SystemTime::now());
    sea_orm::prelude::ChronoDateTimeUtc::from_timestamp_micros(now.timestamp_micros())
        .unwrap_or(now)
        .naive_utc()
}

/// What names a run: the time now, UTC, in microseconds since 1970.
pub(crate) fn number() -> i64 {
    now().and_utc().timestamp_micros()
}

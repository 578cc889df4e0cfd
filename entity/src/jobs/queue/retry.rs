//! When a job that failed is tried again.

use chrono::TimeDelta;

use crate::{
    events::events,
    jobs::{JobPayload, jobs},
    values::Document,
};

/// The pause before the second try; each further one is twice as long.
pub const BACKOFF_START: TimeDelta = TimeDelta::seconds(5);

/// The longest pause, before it is spread.
pub const BACKOFF_CEILING: TimeDelta = TimeDelta::hours(1);

/// How often a job is tried again at most (`events.retries` goes from 0 to 10).
pub const MOST_RETRIES: i32 = 10;

/// The pause after so many failures, spread by up to a fifth either way by 64 random bits: jobs that failed together are
/// not tried again together.
///
/// ```
/// use chrono::TimeDelta;
/// use entity::jobs::queue::backoff;
///
/// assert_eq!(backoff(1, 0), TimeDelta::seconds(4));
/// assert_eq!(backoff(3, 1 << 63), TimeDelta::seconds(20));
/// assert_eq!(backoff(99, 1 << 63), TimeDelta::hours(1));
/// ```
pub fn backoff(failures: i32, random: u64) -> TimeDelta {
    let doublings = failures.saturating_sub(1).clamp(0, 20);
    let pause = (BACKOFF_START.num_milliseconds() << doublings).min(BACKOFF_CEILING.num_milliseconds());
    let fifth = i128::from(pause) / 5;
    let spread = (2 * fifth * i128::from(random)) >> 64;
    TimeDelta::milliseconds(pause + i64::try_from(spread - fifth).unwrap_or_default())
}

/// How often a job is tried again: as its payload says, for that is what its event said when it was made; as its event
/// says where the payload is of no shape.
pub(super) fn retries(payload: &Document<JobPayload>, event: Option<&events::Model>) -> i32 {
    let said = match payload.known() {
        Some(payload) => payload.retries,
        None => event.map(|event| event.retries),
    };
    said.unwrap_or_default().clamp(0, MOST_RETRIES)
}

/// Whether the job, which has just failed, has a try left.
pub(super) fn has_a_try_left(job: &jobs::Model, event: Option<&events::Model>) -> bool {
    job.attempts <= retries(&job.payload, event)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pause_is_a_fifth_about_its_mean(failures in 1_i32..64, random in any::<u64>()) {
            let mean = backoff(failures, 1 << 63);
            let pause = backoff(failures, random);
            prop_assert!(pause * 5 >= mean * 4 && pause * 5 <= mean * 6);
            prop_assert!(backoff(failures + 1, 1 << 63) >= mean);
        }
    }
}

//! When a delivery that failed is tried again.

use std::time::Duration;

use chrono::TimeDelta;

use super::{WebhookRetries, webhooks};

/// The longest wait between two attempts, whatever a webhook says: a day.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// The most attempts, whatever a webhook says.
pub const MOST_ATTEMPTS: i32 = 25;

/// What holds of a webhook's configuration: what it does not say, or can't mean, is said for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retries {
    attempts: i32,
    delay: Duration,
    factor: f64,
}

impl Retries {
    /// Three attempts, a second and two seconds apart.
    pub const DEFAULT: Self = Self {
        attempts: 3,
        delay: Duration::from_secs(1),
        factor: 2.0,
    };

    /// What holds of `retry_config`: 1 to [`MOST_ATTEMPTS`] attempts, and waits that don't get shorter. What is negative means
    /// nothing, and neither does a factor under 1.
    pub fn of(said: &WebhookRetries) -> Self {
        let attempts = said.max_retries.filter(|attempts| *attempts >= 0);
        let attempts = attempts.map(|attempts| i32::try_from(attempts).unwrap_or(i32::MAX).clamp(1, MOST_ATTEMPTS));
        let delay = said.retry_delay.and_then(|delay| u64::try_from(delay).ok());
        let factor = said.backoff_multiplier.as_ref().and_then(serde_json::Number::as_f64);
        Self {
            attempts: attempts.unwrap_or(Self::DEFAULT.attempts),
            delay: delay.map_or(Self::DEFAULT.delay, Duration::from_millis).min(longest()),
            factor: factor
                .filter(|factor| *factor >= 1.0)
                .map_or(Self::DEFAULT.factor, |factor| factor.min(1000.0)),
        }
    }

    pub(super) fn of_webhook(webhook: &webhooks::Model) -> Self {
        let said = webhook.retry_config.as_ref().and_then(|said| said.known());
        said.map_or(Self::DEFAULT, Self::of)
    }

    /// The attempts in all, the first included.
    pub const fn attempts(self) -> i32 {
        self.attempts
    }

    /// The wait after so many attempts: delay × factor^(attempts − 1), at most [`LONGEST_WAIT`].
    ///
    /// ```
    /// use chrono::TimeDelta;
    /// use entity::webhooks::{LONGEST_WAIT, Retries};
    ///
    /// assert_eq!(Retries::DEFAULT.wait(1), TimeDelta::seconds(1));
    /// assert_eq!(Retries::DEFAULT.wait(2), TimeDelta::seconds(2));
    /// assert_eq!(Retries::DEFAULT.wait(99), LONGEST_WAIT);
    /// ```
    pub fn wait(self, attempts: i32) -> TimeDelta {
        let grown = self.factor.powi(attempts.saturating_sub(1).clamp(0, MOST_ATTEMPTS));
        let wait = Duration::try_from_secs_f64(self.delay.as_secs_f64() * grown).unwrap_or(Duration::MAX);
        TimeDelta::from_std(wait.min(longest())).unwrap_or(LONGEST_WAIT)
    }
}

fn longest() -> Duration {
    LONGEST_WAIT.to_std().unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::values::Document;

    fn said(json: serde_json::Value) -> Retries {
        Document::<WebhookRetries>::from_json(json)
            .known()
            .map_or(Retries::DEFAULT, Retries::of)
    }

    #[test]
    fn each_webhook_is_tried_as_it_says() {
        let slow = said(json!({"maxRetries": 5, "retryDelay": 60_000, "backoffMultiplier": 1.5}));
        assert_eq!(slow.attempts(), 5);
        let waits: Vec<i64> = (1..5).map(|attempts| slow.wait(attempts).num_milliseconds()).collect();
        assert_eq!(waits, [60_000, 90_000, 135_000, 202_500]);
        let even = said(json!({"retryDelay": 250, "backoffMultiplier": 1}));
        assert_eq!((even.attempts(), even.wait(9)), (3, TimeDelta::milliseconds(250)));
        assert_eq!(said(json!({"retryDelay": 0})).wait(25), TimeDelta::zero());
    }

    #[test]
    fn nonsense_means_nothing() {
        for nonsense in [
            json!(null),
            json!("fast"),
            json!([]),
            json!({}),
            json!({"maxRetries": "3"}),
            json!({"maxRetries": -1, "retryDelay": -5, "backoffMultiplier": -2}),
            json!({"maxRetries": null, "retryDelay": null, "backoffMultiplier": 0}),
            json!({"backoffMultiplier": 0.5}),
        ] {
            assert_eq!(said(nonsense.clone()), Retries::DEFAULT, "{nonsense}");
        }
        assert_eq!(said(json!({"maxRetries": 0})).attempts(), 1);
        assert_eq!(said(json!({"maxRetries": i64::MAX})).attempts(), MOST_ATTEMPTS);
        let huge = said(json!({"retryDelay": i64::MAX, "backoffMultiplier": 1e308}));
        assert_eq!(huge.wait(i32::MAX), LONGEST_WAIT);
    }

    proptest! {
        #[test]
        fn waits_grow_up_to_the_longest_and_never_overflow(
            attempts in any::<Option<i64>>(),
            delay in prop::option::of(prop_oneof![any::<i64>(), 0..100_000_i64]),
            factor in prop::option::of(prop_oneof![any::<f64>(), 0.0..10.0]),
            tried in any::<i32>(),
        ) {
            let retries = Retries::of(&WebhookRetries {
                max_retries: attempts,
                retry_delay: delay,
                backoff_multiplier: factor.and_then(serde_json::Number::from_f64),
                ..WebhookRetries::default()
            });
            prop_assert!((1..=MOST_ATTEMPTS).contains(&retries.attempts()));
            let wait = retries.wait(tried);
            prop_assert!(wait >= TimeDelta::zero() && wait <= LONGEST_WAIT);
            prop_assert!(retries.wait(tried.saturating_add(1)) >= wait);
        }
    }
}

//! How many rows a batch has.
//!
//! The law, after the optimiser of GitLab's batched background migrations, with time a row in the place of its efficiency:
//!
//! - The time a row takes is averaged exponentially, the newest batch with the weight 0.4.
//! - The next batch has as many rows as take nine tenths of the target at that speed.
//! - It grows to twice, and shrinks to half of the last at most; it has from 1 to 100,000 rows.
//! - A batch that fails because of a timeout, a deadlock or a conflict halves it at once, and it may not grow beyond that
//!   size again before as many batches have succeeded as the number of times it was halved, doubled each time.

use std::time::Duration;

/// The weight of the newest batch in the average.
const WEIGHT: f64 = 0.4;
/// The share of the target that is aimed at.
const AIM: f64 = 0.9;
/// The smallest size that time alone leads to: below it, the work around a batch is more than the batch.
const FLOOR: u64 = 50;
/// The largest size: a batch's keys are in memory.
const CEILING: u64 = 100_000;

/// The size of the next batch, learned from those before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    target: Duration,
    fixed: bool,
    size: u64,
    /// Seconds a row, averaged.
    a_row: Option<f64>,
    /// The size not to grow beyond, and for how many more batches.
    held: Option<(u64, u32)>,
    halvings: u32,
}

impl Pace {
    /// Begins with that many rows and aims at that time a batch.
    pub fn adaptive(begin: u64, target: Duration) -> Self {
        Self {
            target,
            fixed: false,
            size: begin.clamp(1, CEILING),
            a_row: None,
            held: None,
            halvings: 0,
        }
    }

    /// Always that many rows, but for failures.
    pub fn fixed(size: u64) -> Self {
        Self {
            fixed: true,
            ..Self::adaptive(size, Duration::MAX)
        }
    }

    /// Rows of the next batch, 1 at least.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A batch of that many rows took so long.
    pub fn succeeded(&mut self, rows: u64, took: Duration) {
        if let Some((_, batches)) = &mut self.held {
            *batches = batches.saturating_sub(1);
            if *batches == 0 {
                self.held = None;
            }
        }
        if self.fixed || rows == 0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
        let newest = took.as_secs_f64() / rows as f64;
        let a_row = self
            .a_row
            .map_or(newest, |average| average * (1.0 - WEIGHT) + newest * WEIGHT);
        self.a_row = Some(a_row);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative; what is too large saturates and is clamped"
        )]
        let wanted = (self.target.as_secs_f64() * AIM / a_row.max(f64::MIN_POSITIVE)) as u64;
        // A batch that was not full says how fast it was, but is no reason to grow.
        let most = if rows < self.size {
            self.size
        } else {
            self.size.saturating_mul(2)
        };
        let least = (self.size / 2).max(FLOOR.min(self.size));
        let size = wanted.clamp(least.min(most), most).min(CEILING);
        self.size = self.held.map_or(size, |(held, _)| size.min(held)).max(1);
    }

    /// A batch failed because of the time it took or of others at work; the next is smaller.
    pub fn failed(&mut self) {
        self.size = (self.size / 2).max(1);
        self.halvings = self.halvings.saturating_add(1);
        self.held = Some((self.size, 2_u32.saturating_pow(self.halvings.min(10))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs batches against a database whose time for a batch is a function of its number and size.
    fn simulate(pace: &mut Pace, batches: u32, time: impl Fn(u32, u64) -> f64) -> Vec<(u64, f64)> {
        (0..batches)
            .map(|number| {
                let size = pace.size();
                let took = time(number, size);
                pace.succeeded(size, Duration::from_secs_f64(took));
                (size, took)
            })
            .collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn rows(size: u64) -> f64 {
        size as f64
    }

    const TARGET: Duration = Duration::from_millis(500);

    #[test]
    fn it_comes_close_to_the_target_from_far_below_and_far_above() {
        for begin in [1, 1000, 100_000] {
            let mut pace = Pace::adaptive(begin, TARGET);
            let run = simulate(&mut pace, 40, |_, size| 0.01 + rows(size) * 0.000_1);
            let (_, last) = run[39];
            assert!((0.40..=0.50).contains(&last), "from {begin} to {last} s");
        }
    }

    #[test]
    fn noise_does_not_make_it_swing() {
        // A fixed sequence of a linear congruential generator: up to half as much again, and every tenth time thrice.
        let mut state = 1_u64;
        let noise: Vec<f64> = (0..300)
            .map(|number| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let share = rows(state >> 40) / rows(1 << 24);
                if number % 10 == 9 { 3.0 } else { 1.0 + share / 2.0 }
            })
            .collect();
        let mut pace = Pace::adaptive(1000, TARGET);
        let run = simulate(&mut pace, 300, |number, size| {
            rows(size) * 0.000_1 * noise[number as usize]
        });
        let settled = &run[50..];
        let (least, most) = settled.iter().fold((u64::MAX, 0), |(least, most), (size, _)| {
            (least.min(*size), most.max(*size))
        });
        assert!(most <= least * 4, "between {least} and {most} rows");
        let late = settled.iter().filter(|(_, took)| *took > 1.0).count();
        assert!(
            late < settled.len() / 8,
            "{late} of {} batches took more than twice the target",
            settled.len()
        );
    }

    #[test]
    fn a_database_that_gets_ten_times_slower_is_followed_in_a_few_batches() {
        let mut pace = Pace::adaptive(1000, TARGET);
        let run = simulate(&mut pace, 60, |number, size| {
            rows(size) * if number < 30 { 0.000_1 } else { 0.001 }
        });
        let late = run[30..].iter().filter(|(_, took)| *took > 0.6).count();
        assert!(late <= 5, "{late} batches were too long");
        assert!((0.4..=0.5).contains(&run[59].1));
    }

    #[test]
    fn a_failure_halves_and_is_not_tried_again_at_once() {
        let mut pace = Pace::adaptive(8000, TARGET);
        let mut failures = 0;
        for _ in 0..200 {
            // More than 3,000 rows run into a lock; fewer are quick.
            if pace.size() > 3000 {
                failures += 1;
                pace.failed();
            } else {
                let size = pace.size();
                pace.succeeded(size, Duration::from_millis(10));
            }
        }
        assert!(failures <= 9, "{failures} of 200 batches failed");
    }

    #[test]
    fn a_fixed_size_stays_but_for_failures_and_one_is_the_least() {
        let mut pace = Pace::fixed(3);
        pace.succeeded(3, Duration::from_mins(1));
        assert_eq!(pace.size(), 3);
        for _ in 0..5 {
            pace.failed();
        }
        assert_eq!(pace.size(), 1);
        simulate(&mut pace, 10, |_, _| 0.0);
        assert_eq!(pace.size(), 1);
    }

    #[test]
    fn rows_that_take_no_time_or_for_ever_keep_it_within_bounds() {
        let mut pace = Pace::adaptive(1000, TARGET);
        simulate(&mut pace, 50, |_, _| 0.0);
        assert_eq!(pace.size(), CEILING);
        simulate(&mut pace, 50, |_, _| 1e6);
        assert_eq!(pace.size(), FLOOR);
    }
}

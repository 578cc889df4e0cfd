//! Chance that repeats itself, and the days that everything happens around.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};

/// The last day of the legacy database, 2025-07-14 at midnight. No row was written after it.
pub(super) const LAST_DAY: NaiveDateTime = match NaiveDate::from_ymd_opt(2025, 7, 14) {
    Some(day) => day.and_time(NaiveTime::MIN),
    None => NaiveDateTime::MIN, // There is that day.
};

const NANOID: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BCRYPT: &[u8] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// The random numbers of one table. Each table has its own, so that a change to one leaves the others' rows alone.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    /// The numbers of a table, for a seed.
    pub(super) fn of(table: &str, seed: u64) -> Self {
        let mut numbers = ChaCha8Rng::seed_from_u64(seed);
        // FNV-1a: the same stream for the same name on every machine, unlike the standard library's hashes.
        let stream = table.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        numbers.set_stream(stream);
        Self(numbers)
    }

    /// A number from 0 up to `end`, without it.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let scaled = (u64::from(self.0.next_u32()) * u64::from(end)) >> 32;
        u32::try_from(scaled).unwrap_or(0) // Always below `end`.
    }

    /// An index from 0 up to `end`, without it.
    pub(super) fn index(&mut self, end: usize) -> usize {
        // The numbers of rows are far below 2^32: see `MAX_SCALE`.
        self.below(u32::try_from(end).unwrap_or(u32::MAX)) as usize
    }

    /// A number of the range, both ends included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low.saturating_add_unsigned(self.below(low.abs_diff(high).saturating_add(1)))
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }

    /// A text as the `nanoid` package makes them.
    pub(super) fn nanoid(&mut self, length: usize) -> String {
        self.text(NANOID, length)
    }

    /// A random (version 4) UUID.
    pub(super) fn uuid(&mut self) -> String {
        let hex = self.text(HEX, 30);
        let variant = self.pick(&["8", "9", "a", "b"]);
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..15],
            &hex[15..18],
            &hex[18..30]
        )
    }

    /// A base64 text for so many bytes, as the server's encryption writes them.
    pub(super) fn base64(&mut self, bytes: usize) -> String {
        let mut text = self.text(BASE64, bytes / 3 * 4);
        // The last digit before the padding keeps the bits that it doesn't need at 0, as an encoder does.
        match bytes % 3 {
            1 => {
                text += &self.text(BASE64, 1);
                text += self.pick(&["A", "Q", "g", "w"]);
                text += "==";
            }
            2 => {
                text += &self.text(BASE64, 2);
                text += self.pick(&[
                    "A", "E", "I", "M", "Q", "U", "Y", "c", "g", "k", "o", "s", "w", "0", "4", "8",
                ]);
                text += "=";
            }
            _ => {}
        }
        text
    }

    /// A text of the form of a bcrypt hash; no password belongs to it.
    pub(super) fn bcrypt(&mut self, cost: u32) -> String {
        format!("$2b${cost}${}", self.text(BCRYPT, 53))
    }

    /// A moment between so many days before [`LAST_DAY`]; most have microseconds, as PostgreSQL's clock has.
    pub(super) fn days_before(&mut self, most: u32, least: u32) -> NaiveDateTime {
        let day = LAST_DAY - TimeDelta::days(i64::from(least));
        let seconds = i64::from(self.below(most.saturating_sub(least) * 86_400)) + 1;
        day - TimeDelta::seconds(seconds) + self.microseconds()
    }

    /// A moment up to so many seconds after another.
    pub(super) fn soon_after(&mut self, moment: NaiveDateTime, seconds: u32) -> NaiveDateTime {
        moment + TimeDelta::seconds(i64::from(self.below(seconds))) + self.microseconds()
    }

    /// When a row was made and when it was last changed: in that order.
    pub(super) fn made_and_changed(&mut self) -> (NaiveDateTime, NaiveDateTime) {
        let made = self.days_before(75, 12);
        let changed = if self.one_in(4) {
            made
        } else {
            self.soon_after(made, 12 * 86_400)
        };
        (made, changed)
    }

    fn microseconds(&mut self) -> TimeDelta {
        match self.below(4) {
            0 => TimeDelta::zero(),
            1 => TimeDelta::milliseconds(i64::from(self.below(1_000))),
            _ => TimeDelta::microseconds(i64::from(self.below(1_000_000))),
        }
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(self.pick(alphabet))).collect()
    }
}

/// The n-th of them, over and over again.
pub(super) fn cycle<T: Copy>(of: &[T], n: usize) -> T {
    of[n % of.len()]
}

/// The identifier of a row. They fit for every scale that is accepted.
pub(super) fn id(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

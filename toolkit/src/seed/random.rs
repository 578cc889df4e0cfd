//! Chance that repeats itself.

/// Random numbers that are the same for the same seed, table, column and row, whatever else is made.
#[derive(Clone, Debug)]
pub struct Random(fastrand::Rng);

/// FNV-1a: the same number for the same name on every machine, unlike the standard library's hashes.
pub(super) fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// SplitMix64's finaliser: numbers that differ in a bit come out as different as any two.
pub(super) fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

impl Random {
    /// The numbers of something that has a name, for a seed.
    pub fn of(seed: u64, name: &str) -> Self {
        Self::nth(seed, hash(name), 0)
    }

    pub(super) fn nth(seed: u64, name: u64, row: u64) -> Self {
        Self(fastrand::Rng::with_seed(mix(mix(seed ^ name).wrapping_add(row))))
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number from 0 up to `end`, without it; 0 if `end` is.
    pub fn below(&mut self, end: u32) -> u32 {
        if end == 0 { 0 } else { self.0.u32(..end) }
    }

    /// A number of the range, both ends included; `low` if there is none.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        if low >= high { low } else { self.0.i32(low..=high) }
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    ///
    /// # Panics
    /// Where there is none.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())].clone()
    }

    /// So many letters and digits.
    pub fn letters(&mut self, count: usize) -> String {
        std::iter::repeat_with(|| self.0.alphanumeric()).take(count).collect()
    }

    /// So many hexadecimal digits.
    pub fn hex(&mut self, count: usize) -> String {
        std::iter::repeat_with(|| self.0.digit(16)).take(count).collect()
    }

    /// A random (version 4) UUID.
    pub fn uuid(&mut self) -> String {
        let hex = self.hex(30);
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_has_the_same_numbers_and_another_has_others() {
        let bits = |seed, name, row| Random::nth(seed, hash(name), row).bits();
        assert_eq!(bits(7, "users.email", 3), bits(7, "users.email", 3));
        for other in [
            bits(8, "users.email", 3),
            bits(7, "users.name", 3),
            bits(7, "users.email", 4),
        ] {
            assert_ne!(bits(7, "users.email", 3), other);
        }
    }
}

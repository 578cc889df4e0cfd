//! The checksum of a table's rows, whatever order they come in.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How many rows there are, and the sum of their SHA-256 as numbers of 256 bits.
///
/// A sum does not depend on the order, so that no database has to sort its rows to be compared; and unlike an exclusive or
/// it sees a row that is there twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowSum {
    rows: u64,
    sum: [u64; 4],
}

impl RowSum {
    pub(super) fn add(&mut self, row: &[u8]) {
        let digest = Sha256::digest(row);
        let mut carry = false;
        for (sum, word) in self.sum.iter_mut().zip(digest.chunks_exact(8)) {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            let (first, over) = sum.overflowing_add(u64::from_le_bytes(bytes));
            let (second, again) = first.overflowing_add(u64::from(carry));
            *sum = second;
            carry = over || again;
        }
        self.rows += 1;
    }

    pub(super) fn done(&self) -> TableSum {
        let sha256 = self
            .sum
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .map(|byte| format!("{byte:02x}"))
            .collect();
        TableSum {
            rows: self.rows,
            sha256,
        }
    }
}

/// What a table's rows add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    /// How many there are.
    pub rows: u64,
    /// The sum of the SHA-256 of the rows, modulo 2^256, in hexadecimal.
    pub sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&str]) -> TableSum {
        let mut sum = RowSum::default();
        for row in rows {
            sum.add(row.as_bytes());
        }
        sum.done()
    }

    #[test]
    fn the_order_says_nothing_and_everything_else_does() {
        assert_eq!(of(&["a", "b", "c"]), of(&["c", "a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["ab"]));
        assert_ne!(of(&["a", "a"]), of(&["b", "b"]));
        assert_ne!(of(&["a"]), of(&["a", "a", "a"]));
        assert_ne!(of(&[]), of(&[""]));
    }
}

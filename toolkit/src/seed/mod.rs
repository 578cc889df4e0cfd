//! Databases filled for tests and demonstrations.

mod call;
mod error;
mod factory;
mod keys;
mod making;
mod random;
mod row;
mod rows;
mod value;
mod write;

pub use call::{Many, One};
pub use error::SeedError;
pub use factory::{Draw, Factory};
pub use random::Random;
pub use rows::Rows;

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DbErr};
use serde::Serialize;

/// What is asked of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedOptions {
    /// How many times the profile's usual number of rows.
    pub scale: u32,
    /// The seed of the random numbers: the same number makes the same rows.
    pub rng: u64,
}

impl Default for SeedOptions {
    fn default() -> Self {
        Self { scale: 1, rng: 1 }
    }
}

/// The rows that were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// Table and rows, in the order in which they were made.
    pub tables: Vec<(String, u64)>,
}

/// A kind of database that can be made from nothing.
#[async_trait]
pub trait SeedProfile: Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// What it makes, in one sentence.
    fn about(&self) -> &'static str;

    /// What it needs and cannot find now, a key in the environment say: `check` leaves the profile out and says so.
    fn missing(&self) -> Option<String> {
        None
    }

    /// Whether it fills tables that have to be there: those of the whole history. Otherwise it makes its own.
    fn fills_tables(&self) -> bool {
        false
    }

    /// Makes it in an empty database, or fills the tables of one ([`fills_tables`](Self::fills_tables)).
    ///
    /// # Errors
    /// Where the database is not empty, or what it says.
    async fn seed(&self, db: &DatabaseConnection, options: SeedOptions) -> Result<Seeded, DbErr>;
}

//! What the rules ask the world outside for.

use sea_orm::prelude::DateTime;

/// The time and chance that the rules work with. They ask nobody else, so a test can say what both are.
pub trait World: Send + Sync {
    /// The time, in UTC.
    fn now(&self) -> DateTime;

    /// 64 bits that nobody can foretell. Jobs get their identifiers from them.
    fn random(&self) -> u64;
}

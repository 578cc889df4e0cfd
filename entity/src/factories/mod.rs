//! Rows of Cronium's tables for tests: whatever a test does not say is made up, and believable.
//!
//! ```ignore
//! let mut make = entity::factories::factory(7);
//! let event = make.one::<events::Entity>().set(events::Column::Name, "Backup").insert(&db).await?;
//! let runs = make.many::<logs::Entity>(20).of(&event).insert(&db).await?;
//! ```

mod events;
mod people;
mod secrets;
mod values;
mod words;

pub use secrets::sealed;

use seawright::seed::Factory;

/// A factory for Cronium's tables. The same seed makes the same rows.
///
/// Secrets are in clear, as an application without a key leaves them; [`sealed`] has them sealed.
pub fn factory(seed: u64) -> Factory {
    let factory = values::values(Factory::new(crate::schema(), seed));
    secrets::define(events::define(people::define(factory)))
}

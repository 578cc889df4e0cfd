//! The post's tables.

pub mod prelude;
pub mod sending;
mod values;

pub use values::{Grams, ParcelStatus};

use seawright::declare::Entities;

/// The schema.
pub fn schema() -> Entities {
    seawright::schema! {
        sending::parcels::Entity,
        sending::shipments::Entity,
    }
}

//! The post's data migrations.

pub mod remarks;
mod shipments;

pub use shipments::{ParcelsToShipments, SHIPMENTS};

use seawright::data::DataStep;

/// The step [`SHIPMENTS`].
pub fn shipments() -> DataStep {
    DataStep::new(SHIPMENTS, ParcelsToShipments)
}

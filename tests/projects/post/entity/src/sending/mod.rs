//! What is sent.

pub mod parcels;
pub mod shipments;

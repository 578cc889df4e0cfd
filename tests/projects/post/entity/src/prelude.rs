//! Everything under one roof.

pub use crate::{
    sending::{parcels, shipments},
    values::{Grams, ParcelStatus},
};

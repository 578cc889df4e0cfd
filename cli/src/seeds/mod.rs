//! The databases that `seed` can make.

mod drifted;
mod legacy;

pub use drifted::Drifted;
pub use legacy::Legacy;

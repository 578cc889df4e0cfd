//! The databases that `seed` can make.

mod legacy;

pub use legacy::Legacy;

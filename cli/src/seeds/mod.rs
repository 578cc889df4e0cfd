//! The databases that `seed` can make.

mod drifted;
mod legacy;
mod modern;

pub use drifted::Drifted;
pub use legacy::Legacy;
pub use modern::{Demo, Modern};

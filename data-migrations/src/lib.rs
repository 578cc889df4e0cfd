//! Empty yet.

/// None yet.
pub fn all() -> Vec<seawright::data::DataStep> {
    Vec::new()
}

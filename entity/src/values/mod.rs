//! Column types that read whatever is stored: the database that they come from enforced nothing.

#[cfg(feature = "rules")]
mod clean;
mod document;
mod sealed;
mod stored;

#[cfg(feature = "rules")]
pub(crate) use clean::{clean, without_nul};
pub use document::Document;
pub use sealed::Sealed;
pub use stored::Stored;

/// A JSON object whose members are not known beforehand.
pub type Object = serde_json::Map<String, serde_json::Value>;

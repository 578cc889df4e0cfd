//! Schema as code for SeaORM.
//!
//! The entities are the schema. Seawright reads them ([`declare`]), writes the typed migrations, applies them safely,
//! moves the data with ORM queries over the same entity types, and proves the result.
//!
//! The rooms lie on floors and import downwards only; `README.md` has the plan of the house.

#[cfg(feature = "cli")]
pub mod backup;
#[cfg(feature = "cli")]
pub mod commands;
#[cfg(feature = "cli")]
pub use commands as cli;
#[cfg(feature = "migrate")]
pub mod data;
#[cfg(feature = "migrate")]
pub mod ddl;
pub mod declare;
pub mod diff;
#[cfg(feature = "migrate")]
pub mod emit;
#[cfg(feature = "cli")]
pub mod freeze;
#[cfg(feature = "migrate")]
pub mod history;
#[cfg(feature = "migrate")]
pub mod introspect;
#[cfg(feature = "migrate")]
pub mod lint;
pub mod schema;
#[cfg(feature = "migrate")]
pub mod seed;
#[cfg(feature = "migrate")]
pub mod verify;

//! The integrity of a database: claims about its schema and its rows, each with the query that would refute it.
//!
//! A [`Check`] is a claim over entities. [`verify`] asks all of them in one state of the database, side by side where the
//! database can, and only reads. [`general`] has the checks that hold for any project; a project adds its own:
//!
//! ```
//! mod cake {
//!     use sea_orm::entity::prelude::*;
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//!     #[sea_orm(table_name = "cake")]
//!     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub price: i32 }
//!     impl ActiveModelBehavior for ActiveModel {}
//! }
//! use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
//! use seawright::verify::Check;
//!
//! let check = Check::none(
//!     "cakes:paid-for",
//!     "no cake is given away",
//!     cake::Entity::find().filter(cake::Column::Price.lte(0)),
//! )
//! .showing([cake::Column::Price]);
//! assert_eq!(check.name(), "cakes:paid-for");
//! ```

mod asking;
mod check;
#[cfg(feature = "cli")]
pub mod flows;
mod found;
pub mod general;
mod run;
mod snapshot;
mod text;

pub use asking::Asking;
pub use check::{Ask, Check};
#[cfg(feature = "cli")]
pub use flows::{Flow, FlowError, Seen};
pub use found::{Found, Row, SHOWN};
pub use run::{Answer, Options, Outcome, Verification, verify};

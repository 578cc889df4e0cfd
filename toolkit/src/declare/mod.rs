//! Entities → schema.
//!
//! What SeaORM's attributes say is read from the entity; what they cannot say stands beside it in an
//! [`impl TableSpec`](TableSpec); [`schema!`](crate::schema!) lists the entities.
//!
//! ```
//! mod cake {
//!     use sea_orm::entity::prelude::*;
//!     use seawright::declare::{IndexOrder as _, Spec, TableSpec};
//!
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//!     #[sea_orm(table_name = "cake")]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i32,
//!         pub name: String,
//!         pub sold_at: Option<DateTime>,
//!     }
//!
//!     impl ActiveModelBehavior for ActiveModel {}
//!
//!     impl TableSpec for Entity {
//!         fn spec(table: &mut Spec<Self>) {
//!             table.index("cake_on_sale", [Column::Name.asc(), Column::Id.desc()]).filter(Column::SoldAt.is_null());
//!         }
//!     }
//! }
//!
//! let schema = seawright::schema! { cake::Entity }.schema().unwrap();
//! assert_eq!(schema.tables[0].indexes[0].name, "cake_on_sale");
//! ```

#[cfg(feature = "cli")]
mod circle;
mod expression;
mod reflect;
mod registry;
#[cfg(feature = "cli")]
mod source;
mod spec;

pub use registry::{DeclareError, Declared, Entities, Problem, probe};
#[cfg(feature = "cli")]
pub use source::source_problems;
pub use spec::{IndexColumn, IndexOrder, IndexSpec, Spec, TableSpec};

//! The shop's tables: a file a table.

mod customers;
pub(crate) mod order_lines;
pub(crate) mod orders;
pub(crate) mod products;

use seawright::declare::Entities;

/// The schema.
pub(crate) fn schema() -> Entities {
    seawright::schema! {
        customers::Entity,
        order_lines::Entity,
        orders::Entity,
        products::Entity,
    }
}

//! The shop's tables: a file a table.

mod customers;
mod order_lines;
mod orders;
mod products;

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

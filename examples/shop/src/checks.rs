//! What must hold of the shop's rows, whatever the database enforces.

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use seawright::{history::Result, verify::Check};

use crate::entity::{order_lines, orders, products};

#[expect(clippy::unnecessary_wraps, reason = "the form that `Project::checks` asks for")]
pub(crate) fn all() -> Result<Vec<Check>> {
    Ok(vec![
        Check::none(
            "orders:status",
            "an order is open, packed or sent",
            orders::Entity::find().filter(orders::Column::Status.is_not_in(["open", "packed", "sent"])),
        )
        .showing([orders::Column::Status]),
        Check::none(
            "orders:quantity",
            "nothing is ordered less than once",
            order_lines::Entity::find().filter(order_lines::Column::Quantity.lt(1)),
        ),
        Check::none(
            "products:price",
            "nothing is given away",
            products::Entity::find().filter(products::Column::Price.lte(0)),
        )
        .showing([products::Column::Sku, products::Column::Price])
        .help("give it a price, or take it out of the shop"),
    ])
}

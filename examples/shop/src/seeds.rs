//! A shop with something in it, to try things on: `shop seed small`.

use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, DatabaseConnection, DbErr};
use seawright::seed::{Factory, SeedOptions, SeedProfile, Seeded};

use crate::entity::{self, order_lines, orders, products};

/// Ten products and five orders of them, times the scale.
pub(crate) struct Small;

#[async_trait]
impl SeedProfile for Small {
    fn name(&self) -> &'static str {
        "small"
    }

    fn about(&self) -> &'static str {
        "Ten products and five orders; the tables have to be there (`up`)."
    }

    fn fills_tables(&self) -> bool {
        true
    }

    async fn seed(&self, db: &DatabaseConnection, options: SeedOptions) -> Result<Seeded, DbErr> {
        let scale = options.scale as usize;
        // What nobody says is made up: the customers of the orders, too.
        let mut make = Factory::new(entity::schema(), options.rng);
        let products = make
            .many::<products::Entity>(10 * scale)
            .with(|_, product| product.active = Set(true));
        let products = products.insert(db).await?;
        let orders = make.many::<orders::Entity>(5 * scale).apart().insert(db).await?;
        let lines = make.many::<order_lines::Entity>(orders.len()).with(|at, line| {
            line.order_id = Set(orders[at].id);
            line.product_id = Set(products[at % products.len()].id);
        });
        let lines = lines.fill(db).await?;
        let tables = [
            ("products", products.len() as u64),
            ("orders", orders.len() as u64),
            ("order_lines", lines),
        ];
        Ok(Seeded {
            tables: tables.map(|(table, rows)| (table.to_owned(), rows)).to_vec(),
        })
    }
}

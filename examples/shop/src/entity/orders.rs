//! What was bought, by whom and when.

use sea_orm::entity::prelude::*;
use seawright::declare::{IndexOrder as _, Spec, TableSpec};

use super::{customers, order_lines};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub customer_id: i32,
    #[sea_orm(default_value = "open")]
    pub status: String,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub placed_at: DateTime,

    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<customers::Entity>,
    #[sea_orm(has_many)]
    pub lines: HasMany<order_lines::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        // A customer's orders, the newest first.
        table.index(
            "orders_of_customer",
            [Column::CustomerId.asc(), Column::PlacedAt.desc()],
        );
        // What is still to be packed.
        table
            .index("orders_to_pack", [Column::PlacedAt])
            .filter(Column::Status.eq("open"));
    }
}

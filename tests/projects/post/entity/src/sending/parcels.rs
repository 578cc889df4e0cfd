//! What someone brought.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::shipments;
use crate::{Grams, ParcelStatus};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "parcels")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub label: String,
    #[sea_orm(default_value = "announced")]
    pub status: ParcelStatus,
    pub weight: Grams,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub brought_at: DateTime,

    #[sea_orm(has_many)]
    pub shipments: HasMany<shipments::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

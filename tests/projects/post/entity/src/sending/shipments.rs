//! What is on its way.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::parcels;
use crate::Grams;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shipments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub parcel_id: i32,
    pub grams: Grams,
    #[sea_orm(default_value = false)]
    pub by_hand: bool,
    #[sea_orm(column_type = "Text")]
    pub remark: Option<String>,

    #[sea_orm(belongs_to, from = "parcel_id", to = "id")]
    pub parcel: BelongsTo<parcels::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

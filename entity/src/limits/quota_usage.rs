//! What users have used up of their quotas; rows are only added.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::QuotaResource;
use crate::{
    identity::users,
    values::{Document, Object},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quota_usage")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    pub resource: QuotaResource,
    #[sea_orm(default_value = 1)]
    pub amount: i32,
    pub metadata: Option<Document<Object>>,
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_quota_usage_user_id", [Column::UserId]);
        table.index("idx_quota_usage_resource", [Column::Resource]);
        table.index("idx_quota_usage_created_at", [Column::CreatedAt]);
        table.default_now(Column::CreatedAt);
    }
}

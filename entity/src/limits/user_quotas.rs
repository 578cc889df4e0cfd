//! What one user may use instead of the defaults, one row a user.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::QuotaConfig;
use crate::{identity::users, values::Document};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_quotas")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub user_id: String,
    pub quota_config: Document<QuotaConfig>,
    pub created_at: DateTime,
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        // Cronium's `idx_user_quotas_user_id` is left out: the unique constraint on `user_id` has an index of its own.
        table.default_now(Column::CreatedAt);
        table.default_now(Column::UpdatedAt);
    }
}

//! One request that has come in by a webhook.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::webhooks;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_logs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub webhook_id: i32,
    pub success: bool,
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// The id of a row of `webhook_events`; no key holds it to that.
    pub event_id: Option<i32>,
    /// Milliseconds.
    pub duration: Option<i32>,
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "webhook_id", to = "id", on_delete = "Cascade")]
    pub webhook: BelongsTo<webhooks::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_webhook_logs_webhook_id", [Column::WebhookId]);
        table.default_now(Column::CreatedAt);
    }
}

//! One attempt to deliver a webhook event.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use std::collections::BTreeMap;

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::{DeliveryStatus, webhook_events, webhooks};
use crate::values::Document;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub webhook_id: i32,
    pub webhook_event_id: i32,
    /// nanoid of 21 characters, new for every attempt.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub delivery_id: String,
    pub status: DeliveryStatus,
    /// The HTTP status of the answer.
    pub status_code: Option<i32>,
    /// The first 1000 characters of the answer.
    #[sea_orm(column_type = "Text")]
    pub response: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// As they were sent; empty if nothing was.
    pub headers: Option<Document<BTreeMap<String, String>>>,
    /// Milliseconds.
    pub duration: Option<i32>,
    pub attempted_at: DateTime,

    #[sea_orm(belongs_to, from = "webhook_id", to = "id", on_delete = "Cascade")]
    pub webhook: BelongsTo<webhooks::Entity>,
    #[sea_orm(belongs_to, from = "webhook_event_id", to = "id", on_delete = "Cascade")]
    pub webhook_event: BelongsTo<webhook_events::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_webhook_deliveries_webhook_id", [Column::WebhookId]);
        table.index("idx_webhook_deliveries_event_id", [Column::WebhookEventId]);
        table.index("idx_webhook_deliveries_status", [Column::Status]);
    }
}

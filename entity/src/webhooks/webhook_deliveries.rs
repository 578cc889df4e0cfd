//! An event on its way to a webhook: waiting, sent, delivered, or given up.

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
    /// The same for every attempt, so that a receiver can tell a repeat.
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
    /// The last attempt; absent before the first.
    pub attempted_at: Option<DateTime>,
    /// How often it was tried. Rows of before it was counted say 0.
    #[sea_orm(default_value = 0)]
    pub attempts: i32,
    /// When it is due; absent where nothing is to be done any more.
    pub next_attempt_at: Option<DateTime>,
    /// Until when the one that sends it has it for itself.
    pub leased_until: Option<DateTime>,

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
        // What is to be sent, in the order in which it is.
        table
            .index("idx_webhook_deliveries_due", [Column::NextAttemptAt])
            .filter(Column::NextAttemptAt.is_not_null());
    }
}

//! What has happened that webhooks tell of, going out or coming in.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use crate::values::{Document, Object};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub event: String,
    /// Going out: `data` and `metadata`. Coming in: `eventType`, `receivedAt`, `webhookId` and the body.
    pub payload: Document<Object>,
    pub created_at: DateTime,
    /// What is signed and sent, or what came in, to the byte.
    #[sea_orm(column_type = "Text")]
    pub body: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_webhook_events_created_at", [Column::CreatedAt]);
        table.default_now(Column::CreatedAt);
    }
}

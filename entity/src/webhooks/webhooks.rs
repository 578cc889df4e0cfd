//! The webhooks of a user: addresses to be called, and keys to be called by.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use std::collections::BTreeMap;

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::{WebhookRateLimit, WebhookRetries};
use crate::{
    identity::users,
    values::{Document, Sealed},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    /// What is called for events going out.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// The last part of the address for events coming in: nanoid of 32 characters.
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub key: String,
    /// The key of the HMAC-SHA256 signatures, encrypted at rest.
    #[sea_orm(column_type = "Text")]
    pub secret: Sealed,
    /// Names of events; `*` for all.
    #[sea_orm(default_value = "[]")]
    pub events: Document<Vec<String>>,
    /// Name and value, sent with every delivery.
    #[sea_orm(default_value = "{}")]
    pub headers: Option<Document<BTreeMap<String, String>>>,
    #[sea_orm(default_value = true)]
    pub active: bool,
    /// Whether a request must carry a time within five minutes.
    #[sea_orm(default_value = true)]
    pub verify_timestamp: Option<bool>,
    /// IPv4 addresses and CIDR blocks that may call; all if absent.
    pub ip_whitelist: Option<Document<Vec<String>>>,
    pub rate_limit: Option<Document<WebhookRateLimit>>,
    pub retry_config: Option<Document<WebhookRetries>>,
    /// Key of the result and dotted path in the data.
    pub transformations: Option<Document<BTreeMap<String, String>>>,
    pub created_at: DateTime,
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        // Cronium's `idx_webhooks_key` is left out: the unique constraint on `key` has an index of its own.
        table.index("idx_webhooks_user_id", [Column::UserId]);
        table.default_now(Column::CreatedAt);
        table.default_now(Column::UpdatedAt);
    }
}

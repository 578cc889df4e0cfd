//! The counters of the general rate limiter, one for a key and a window of time.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::RateLimitKeyType;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_limit_buckets")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// `rl:type:identifier[:sub_identifier]`; one bucket a key, so that counting is one statement.
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub key: String,
    pub r#type: RateLimitKeyType,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub identifier: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub sub_identifier: Option<String>,
    /// Requests in this window so far.
    #[sea_orm(default_value = 0)]
    pub count: i32,
    /// Requests that the window admits.
    pub limit: i32,
    /// Milliseconds.
    pub window_ms: i32,
    /// When the window ends.
    pub reset_at: DateTime,
    pub created_at: DateTime,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        // Cronium's `idx_rate_limit_buckets_key` is left out: the unique constraint on `key` has an index of its own.
        table.index("idx_rate_limit_buckets_reset_at", [Column::ResetAt]);
        table.index(
            "idx_rate_limit_buckets_type_identifier",
            [Column::Type, Column::Identifier],
        );
        table.default_now(Column::CreatedAt);
    }
}

//! Written by Seawright from the entities: 1 column changed, 2 indexes added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, ForeignKey, ForeignKeyAction, Index,
    MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{self, AlterTable, Rebuild, online};

/// Flows online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261124_221613_flows_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_rate_limit_buckets_key")
            .execute(manager)
            .await?;
        AlterTable::new(WebhookDeliveries::Table)
            .drop_not_null(WebhookDeliveries::AttemptedAt)
            .rebuild_on_sqlite(webhook_deliveries_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        AlterTable::new(RateLimitBuckets::Table)
            .add_unique("rate_limit_buckets_key_unique", [RateLimitBuckets::Key])
            .rebuild_on_sqlite(rate_limit_buckets_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        online::CreateIndex::new(
            Index::create()
                .name("unique_user_all_tools")
                .table(UserToolQuotas::Table)
                .unique()
                .col(UserToolQuotas::UserId)
                .and_where(Expr::col(UserToolQuotas::ToolType).is_null()),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_webhook_deliveries_due")
                .table(WebhookDeliveries::Table)
                .col(WebhookDeliveries::NextAttemptAt)
                .and_where(Expr::col(WebhookDeliveries::NextAttemptAt).is_not_null()),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_webhook_deliveries_due")
            .execute(manager)
            .await?;
        online::DropIndex::new("unique_user_all_tools").execute(manager).await?;
        AlterTable::new(RateLimitBuckets::Table)
            .drop_constraint("rate_limit_buckets_key_unique")
            .rebuild_on_sqlite(rate_limit_buckets_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        AlterTable::new(WebhookDeliveries::Table)
            .set_not_null(WebhookDeliveries::AttemptedAt)
            .rebuild_on_sqlite(webhook_deliveries_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_rate_limit_buckets_key")
                .table(RateLimitBuckets::Table)
                .col(RateLimitBuckets::Key),
        )
        .execute(manager)
        .await?;
        Ok(())
    }
}

/// `webhook_deliveries` as it is after the way up, for SQLite, which can change little of a table in place.
fn webhook_deliveries_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(WebhookDeliveries::Table)
            .col(
                ColumnDef::new(WebhookDeliveries::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(WebhookDeliveries::WebhookId).integer().not_null())
            .col(ColumnDef::new(WebhookDeliveries::WebhookEventId).integer().not_null())
            .col(ColumnDef::new(WebhookDeliveries::DeliveryId).string_len(255).not_null())
            .col(ColumnDef::new(WebhookDeliveries::Status).string_len(50).not_null())
            .col(ColumnDef::new(WebhookDeliveries::StatusCode).integer())
            .col(ColumnDef::new(WebhookDeliveries::Response).text())
            .col(ColumnDef::new(WebhookDeliveries::Error).text())
            .col(ColumnDef::new(WebhookDeliveries::Headers).json_binary())
            .col(ColumnDef::new(WebhookDeliveries::Duration).integer())
            .col(ColumnDef::new(WebhookDeliveries::AttemptedAt).date_time())
            .col(
                ColumnDef::new(WebhookDeliveries::Attempts)
                    .integer()
                    .not_null()
                    .default(0),
            )
            .col(ColumnDef::new(WebhookDeliveries::NextAttemptAt).date_time())
            .col(ColumnDef::new(WebhookDeliveries::LeasedUntil).date_time())
            .foreign_key(
                ForeignKey::create()
                    .name("webhook_deliveries_webhook_event_id_webhook_events_id_fk")
                    .from(WebhookDeliveries::Table, WebhookDeliveries::WebhookEventId)
                    .to(WebhookEvents::Table, WebhookEvents::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("webhook_deliveries_webhook_id_webhooks_id_fk")
                    .from(WebhookDeliveries::Table, WebhookDeliveries::WebhookId)
                    .to(Webhooks::Table, Webhooks::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
    .index(
        Index::create()
            .name("idx_webhook_deliveries_event_id")
            .table(WebhookDeliveries::Table)
            .col(WebhookDeliveries::WebhookEventId),
    )
    .index(
        Index::create()
            .name("idx_webhook_deliveries_status")
            .table(WebhookDeliveries::Table)
            .col(WebhookDeliveries::Status),
    )
    .index(
        Index::create()
            .name("idx_webhook_deliveries_webhook_id")
            .table(WebhookDeliveries::Table)
            .col(WebhookDeliveries::WebhookId),
    )
}

/// `rate_limit_buckets` as it is after the way up, for SQLite, which can change little of a table in place.
fn rate_limit_buckets_after_up(manager: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(RateLimitBuckets::Table)
            .col(
                ColumnDef::new(RateLimitBuckets::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(RateLimitBuckets::Key).string_len(255).not_null())
            .col(ColumnDef::new(RateLimitBuckets::Type).string_len(50).not_null())
            .col(ColumnDef::new(RateLimitBuckets::Identifier).string_len(255).not_null())
            .col(ColumnDef::new(RateLimitBuckets::SubIdentifier).string_len(255))
            .col(ColumnDef::new(RateLimitBuckets::Count).integer().not_null().default(0))
            .col(ColumnDef::new(RateLimitBuckets::Limit).integer().not_null())
            .col(ColumnDef::new(RateLimitBuckets::WindowMs).integer().not_null())
            .col(ColumnDef::new(RateLimitBuckets::ResetAt).date_time().not_null())
            .col(
                ColumnDef::new(RateLimitBuckets::CreatedAt)
                    .date_time()
                    .not_null()
                    .default(ddl::now(manager)),
            )
            .index(
                Index::create()
                    .name("rate_limit_buckets_key_unique")
                    .unique()
                    .col(RateLimitBuckets::Key),
            ),
    )
    .index(
        Index::create()
            .name("idx_rate_limit_buckets_reset_at")
            .table(RateLimitBuckets::Table)
            .col(RateLimitBuckets::ResetAt),
    )
    .index(
        Index::create()
            .name("idx_rate_limit_buckets_type_identifier")
            .table(RateLimitBuckets::Table)
            .col(RateLimitBuckets::Type)
            .col(RateLimitBuckets::Identifier),
    )
}

/// `rate_limit_buckets` as it is after the way down, for SQLite, which can change little of a table in place.
fn rate_limit_buckets_after_down(manager: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(RateLimitBuckets::Table)
            .col(
                ColumnDef::new(RateLimitBuckets::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(RateLimitBuckets::Key).string_len(255).not_null())
            .col(ColumnDef::new(RateLimitBuckets::Type).string_len(50).not_null())
            .col(ColumnDef::new(RateLimitBuckets::Identifier).string_len(255).not_null())
            .col(ColumnDef::new(RateLimitBuckets::SubIdentifier).string_len(255))
            .col(ColumnDef::new(RateLimitBuckets::Count).integer().not_null().default(0))
            .col(ColumnDef::new(RateLimitBuckets::Limit).integer().not_null())
            .col(ColumnDef::new(RateLimitBuckets::WindowMs).integer().not_null())
            .col(ColumnDef::new(RateLimitBuckets::ResetAt).date_time().not_null())
            .col(
                ColumnDef::new(RateLimitBuckets::CreatedAt)
                    .date_time()
                    .not_null()
                    .default(ddl::now(manager)),
            ),
    )
    .index(
        Index::create()
            .name("idx_rate_limit_buckets_reset_at")
            .table(RateLimitBuckets::Table)
            .col(RateLimitBuckets::ResetAt),
    )
    .index(
        Index::create()
            .name("idx_rate_limit_buckets_type_identifier")
            .table(RateLimitBuckets::Table)
            .col(RateLimitBuckets::Type)
            .col(RateLimitBuckets::Identifier),
    )
}

/// `webhook_deliveries` as it is after the way down, for SQLite, which can change little of a table in place.
fn webhook_deliveries_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(WebhookDeliveries::Table)
            .col(
                ColumnDef::new(WebhookDeliveries::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(WebhookDeliveries::WebhookId).integer().not_null())
            .col(ColumnDef::new(WebhookDeliveries::WebhookEventId).integer().not_null())
            .col(ColumnDef::new(WebhookDeliveries::DeliveryId).string_len(255).not_null())
            .col(ColumnDef::new(WebhookDeliveries::Status).string_len(50).not_null())
            .col(ColumnDef::new(WebhookDeliveries::StatusCode).integer())
            .col(ColumnDef::new(WebhookDeliveries::Response).text())
            .col(ColumnDef::new(WebhookDeliveries::Error).text())
            .col(ColumnDef::new(WebhookDeliveries::Headers).json_binary())
            .col(ColumnDef::new(WebhookDeliveries::Duration).integer())
            .col(ColumnDef::new(WebhookDeliveries::AttemptedAt).date_time().not_null())
            .col(
                ColumnDef::new(WebhookDeliveries::Attempts)
                    .integer()
                    .not_null()
                    .default(0),
            )
            .col(ColumnDef::new(WebhookDeliveries::NextAttemptAt).date_time())
            .col(ColumnDef::new(WebhookDeliveries::LeasedUntil).date_time())
            .foreign_key(
                ForeignKey::create()
                    .name("webhook_deliveries_webhook_event_id_webhook_events_id_fk")
                    .from(WebhookDeliveries::Table, WebhookDeliveries::WebhookEventId)
                    .to(WebhookEvents::Table, WebhookEvents::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("webhook_deliveries_webhook_id_webhooks_id_fk")
                    .from(WebhookDeliveries::Table, WebhookDeliveries::WebhookId)
                    .to(Webhooks::Table, Webhooks::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
    .index(
        Index::create()
            .name("idx_webhook_deliveries_event_id")
            .table(WebhookDeliveries::Table)
            .col(WebhookDeliveries::WebhookEventId),
    )
    .index(
        Index::create()
            .name("idx_webhook_deliveries_status")
            .table(WebhookDeliveries::Table)
            .col(WebhookDeliveries::Status),
    )
    .index(
        Index::create()
            .name("idx_webhook_deliveries_webhook_id")
            .table(WebhookDeliveries::Table)
            .col(WebhookDeliveries::WebhookId),
    )
}

#[derive(DeriveIden)]
enum RateLimitBuckets {
    Table,
    Key,
    Id,
    Type,
    Identifier,
    SubIdentifier,
    Count,
    Limit,
    WindowMs,
    ResetAt,
    CreatedAt,
}

#[derive(DeriveIden)]
enum UserToolQuotas {
    Table,
    UserId,
    ToolType,
}

#[derive(DeriveIden)]
enum WebhookDeliveries {
    Table,
    AttemptedAt,
    NextAttemptAt,
    Id,
    WebhookId,
    WebhookEventId,
    DeliveryId,
    Status,
    StatusCode,
    Response,
    Error,
    Headers,
    Duration,
    Attempts,
    LeasedUntil,
}

#[derive(DeriveIden)]
enum WebhookEvents {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Webhooks {
    Table,
    Id,
}

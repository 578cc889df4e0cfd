//! What the columns of limits and quotas may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a bucket counts for (`rate_limit_buckets.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RateLimitKeyType {
    /// A user.
    User,
    /// An IP address.
    Ip,
    /// An API key.
    ApiKey,
    /// A tool of a user.
    Tool,
    /// A webhook.
    Webhook,
    /// Anything else; the identifier says what.
    Custom,
}

/// How much of a tool a user may use (`user_tool_quotas.tier`); a day, an hour, a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum QuotaTier {
    /// 1000, 100, 20.
    Free,
    /// 10000, 1000, 100.
    Pro,
    /// 100000, 10000, 1000.
    Enterprise,
}

/// What a quota limits (`quota_usage.resource`), by the key in [`QuotaConfig`](super::QuotaConfig).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(100))", rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum QuotaResource {
    /// Tool actions in a calendar month.
    ToolActionsPerMonth,
    /// Tool actions in a calendar day.
    ToolActionsPerDay,
    /// Webhooks at one time.
    WebhooksPerUser,
    /// Webhook events in a calendar month.
    WebhookEventsPerMonth,
    /// Events at one time.
    EventsPerUser,
    /// Runs of events in a calendar month.
    EventExecutionsPerMonth,
    /// Workflows at one time.
    WorkflowsPerUser,
    /// Runs of workflows in a calendar month.
    WorkflowExecutionsPerMonth,
    /// Storage in megabytes.
    #[sea_orm(string_value = "totalStorageMB")]
    #[serde(rename = "totalStorageMB")]
    TotalStorageMb,
    /// Days for which logs are kept; not enforced.
    LogRetentionDays,
    /// API requests in a calendar month.
    ApiRequestsPerMonth,
    /// API requests in a minute.
    ApiRequestsPerMinute,
}

//! The JSON documents of limits and quotas.

use serde::{Deserialize, Serialize};

use super::QuotaTier;
use crate::values::{Object, Stored};

/// What a user may use (`user_quotas.quota_config`); the default holds for a member that is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaConfig {
    /// Tool actions in a calendar month; 10000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_actions_per_month: Option<i64>,
    /// Tool actions in a calendar day; 1000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_actions_per_day: Option<i64>,
    /// Webhooks at one time; 10 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks_per_user: Option<i64>,
    /// Webhook events in a calendar month; 50000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_events_per_month: Option<i64>,
    /// Events at one time; 100 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events_per_user: Option<i64>,
    /// Runs of events in a calendar month; 10000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_executions_per_month: Option<i64>,
    /// Workflows at one time; 50 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflows_per_user: Option<i64>,
    /// Runs of workflows in a calendar month; 5000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_executions_per_month: Option<i64>,
    /// Storage in megabytes; 1000 by default.
    #[serde(rename = "totalStorageMB", skip_serializing_if = "Option::is_none")]
    pub total_storage_mb: Option<i64>,
    /// Days for which logs are kept; 30 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_retention_days: Option<i64>,
    /// API requests in a calendar month; 100000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_requests_per_month: Option<i64>,
    /// API requests in a minute; 100 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_requests_per_minute: Option<i64>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// A copy of the limits that were set for a user and a tool (`user_tool_quotas.custom_limits`), in requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomLimits {
    /// In a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily: Option<i64>,
    /// In an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly: Option<i64>,
    /// At once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<i64>,
    /// The tier whose limits hold for what is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Stored<QuotaTier>>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

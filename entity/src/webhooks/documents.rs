//! The JSON documents of webhooks.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::values::Object;

/// How many requests a webhook takes (`webhooks.rate_limit`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRateLimit {
    /// Requests in a window; 100 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<i64>,
    /// The window in milliseconds; 60000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<i64>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// How a failed delivery is tried again (`webhooks.retry_config`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRetries {
    /// Attempts in all, the first included; 3 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<i64>,
    /// The wait before the second attempt in milliseconds; 1000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_delay: Option<i64>,
    /// By what the wait grows each time; 2 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_multiplier: Option<Number>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

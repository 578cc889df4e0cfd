//! Rate limits, quotas and what has been used of them.

mod documents;
mod enumerations;

pub mod quota_usage;
pub mod rate_limit_buckets;
pub mod tool_rate_limits;
pub mod tool_usage_metrics;
pub mod user_quotas;
pub mod user_tool_quotas;

pub use documents::{CustomLimits, QuotaConfig};
pub use enumerations::{QuotaResource, QuotaTier, RateLimitKeyType};

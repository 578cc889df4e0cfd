//! Rate limits, quotas and what has been used of them.

#[cfg(feature = "rules")]
pub mod buckets;
mod documents;
mod enumerations;
#[cfg(feature = "rules")]
mod error;
#[cfg(feature = "rules")]
pub mod quotas;
#[cfg(feature = "rules")]
pub mod tools;
#[cfg(feature = "rules")]
mod verdict;

pub mod quota_usage;
pub mod rate_limit_buckets;
pub mod tool_rate_limits;
pub mod tool_usage_metrics;
pub mod user_quotas;
pub mod user_tool_quotas;

pub use documents::{CustomLimits, QuotaConfig};
pub use enumerations::{QuotaResource, QuotaTier, RateLimitKeyType};
#[cfg(feature = "rules")]
pub use error::LimitError;
#[cfg(feature = "rules")]
pub use verdict::{Decision, OnFailure, Scope, Verdict};

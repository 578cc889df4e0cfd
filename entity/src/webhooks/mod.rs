//! Events that go out to and come in from other systems.

mod documents;
mod enumerations;

pub mod webhook_deliveries;
pub mod webhook_events;
pub mod webhook_logs;
#[expect(clippy::module_inception, reason = "the table is called like its domain")]
pub mod webhooks;

pub use documents::{WebhookRateLimit, WebhookRetries};
pub use enumerations::DeliveryStatus;

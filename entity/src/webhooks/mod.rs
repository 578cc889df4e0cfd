//! Events that go out to and come in from other systems.

#[cfg(feature = "rules")]
mod courier;
mod documents;
mod enumerations;

pub mod webhook_deliveries;
pub mod webhook_events;
pub mod webhook_logs;
#[expect(clippy::module_inception, reason = "the table is called like its domain")]
pub mod webhooks;

#[cfg(feature = "rules")]
pub use courier::{Courier, CourierError, DELIVERY_TIMEOUT, LONGEST_ANSWER, Parcel, Receipt};
pub use documents::{WebhookRateLimit, WebhookRetries};
pub use enumerations::DeliveryStatus;

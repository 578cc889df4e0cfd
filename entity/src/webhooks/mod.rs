//! Events that go out to and come in from other systems.
//!
//! With the feature `rules`, [`Hooks`] has both ways. Out: [`Hooks::publish`] makes a delivery for each webhook that
//! subscribes to an event, [`Hooks::deliver`] sends what is due by a [`Courier`], [`Hooks::retry`] sends a dead letter again.
//! In: [`Hooks::receive`] checks a request and keeps it. [`Hooks::sweep`] deletes what is old.
//!
//! ```text
//! pending ──sent──▶ success
//!    │ ▲
//!    │ └──────────────── retry by hand ────────────────┐
//!    └──not taken──▶ failed ──not taken, no attempt left──▶ dead
//! ```

#[cfg(feature = "rules")]
mod backoff;
#[cfg(feature = "rules")]
mod claim;
#[cfg(feature = "rules")]
mod courier;
#[cfg(feature = "rules")]
mod deliver;
mod documents;
mod enumerations;
#[cfg(feature = "rules")]
mod error;
#[cfg(feature = "rules")]
mod hooks;
#[cfg(feature = "rules")]
mod inbound;
#[cfg(feature = "rules")]
mod publish;
#[cfg(feature = "rules")]
mod receive;
#[cfg(feature = "rules")]
mod request;
#[cfg(feature = "rules")]
mod retention;
#[cfg(feature = "rules")]
mod retry;
#[cfg(feature = "rules")]
mod signature;
#[cfg(feature = "rules")]
mod text;

pub mod webhook_deliveries;
pub mod webhook_events;
pub mod webhook_logs;
#[expect(clippy::module_inception, reason = "the table is called like its domain")]
pub mod webhooks;

#[cfg(feature = "rules")]
pub use backoff::{LONGEST_WAIT, MOST_ATTEMPTS, Retries};
#[cfg(feature = "rules")]
pub use claim::DELIVERY_LEASE;
#[cfg(feature = "rules")]
pub use courier::{Courier, CourierError, DELIVERY_TIMEOUT, LONGEST_ANSWER, OF_THE_CONNECTION, Parcel, Receipt};
#[cfg(feature = "rules")]
pub use deliver::{PUT_OFF, Round, SIDE_BY_SIDE, TO_ONE_WEBHOOK};
pub use documents::{WebhookRateLimit, WebhookRetries};
pub use enumerations::DeliveryStatus;
#[cfg(feature = "rules")]
pub use error::WebhookError;
#[cfg(feature = "rules")]
pub use hooks::{Fresh, Hooks};
#[cfg(feature = "rules")]
pub use inbound::{Accepted, Inbound, LONGEST_BODY, Reception, Refusal, TOLERANCE};
#[cfg(feature = "rules")]
pub use publish::{Audience, NewEvent, Published};
#[cfg(feature = "rules")]
pub use retention::{KEEP, Swept};
#[cfg(feature = "rules")]
pub use signature::{SignatureError, sign, verify};

//! Requests to addresses that others choose: providers of OAuth and receivers of webhooks.
//!
//! A [`Client`] calls what its [`Policy`] lets it: public addresses, unless it is told more. It is an
//! [`Authority`](crate::oauth::Authority) and a [`Courier`](crate::webhooks::Courier). It follows no redirect, asks no proxy,
//! repeats no request, waits for no answer without end and reads none.

mod addresses;
mod authority;
mod client;
mod courier;
mod error;
mod grants;
mod names;
mod policy;

pub use authority::AUTHORITY_TIMEOUT;
pub use client::{CONNECT_TIMEOUT, Client, USER_AGENT};
pub use error::{ClientError, HttpError};
pub use names::{Names, SystemNames};
pub use policy::{Forbidden, Policy};

//! Requests that come in, and what they are checked for before anybody reads them.

use std::net::IpAddr;

use chrono::{DateTime as Moment, TimeDelta};
use ipnet::IpNet;
use sea_orm::prelude::DateTime;
use serde_json::Value as Json;
use thiserror::Error;

use super::{Published, SignatureError, text::as_name, verify, webhooks};
use crate::{values::Document, vault::Secret};

/// How far a request's time may be from ours, either way.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The longest body, in bytes: a MiB.
pub const LONGEST_BODY: usize = 1024 * 1024;

/// A request as it came in.
#[derive(Clone, Copy)]
pub struct Inbound<'a> {
    /// The last part of the address.
    pub key: &'a str,
    /// Names, in any case, and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body's very bytes: what is signed.
    pub body: &'a [u8],
    /// Who sent it. `X-Forwarded-For` says it only where a proxy of one's own has written it; the caller knows which.
    pub client: Option<IpAddr>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reception {
    /// It is kept, and those who subscribe to it will hear of it.
    Accepted(Accepted),
    /// It is not.
    Refused(Refusal),
}

impl Reception {
    /// The HTTP status to answer with.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Accepted(_) => 200,
            Self::Refused(refusal) => refusal.status(),
        }
    }
}

/// A request that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its row of `webhook_events`.
    pub event: i32,
    /// What it is called.
    pub name: String,
    /// The event `webhook.<name>`, if anybody subscribes to it.
    pub published: Option<Published>,
}

/// Why a request is refused. It can be shown to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No webhook has the key.
    #[error("there is no such webhook")]
    Unknown,
    /// The webhook takes nothing at present.
    #[error("the webhook is not active")]
    Inactive,
    /// The body is longer than [`LONGEST_BODY`].
    #[error("the body has more than 1048576 bytes")]
    TooLong,
    /// The webhook has a list of addresses, and the sender's is not on it, or not known.
    #[error("the sender's address is not on the webhook's list")]
    Address,
    /// There is no `x-webhook-signature`, or more than one.
    #[error("the request needs one header `x-webhook-signature`")]
    Unsigned,
    /// The signature is none, or another body's or secret's.
    #[error("{0}")]
    Signature(SignatureError),
    /// There is no `x-webhook-timestamp` that can be read, or more than one.
    #[error(
        "the request needs one header `x-webhook-timestamp` with its time, as RFC 3339 has it or in seconds since 1970"
    )]
    Undated,
    /// The time is too far from ours.
    #[error("the request's time is more than five minutes from ours")]
    Time,
    /// The webhook takes no more for the moment.
    #[error("too many requests: try again in {} seconds", retry_seconds(.retry_after))]
    TooMany {
        /// How long to wait.
        retry_after: TimeDelta,
    },
    /// The body is no JSON.
    #[error("the body is no JSON")]
    NoJson,
}

impl Refusal {
    /// The HTTP status to answer with.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Inactive => 403,
            Self::TooLong => 413,
            Self::Address | Self::Unsigned | Self::Signature(_) | Self::Undated | Self::Time => 401,
            Self::TooMany { .. } => 429,
            Self::NoJson => 400,
        }
    }

    /// What `Retry-After` says, in seconds, where it belongs to the answer.
    pub const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooMany { retry_after } => Some(retry_seconds(retry_after)),
            _ => None,
        }
    }
}

/// Rounded up, so that who waits so long finds the window over.
const fn retry_seconds(span: &TimeDelta) -> i64 {
    span.num_seconds() + if span.subsec_nanos() > 0 { 1 } else { 0 }
}

impl<'a> Inbound<'a> {
    fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let named = move |(known, _): &&(&str, &str)| known.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.trim())
    }

    /// The one header of a name. Two are as good as none: who checks the one may read the other.
    fn one(&self, name: &str) -> Option<&'a str> {
        let mut all = self.all(name);
        let first = all.next().filter(|value| !value.is_empty())?;
        all.next().is_none().then_some(first)
    }

    pub(super) fn check_signature(&self, secret: &Secret) -> Result<(), Refusal> {
        let signature = self.one("x-webhook-signature").ok_or(Refusal::Unsigned)?;
        verify(secret, self.body, signature).map_err(Refusal::Signature)
    }

    pub(super) fn check_time(&self, now: DateTime) -> Result<(), Refusal> {
        let text = self.one("x-webhook-timestamp").ok_or(Refusal::Undated)?;
        let time = match text.parse() {
            Ok(seconds) => Moment::from_timestamp(seconds, 0).map(|time| time.naive_utc()),
            Err(_) => Moment::parse_from_rfc3339(text).ok().map(|time| time.naive_utc()),
        };
        let apart = now.signed_duration_since(time.ok_or(Refusal::Undated)?);
        if apart.abs() > TOLERANCE {
            return Err(Refusal::Time);
        }
        Ok(())
    }

    /// Whether the webhook's list of addresses has the sender's. A list that can't be read has nobody's.
    pub(super) fn check_address(&self, webhook: &webhooks::Model) -> Result<(), Refusal> {
        let listed = match &webhook.ip_whitelist {
            None => return Ok(()),
            Some(Document::Other(json)) if json.is_null() => return Ok(()),
            Some(Document::Known(list)) if list.is_empty() => return Ok(()),
            Some(Document::Other(_)) => &Vec::new(),
            Some(Document::Known(list)) => list,
        };
        // A socket for both families shows an IPv4 client as `::ffff:a.b.c.d`.
        let client = self.client.ok_or(Refusal::Address)?.to_canonical();
        let has = |entry: &String| match entry.trim().parse::<IpNet>() {
            Ok(net) => net.contains(&client),
            Err(_) => entry
                .trim()
                .parse()
                .is_ok_and(|one: IpAddr| one.to_canonical() == client),
        };
        if listed.iter().any(has) {
            Ok(())
        } else {
            Err(Refusal::Address)
        }
    }

    /// What has happened: by a header, else by the body, else `unknown`.
    pub(super) fn name(&self, body: &Json) -> String {
        let headers = ["x-webhook-event", "x-event-type"].into_iter();
        let headers = headers.filter_map(|name| self.all(name).find(|value| !value.is_empty()));
        let members = ["event", "event_type", "type", "action"].into_iter();
        let members = members.filter_map(|name| body.get(name)?.as_str().map(str::trim));
        let mut all = headers.chain(members);
        as_name(all.find(|name| !name.is_empty()).unwrap_or("unknown"))
    }
}

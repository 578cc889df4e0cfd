//! A delivery as a request.

use std::collections::BTreeMap;

use sea_orm::prelude::DateTime;
use url::Url;

use super::{
    OF_THE_CONNECTION, Parcel, publish::body_of, sign, text::as_name, webhook_deliveries, webhook_events, webhooks,
};
use crate::{jobs::queue::iso, values::Document, vault::Secret};

/// What a delivery says of itself. No custom header takes the place of one.
const OURS: [&str; 6] = [
    "content-type",
    "x-webhook-id",
    "x-webhook-event",
    "x-webhook-signature",
    "x-webhook-timestamp",
    "x-delivery-id",
];

/// What is kept of a custom header's value: it may open the receiver's doors, and deliveries are shown and kept.
const HIDDEN: &str = "***";

/// The request of a delivery, or why there can be none. No reason shows a URL, which may hold a password, or a header's
/// value.
pub(super) fn parcel(
    webhook: &webhooks::Model,
    event: &webhook_events::Model,
    delivery: &webhook_deliveries::Model,
    secret: &Secret,
    now: DateTime,
) -> Result<Parcel, String> {
    let url = Url::parse(&webhook.url).map_err(|error| format!("the webhook's URL is none: {error}; correct it"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("the webhook's URL is none of http or https: correct it".to_owned());
    }
    let body = body_of(event);
    let mut headers = custom(webhook)?;
    let ours = [
        "application/json".to_owned(),
        webhook.id.to_string(),
        as_name(&event.event),
        sign(secret, body.as_bytes()).map_err(|error| error.to_string())?,
        iso(now),
        delivery.delivery_id.clone(),
    ];
    headers.extend(OURS.map(str::to_owned).into_iter().zip(ours));
    Ok(Parcel { url, headers, body })
}

/// The headers that a webhook adds, without those that are not its own to say.
fn custom(webhook: &webhooks::Model) -> Result<BTreeMap<String, String>, String> {
    let said = match &webhook.headers {
        None => return Ok(BTreeMap::new()),
        Some(Document::Other(json)) if json.is_null() => return Ok(BTreeMap::new()),
        Some(Document::Other(_)) => {
            return Err("the webhook's headers are no names with texts: correct them".to_owned());
        }
        Some(Document::Known(said)) => said,
    };
    let mut headers = BTreeMap::new();
    for (name, value) in said {
        if !is_token(name) {
            return Err(format!(
                "the webhook's header `{}` has a name that no header has: correct it",
                name.escape_debug()
            ));
        }
        if !value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            return Err(format!(
                "the webhook's header `{name}` has a value of more than one line, or not of ASCII: correct it"
            ));
        }
        let name = name.to_ascii_lowercase();
        if !OURS.contains(&name.as_str()) && !OF_THE_CONNECTION.contains(&name.as_str()) {
            headers.insert(name, value.clone());
        }
    }
    Ok(headers)
}

/// Whether a header may be called so (RFC 9110, 5.6.2).
fn is_token(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_letter)
}

/// The headers as they are kept.
pub(super) fn as_kept(headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let kept = |(name, value): (&String, &String)| {
        let value = if OURS.contains(&name.as_str()) { value } else { HIDDEN };
        (name.clone(), value.to_owned())
    };
    headers.iter().map(kept).collect()
}

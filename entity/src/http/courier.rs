//! Deliveries of webhooks.

use reqwest::{
    Body, Method, Request,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use super::{
    Client, Forbidden, HttpError,
    client::{Answer, Bounds},
};
use crate::webhooks::{Courier, CourierError, DELIVERY_TIMEOUT, LONGEST_ANSWER, OF_THE_CONNECTION, Parcel, Receipt};

/// A character has four bytes at most.
const BOUNDS: Bounds = Bounds {
    time: DELIVERY_TIMEOUT,
    bytes: 4 * LONGEST_ANSWER,
};

impl Courier for Client {
    /// Sends a delivery, once. An answer whose status has come is an answer, even if the rest of it never does: a receiver
    /// that has said it took a delivery should not get it again.
    async fn carry(&self, parcel: &Parcel) -> Result<Receipt, CourierError> {
        let request = request(parcel).map_err(|forbidden| CourierError::Forbidden(forbidden.to_string()))?;
        match self.send(request, BOUNDS).await {
            Ok(answer) => Ok(receipt(&answer)),
            Err(HttpError::Forbidden(forbidden)) => Err(CourierError::Forbidden(forbidden.to_string())),
            Err(error) => Err(CourierError::Unavailable(error.to_string())),
        }
    }
}

fn request(parcel: &Parcel) -> Result<Request, Forbidden> {
    let mut headers = HeaderMap::new();
    for (name, value) in &parcel.headers {
        let name = HeaderName::try_from(name).map_err(|_| Forbidden::Malformed)?;
        // Whoever chose one could have the receiver's side read two requests.
        if let Some(own) = OF_THE_CONNECTION.into_iter().find(|own| name == *own) {
            return Err(Forbidden::Header(own));
        }
        let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| Forbidden::Malformed)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    let mut request = Request::new(Method::POST, parcel.url.clone());
    *request.headers_mut() = headers;
    *request.body_mut() = Some(Body::from(parcel.body.clone()));
    Ok(request)
}

fn receipt(answer: &Answer) -> Receipt {
    let text = String::from_utf8_lossy(&answer.body);
    // PostgreSQL keeps no text with a zero in it.
    let kept = text.chars().take(LONGEST_ANSWER);
    let body = kept
        .map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    Receipt {
        status: answer.status,
        body,
    }
}

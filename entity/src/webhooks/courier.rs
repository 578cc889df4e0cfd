//! Who carries a delivery to its receiver.

use std::{collections::BTreeMap, fmt, future::Future, time::Duration};

use thiserror::Error;
use url::Url;

/// How long a receiver has for its answer.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// How much of an answer is kept, in characters.
pub const LONGEST_ANSWER: usize = 1000;

/// Headers that belong to the connection, or say whose it is (RFC 9110, 7.6.1), in lower case. A parcel has none of them: they
/// are the courier's.
pub const OF_THE_CONNECTION: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A POST request as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The receiver.
    pub url: Url,
    /// Name, in lower case, and value. The values can hold what opens the receiver's doors.
    pub headers: BTreeMap<String, String>,
    /// The body that is signed, to the byte.
    pub body: String,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.headers.keys().collect();
        f.debug_struct("Parcel")
            .field("host", &self.url.host_str())
            .field("headers", &names)
            .field("bytes", &self.body.len())
            .finish()
    }
}

/// What a receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The HTTP status, redirections included: none is followed.
    pub status: u16,
    /// The beginning of the body, no longer than [`LONGEST_ANSWER`].
    pub body: String,
}

impl Receipt {
    /// Whether the receiver has taken the delivery.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Who carries deliveries.
///
/// An answer has to come within [`DELIVERY_TIMEOUT`]; who waits longer can find the delivery tried by somebody else as well.
pub trait Courier: Sync {
    /// Sends a request and waits for the answer.
    fn carry(&self, parcel: &Parcel) -> impl Future<Output = Result<Receipt, CourierError>> + Send;
}

/// Why there is no answer. It holds nothing of the request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CourierError {
    /// The address is none that may be called, or a header none that may be sent; it will not be the next time either.
    #[error("{0}")]
    Forbidden(String),
    /// It could not be reached, or did not answer in time.
    #[error("{0}")]
    Unavailable(String),
}

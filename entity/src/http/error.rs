//! Why there is no client, or no answer.

use std::error::Error;

use thiserror::Error;

use super::Forbidden;

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nobody's certificate could be trusted.
    #[error(
        "no certificate authority is known, so no `https` server can be trusted: {0}; install the system's CA certificates, or set SSL_CERT_FILE"
    )]
    Roots(rustls::Error),
    /// TLS can't be set up.
    #[error("TLS can't be set up: {0}")]
    Tls(rustls::Error),
    /// The client can't be made.
    #[error("the HTTP client can't be made: {0}")]
    Client(reqwest::Error),
}

/// Why there is no answer. Of the request it holds the host only, and of the answer nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HttpError {
    /// It may not be called.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no connection to it.
    #[error("there is no connection to `{host}`: {why}")]
    Unreachable {
        /// To whom.
        host: String,
        /// What the operating system or TLS says.
        why: String,
    },
    /// It took too long.
    #[error("`{0}` did not answer in time")]
    Late(String),
    /// It answered with something else than HTTP, or closed the connection before the end.
    #[error("`{0}` broke off, or its answer is not HTTP")]
    Broken(String),
}

impl HttpError {
    /// What went wrong with a request to a host.
    pub(super) fn of(host: &str, error: &reqwest::Error) -> Self {
        let host = host.to_owned();
        if let Some(forbidden) = chain(error).find_map(|cause| cause.downcast_ref::<Forbidden>()) {
            return Self::Forbidden(forbidden.clone());
        }
        if error.is_timeout() {
            return Self::Late(host);
        }
        if error.is_connect() {
            // Nothing of the request was sent yet, so nothing of it can be in there.
            let why = chain(error).last().map(ToString::to_string).unwrap_or_default();
            return Self::Unreachable { host, why };
        }
        Self::Broken(host)
    }
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

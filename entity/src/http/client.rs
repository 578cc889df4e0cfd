//! The client.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{
    Body, Request,
    header::{CONTENT_LENGTH, HeaderMap, HeaderValue},
    redirect, retry,
};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::{ClientError, HttpError, Names, Policy, SystemNames, names::Guarded};

/// How long a connection may take, the lookup of the name and TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a request says that it comes from, unless it says something else.
pub const USER_AGENT: &str = "Cronium";

/// A client for addresses that others choose. Clones share everything.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    policy: Arc<Policy>,
    timeout: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("policy", &self.policy)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client that calls what a policy lets it, and trusts the certificates that the system does.
    ///
    /// # Errors
    /// [`ClientError`], foremost where the system has no CA certificates.
    pub fn new(policy: Policy) -> Result<Self, ClientError> {
        Self::with_names(policy, SystemNames)
    }

    /// A client that asks somebody else than the operating system for the addresses of names.
    ///
    /// # Errors
    /// As [`new`](Self::new) has them.
    pub fn with_names(policy: Policy, names: impl Names) -> Result<Self, ClientError> {
        Self::build(policy, names, tls()?)
    }

    /// A client that trusts nobody's certificate, so that no `https` server can be called: for servers on the machine itself.
    /// The system needs no CA certificates for it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn without_trust(policy: Policy) -> Result<Self, ClientError> {
        let config = versions()?.with_root_certificates(RootCertStore::empty());
        Self::build(policy, SystemNames, config.with_no_client_auth())
    }

    fn build(policy: Policy, names: impl Names, tls: ClientConfig) -> Result<Self, ClientError> {
        let policy = Arc::new(policy);
        let guarded = Guarded {
            names: Arc::new(names),
            policy: Arc::clone(&policy),
        };
        let http = reqwest::Client::builder()
            .dns_resolver(guarded)
            .tls_backend_preconfigured(tls)
            // A proxy would look names up itself, and connect to what it likes.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            // A connection that has waited may be closed when it is used, and no request is sent twice. And every request
            // has its name checked.
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(USER_AGENT)
            .build()
            .map_err(ClientError::Client)?;
        Ok(Self {
            http,
            policy,
            timeout: Duration::MAX,
        })
    }

    /// Waits for an answer no longer than that. It can be only less than what [`AUTHORITY_TIMEOUT`](super::AUTHORITY_TIMEOUT)
    /// and [`DELIVERY_TIMEOUT`](crate::webhooks::DELIVERY_TIMEOUT) say.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What it may call.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Sends a request and reads the answer, as far as the bounds go.
    pub(super) async fn send(&self, mut request: Request, bounds: Bounds) -> Result<Answer, HttpError> {
        // The resolver is not asked about a host that is an address already.
        self.policy.check(request.url())?;
        let host = request.url().host_str().unwrap_or_default().to_owned();
        *request.timeout_mut() = Some(bounds.time.min(self.timeout));
        if request.body().and_then(Body::as_bytes).is_none_or(<[u8]>::is_empty) {
            // hyper leaves it out, and some servers want it of every POST (RFC 9110, 8.6).
            request
                .headers_mut()
                .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let outcome = self.http.execute(request).await;
        let mut response = outcome.map_err(|error| HttpError::of(&host, &error))?;
        let mut body = Vec::new();
        let end = loop {
            match response.chunk().await {
                Ok(None) => break End::Whole,
                Ok(Some(chunk)) => {
                    let room = bounds.bytes - body.len();
                    if let Some(fitting) = chunk.get(..room).filter(|fitting| fitting.len() < chunk.len()) {
                        body.extend_from_slice(fitting);
                        break End::TooLong;
                    }
                    body.extend_from_slice(&chunk);
                }
                Err(error) => break End::Broken(HttpError::of(&host, &error)),
            }
        };
        Ok(Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
            end,
        })
    }
}

/// TLS that trusts the authorities that the system does.
fn tls() -> Result<ClientConfig, ClientError> {
    let config = versions()?.with_platform_verifier().map_err(ClientError::Roots)?;
    Ok(config.with_no_client_auth())
}

/// TLS with the provider named: who else works in this process may have set up another for everybody, or none.
fn versions() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, ClientError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)
}

/// How much of an answer is waited for and read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// From the lookup of the name to the end of the body.
    pub(super) time: Duration,
    /// Of the body; its headers have bounds of their own.
    pub(super) bytes: usize,
}

/// An answer, as far as it was read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) end: End,
}

/// How an answer's body ended.
pub(super) enum End {
    /// It is all there.
    Whole,
    /// There was more of it.
    TooLong,
    /// The rest did not come.
    Broken(HttpError),
}

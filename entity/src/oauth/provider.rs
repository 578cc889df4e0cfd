//! The providers that the application is registered with.

use oauth2::RedirectUrl;
use thiserror::Error;
use url::{Host, Url};

use super::OauthProvider;
use crate::vault::Secret;

/// How access is taken back at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// By RFC 7009, at this endpoint.
    Standard(Url),
    /// By Slack's `auth.revoke`, which has the token in the header, at this endpoint.
    Slack(Url),
    /// Not at all.
    NotOffered,
}

impl Revocation {
    /// The endpoint.
    pub const fn endpoint(&self) -> Option<&Url> {
        match self {
            Self::Standard(url) | Self::Slack(url) => Some(url),
            Self::NotOffered => None,
        }
    }
}

/// Where a provider is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Where the user is sent to.
    pub authorization: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token: Url,
    /// Where access is taken back.
    pub revocation: Revocation,
}

/// A provider, with what the application is called there.
#[derive(Clone, Debug)]
pub struct Provider {
    id: OauthProvider,
    client_id: String,
    client_secret: Secret,
    endpoints: Endpoints,
}

impl Provider {
    /// Google.
    ///
    /// # Errors
    /// [`SetupError`] for an empty client id or secret.
    pub fn google(client_id: &str, client_secret: &str) -> Result<Self, SetupError> {
        let endpoints = Endpoints {
            authorization: url("https://accounts.google.com/o/oauth2/v2/auth")?,
            token: url("https://oauth2.googleapis.com/token")?,
            revocation: Revocation::Standard(url("https://oauth2.googleapis.com/revoke")?),
        };
        Self::new(OauthProvider::Google, client_id, client_secret, endpoints)
    }

    /// Microsoft. A tenant is its id or domain, or `common`, `organizations` or `consumers`.
    ///
    /// # Errors
    /// [`SetupError`] for an empty client id or secret, or a tenant of another form.
    pub fn microsoft(tenant: &str, client_id: &str, client_secret: &str) -> Result<Self, SetupError> {
        let fits = !tenant.is_empty()
            && tenant.bytes().any(|byte| byte != b'.')
            && tenant
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        if !fits {
            return Err(SetupError::Tenant(tenant.to_owned()));
        }
        let base = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0");
        let endpoints = Endpoints {
            authorization: url(&format!("{base}/authorize"))?,
            token: url(&format!("{base}/token"))?,
            revocation: Revocation::NotOffered,
        };
        Self::new(OauthProvider::Microsoft, client_id, client_secret, endpoints)
    }

    /// Slack.
    ///
    /// # Errors
    /// [`SetupError`] for an empty client id or secret.
    pub fn slack(client_id: &str, client_secret: &str) -> Result<Self, SetupError> {
        let endpoints = Endpoints {
            authorization: url("https://slack.com/oauth/v2/authorize")?,
            token: url("https://slack.com/api/oauth.v2.access")?,
            revocation: Revocation::Slack(url("https://slack.com/api/auth.revoke")?),
        };
        Self::new(OauthProvider::Slack, client_id, client_secret, endpoints)
    }

    fn new(id: OauthProvider, client_id: &str, client_secret: &str, endpoints: Endpoints) -> Result<Self, SetupError> {
        if client_id.is_empty() || client_secret.is_empty() {
            return Err(SetupError::Client(id));
        }
        Ok(Self {
            id,
            client_id: client_id.to_owned(),
            client_secret: Secret::from(client_secret.to_owned()),
            endpoints,
        })
    }

    /// The same at other endpoints: one's own server that does as the provider does, or a gateway before it.
    ///
    /// # Errors
    /// [`SetupError::Endpoint`] for one that is not `https`. `http` will do for the machine itself.
    pub fn at(mut self, endpoints: Endpoints) -> Result<Self, SetupError> {
        let all = [
            Some(&endpoints.authorization),
            Some(&endpoints.token),
            endpoints.revocation.endpoint(),
        ];
        if let Some(open) = all.into_iter().flatten().find(|url| !is_private(url)) {
            return Err(SetupError::Endpoint(open.host_str().unwrap_or_default().to_owned()));
        }
        self.endpoints = endpoints;
        Ok(self)
    }

    /// Who it is.
    pub const fn id(&self) -> OauthProvider {
        self.id
    }

    /// What the application is called there.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What it proves with that it is the application.
    pub const fn client_secret(&self) -> &Secret {
        &self.client_secret
    }

    /// Where it is asked.
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }
}

/// Whether nobody on the way can read what is sent there (RFC 6749, 3.1 and 3.2).
fn is_private(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

fn url(text: &str) -> Result<Url, SetupError> {
    Url::parse(text).map_err(|_| SetupError::Url(text.to_owned()))
}

/// The providers that the application is registered with, and where they send its users back to.
#[derive(Clone, Debug)]
pub struct Providers {
    redirect_uri: RedirectUrl,
    known: Vec<Provider>,
}

impl Providers {
    /// No provider yet; users come back to this URL.
    ///
    /// # Errors
    /// [`SetupError::RedirectUri`] unless it is an absolute `http` or `https` URL without a fragment (RFC 6749, 3.1.2).
    pub fn new(redirect_uri: &str) -> Result<Self, SetupError> {
        let redirect_uri = RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| SetupError::RedirectUri)?;
        if !matches!(redirect_uri.url().scheme(), "http" | "https") || redirect_uri.url().fragment().is_some() {
            return Err(SetupError::RedirectUri);
        }
        Ok(Self {
            redirect_uri,
            known: Vec::new(),
        })
    }

    /// Adds a provider, or takes it instead of the one that was there.
    #[must_use]
    pub fn with(mut self, provider: Provider) -> Self {
        self.known.retain(|known| known.id != provider.id);
        self.known.push(provider);
        self
    }

    /// The provider, if the application is registered with it.
    pub fn get(&self, id: OauthProvider) -> Option<&Provider> {
        self.known.iter().find(|known| known.id == id)
    }

    /// Where users come back to.
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    pub(super) const fn redirect_url(&self) -> &RedirectUrl {
        &self.redirect_uri
    }
}

/// What is wrong with how the providers are set up. It never says a client's secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Only one of client id and secret is there.
    #[error("{0:?} has not both a client id and a client secret; set both, or none to do without it")]
    Client(OauthProvider),
    /// The tenant is none.
    #[error("`{0}` is no Microsoft tenant: its id, its domain, `common`, `organizations` or `consumers` is expected")]
    Tenant(String),
    /// An endpoint is one that others can listen at.
    #[error("the endpoint at `{0}` is not `https`, so tokens and the client's secret could be read on the way to it")]
    Endpoint(String),
    /// A URL is none.
    #[error("`{0}` is no URL")]
    Url(String),
    /// The URL that users come back to does not fit.
    #[error("users can't be sent back to that URL: an absolute `http` or `https` URL without a fragment is expected")]
    RedirectUri,
    /// A variable is not there or holds what can't be used.
    #[error("{name}: {reason}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_can_not_lead_elsewhere() {
        for tenant in ["", "..", "a/b", "a?b", "a#b", "a b", "%2e%2e"] {
            let refused = Provider::microsoft(tenant, "id", "hunter2");
            assert_eq!(refused.unwrap_err(), SetupError::Tenant(tenant.to_owned()));
        }
        let provider = Provider::microsoft("contoso.onmicrosoft.com", "id", "hunter2").unwrap();
        assert_eq!(
            provider.endpoints().token.as_str(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
        );
        assert!(!format!("{provider:?}").contains("hunter2"));
    }

    #[test]
    fn secrets_go_only_where_nobody_listens() {
        let at = |text: &str| {
            let url = Url::parse(text).unwrap();
            let endpoints = Endpoints {
                authorization: url.clone(),
                token: url,
                revocation: Revocation::NotOffered,
            };
            Provider::google("id", "hunter2").unwrap().at(endpoints).map(drop)
        };
        for fine in [
            "https://idp.example/token",
            "http://localhost:8080/",
            "http://127.0.0.1:1/",
            "http://[::1]/",
        ] {
            assert_eq!(at(fine), Ok(()), "{fine}");
        }
        for open in [
            "http://idp.example/",
            "http://10.0.0.1/",
            "ftp://idp.example/",
            "http://localhost.example/",
        ] {
            assert!(matches!(at(open), Err(SetupError::Endpoint(_))), "{open}");
        }
    }
}

//! Requests to providers of OAuth.

use std::{borrow::Cow, future::Future, pin::Pin, time::Duration};

use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, StandardRevocableToken, TokenUrl,
    basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse},
};
use reqwest::{
    Body, Method, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::{
    Client,
    client::{Bounds, End},
    grants::{Refusal, Tokens, is_refusal},
};
use crate::{
    oauth::{Authority, AuthorityError, Exchange, Granted, Provider, Revocation},
    vault::Secret,
};

/// How long a provider has for its answer. It is less than the [`REFRESH_LEASE`](crate::oauth::REFRESH_LEASE) by what the rest
/// of a refresh can take.
pub const AUTHORITY_TIMEOUT: Duration = Duration::from_secs(20);

/// The longest tokens, with the groups of a large company in them, have a tenth of that.
const BOUNDS: Bounds = Bounds {
    time: AUTHORITY_TIMEOUT,
    bytes: 256 * 1024,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// A client of `oauth2` that knows the endpoint of tokens only.
type Registered = oauth2::Client<
    Refusal,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type Failure = RequestTokenError<AuthorityError, Refusal>;

impl Authority for Client {
    async fn exchange(&self, provider: &Provider, exchange: &Exchange) -> Result<Granted, AuthorityError> {
        let redirect = RedirectUrl::new(exchange.redirect_uri.clone());
        let redirect = redirect.map_err(|_| unavailable("the URL that users come back to is none"))?;
        let client = registered(provider);
        let request = client
            .exchange_code(AuthorizationCode::new(exchange.code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(exchange.verifier.expose().to_owned()))
            .set_redirect_uri(Cow::Owned(redirect));
        let outcome = request.request_async(&Asked(self)).await;
        granted(outcome)
    }

    async fn refresh(&self, provider: &Provider, refresh_token: &Secret) -> Result<Granted, AuthorityError> {
        let client = registered(provider);
        let token = RefreshToken::new(refresh_token.expose().to_owned());
        let request = client.exchange_refresh_token(&token);
        let outcome = request.request_async(&Asked(self)).await;
        granted(outcome)
    }

    async fn revoke(
        &self,
        provider: &Provider,
        access_token: &Secret,
        refresh_token: Option<&Secret>,
    ) -> Result<(), AuthorityError> {
        match &provider.endpoints().revocation {
            Revocation::Standard(url) => self.revoke_by_form(provider, url, access_token, refresh_token).await,
            Revocation::Slack(url) => self.revoke_at_slack(url, access_token, refresh_token).await,
            Revocation::NotOffered => Err(unavailable("it has no way to take access back")),
        }
    }
}

impl Client {
    /// RFC 7009, with the client's id and secret in the body as everywhere.
    async fn revoke_by_form(
        &self,
        provider: &Provider,
        url: &Url,
        access_token: &Secret,
        refresh_token: Option<&Secret>,
    ) -> Result<(), AuthorityError> {
        let (token, hint) = match refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (access_token, "access_token"),
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.expose())
            .append_pair("token_type_hint", hint)
            .append_pair("client_id", provider.client_id())
            .append_pair("client_secret", provider.client_secret().expose())
            .finish();
        let answer = self.answer(post(url, body)).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        match serde_json::from_slice::<Refusal>(answer.body()) {
            // The standard has 200 for a token that is not known (2.2); Google has this.
            Ok(refusal) if refusal.error.code() == Some("invalid_token") => Ok(()),
            Ok(refusal) => Err(refusal.into()),
            Err(_) => Err(AuthorityError::Malformed("it is neither a success nor an error")),
        }
    }

    /// Slack's `auth.revoke`, which takes access tokens back and knows no other.
    async fn revoke_at_slack(
        &self,
        url: &Url,
        access_token: &Secret,
        refresh_token: Option<&Secret>,
    ) -> Result<(), AuthorityError> {
        #[derive(Deserialize)]
        struct Outcome {
            revoked: bool,
        }
        let mut request = post(url, String::new());
        let bearer = HeaderValue::try_from(format!("Bearer {}", access_token.expose()));
        let mut bearer = bearer.map_err(|_| unavailable("the access token can't stand in a header"))?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let answer = self.answer(request).await?;
        if let Ok(refusal) = serde_json::from_slice::<Refusal>(answer.body()) {
            return match refusal.error.code() {
                Some("token_revoked" | "account_inactive") => Ok(()),
                // Where there is a refresh token, that one is still good.
                Some("token_expired") if refresh_token.is_none() => Ok(()),
                _ => Err(refusal.into()),
            };
        }
        match serde_json::from_slice::<Outcome>(answer.body()) {
            Ok(Outcome { revoked: true }) if answer.status() == StatusCode::OK => Ok(()),
            _ => Err(AuthorityError::Malformed("it is neither a success nor an error")),
        }
    }

    /// What `oauth2` asks, answered as it expects it.
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, AuthorityError> {
        let request = Request::try_from(request).map_err(|_| unavailable("its address is no URL"))?;
        let mut answer = self.answer(request).await?;
        if answer.status() == StatusCode::OK && is_refusal(answer.body()) {
            *answer.status_mut() = StatusCode::BAD_REQUEST;
        }
        Ok(answer)
    }

    /// An answer that came whole, and not from a provider that can't answer at present.
    async fn answer(&self, request: Request) -> Result<HttpResponse, AuthorityError> {
        let answer = self.send(request, BOUNDS).await;
        let answer = answer.map_err(|error| AuthorityError::Unavailable(error.to_string()))?;
        if matches!(answer.status, 408 | 429 | 500..) {
            return Err(AuthorityError::Unavailable(format!(
                "it answered with status {}",
                answer.status
            )));
        }
        match answer.end {
            End::Whole => {}
            End::TooLong => return Err(AuthorityError::Malformed("it has more than 256 KiB")),
            End::Broken(error) => return Err(AuthorityError::Unavailable(error.to_string())),
        }
        if matches!(answer.status, 300..400) {
            return Err(AuthorityError::Malformed("it is a redirection, which is not followed"));
        }
        let mut response = HttpResponse::new(answer.body);
        *response.status_mut() = StatusCode::from_u16(answer.status)
            .map_err(|_| AuthorityError::Malformed("it has a status that HTTP does not know"))?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

/// The client as `oauth2` wants one.
struct Asked<'a>(&'a Client);

impl<'c> AsyncHttpClient<'c> for Asked<'_> {
    type Error = AuthorityError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, AuthorityError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.ask(request))
    }
}

fn registered(provider: &Provider) -> Registered {
    oauth2::Client::new(ClientId::new(provider.client_id().to_owned()))
        .set_client_secret(ClientSecret::new(provider.client_secret().expose().to_owned()))
        // All three take them there, and `application/x-www-form-urlencoded` in a header is read in more ways than one.
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::from_url(provider.endpoints().token.clone()))
}

fn granted(outcome: Result<Tokens, Failure>) -> Result<Granted, AuthorityError> {
    // What is left out holds the answer, with tokens perhaps.
    match outcome {
        Ok(tokens) => Ok(tokens.into()),
        Err(RequestTokenError::ServerResponse(refusal)) => Err(refusal.into()),
        Err(RequestTokenError::Request(error)) => Err(error),
        Err(RequestTokenError::Parse(..)) => Err(AuthorityError::Malformed("it has neither tokens nor an error")),
        Err(RequestTokenError::Other(_)) => Err(AuthorityError::Malformed("it is empty or not JSON")),
    }
}

fn post(url: &Url, body: String) -> Request {
    let mut request = Request::new(Method::POST, url.clone());
    request.headers_mut().insert(ACCEPT, JSON);
    request.headers_mut().insert(CONTENT_TYPE, FORM);
    *request.body_mut() = Some(Body::from(body));
    request
}

fn unavailable(why: &str) -> AuthorityError {
    AuthorityError::Unavailable(why.to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::AUTHORITY_TIMEOUT;
    use crate::oauth::REFRESH_LEASE;

    #[test]
    fn an_answer_comes_before_another_may_refresh() {
        assert!(TimeDelta::from_std(2 * AUTHORITY_TIMEOUT).unwrap() < REFRESH_LEASE);
    }
}

//! Access that is taken back, in each provider's way.

use entity::{
    oauth::{Authority as _, AuthorityError},
    prelude::*,
};

use crate::{
    answers::provider,
    client,
    oauth_support::{refused, secret, shows_no_secret},
    server::{Reply, Seen, Server},
};

async fn revoke(id: OauthProvider, refresh: Option<&str>, reply: Reply) -> (Result<(), AuthorityError>, Vec<Seen>) {
    let server = Server::always(reply);
    let refresh = refresh.map(secret);
    let outcome = client()
        .revoke(&provider(&server, id), &secret("access-0"), refresh.as_ref())
        .await;
    if let Err(error) = &outcome {
        shows_no_secret(error);
    }
    (outcome, server.seen())
}

#[tokio::test]
async fn by_the_standard_the_refresh_token_goes_and_takes_the_others_along() {
    for (refresh, token, hint) in [
        (Some("refresh-0"), "refresh-0", "refresh_token"),
        (None, "access-0", "access_token"),
    ] {
        let (outcome, seen) = revoke(OauthProvider::Google, refresh, Reply::json(200, "")).await;
        assert_eq!(outcome, Ok(()));
        assert_eq!((seen.len(), seen[0].line.as_str()), (1, "POST /revoke HTTP/1.1"));
        let expected = [
            ("token", token),
            ("token_type_hint", hint),
            ("client_id", "client id"),
            ("client_secret", "client-secret&"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(seen[0].form(), expected);
    }
}

#[tokio::test]
async fn at_slack_the_access_token_goes_in_the_header() {
    let taken = Reply::json(200, r#"{"ok":true,"revoked":true}"#);
    let (outcome, seen) = revoke(OauthProvider::Slack, Some("refresh-0"), taken).await;
    assert_eq!((outcome, seen.len()), (Ok(()), 1));
    assert_eq!(seen[0].line, "POST /auth.revoke HTTP/1.1");
    assert_eq!(seen[0].header("authorization"), Some("Bearer access-0"));
    assert_eq!((seen[0].header("content-length"), seen[0].body.len()), (Some("0"), 0));
}

#[tokio::test]
async fn at_microsoft_nobody_is_asked() {
    let (outcome, seen) = revoke(OauthProvider::Microsoft, None, Reply::json(200, "")).await;
    let why = AuthorityError::Unavailable("it has no way to take access back".to_owned());
    assert_eq!((outcome, seen.len()), (Err(why), 0));
}

#[tokio::test]
async fn a_token_that_is_not_known_is_taken_back() {
    let page = Reply::with(204, "content-type: text/html\r\n", b"");
    assert_eq!(revoke(OauthProvider::Google, None, page).await.0, Ok(()));
    let unknown = Reply::json(400, r#"{"error":"invalid_token"}"#);
    assert_eq!(revoke(OauthProvider::Google, None, unknown).await.0, Ok(()));
    let slack = |code: &str| Reply::json(200, &format!(r#"{{"ok":false,"error":"{code}"}}"#));
    for code in ["token_revoked", "account_inactive", "token_expired"] {
        assert_eq!(
            revoke(OauthProvider::Slack, None, slack(code)).await.0,
            Ok(()),
            "{code}"
        );
    }
    // With the refresh token there is a new one any time.
    let expired = revoke(OauthProvider::Slack, Some("refresh-0"), slack("token_expired")).await;
    assert_eq!(expired.0, Err(refused("token_expired")));
}

#[tokio::test]
async fn what_was_not_taken_back_is_told() {
    let page = Reply::with(403, "content-type: text/html\r\n", b"<html>hunter2</html>");
    let unavailable = |why: &str| AuthorityError::Unavailable(why.to_owned());
    let neither = AuthorityError::Malformed("it is neither a success nor an error");
    let failed = r#"{"ok":false,"error":"internal_error"}"#;
    let sly = r#"{"error":"hunter2","error_description":"client-secret&"}"#;
    for (id, reply, expected) in [
        (
            OauthProvider::Google,
            Reply::json(400, r#"{"error":"unsupported_token_type"}"#),
            refused("unsupported_token_type"),
        ),
        (OauthProvider::Google, Reply::json(400, sly), refused("?")),
        (
            OauthProvider::Google,
            Reply::json(503, ""),
            unavailable("it answered with status 503"),
        ),
        (OauthProvider::Google, page.clone(), neither.clone()),
        (OauthProvider::Slack, page, neither.clone()),
        (
            OauthProvider::Slack,
            Reply::json(200, r#"{"ok":false,"error":"invalid_auth"}"#),
            refused("invalid_auth"),
        ),
        (
            OauthProvider::Slack,
            Reply::json(200, failed),
            unavailable("it answered with `internal_error`"),
        ),
        (
            OauthProvider::Slack,
            Reply::json(200, r#"{"ok":true,"revoked":false}"#),
            neither.clone(),
        ),
        (OauthProvider::Slack, Reply::json(200, ""), neither),
        (
            OauthProvider::Slack,
            Reply::json(429, ""),
            unavailable("it answered with status 429"),
        ),
    ] {
        assert_eq!(revoke(id, None, reply.clone()).await.0, Err(expected), "{reply:?}");
    }
}

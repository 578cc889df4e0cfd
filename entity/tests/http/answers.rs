//! What providers answer, and what becomes of it.

use std::time::Duration;

use entity::{
    oauth::{Authority as _, AuthorityError, Endpoints, Exchange, Granted, Provider, Reason, Revocation},
    prelude::*,
};

use crate::{
    client,
    oauth_support::{refused, secret, shows_no_secret},
    server::{Reply, Server},
    soon,
};

/// A provider whose every endpoint is there.
pub(crate) fn provider(server: &Server, id: OauthProvider) -> Provider {
    let revocation = match id {
        OauthProvider::Google => Revocation::Standard(server.url("/revoke")),
        OauthProvider::Slack => Revocation::Slack(server.url("/auth.revoke")),
        OauthProvider::Microsoft => Revocation::NotOffered,
    };
    let endpoints = Endpoints {
        authorization: server.url("/authorize"),
        token: server.url("/token"),
        revocation,
    };
    let made = match id {
        OauthProvider::Google => Provider::google("client id", "client-secret&"),
        OauthProvider::Slack => Provider::slack("client id", "client-secret&"),
        OauthProvider::Microsoft => Provider::microsoft("common", "client id", "client-secret&"),
    };
    made.unwrap().at(endpoints).unwrap()
}

async fn refresh_at(server: &Server) -> Result<Granted, AuthorityError> {
    let client = client().with_timeout(Duration::from_secs(5));
    let provider = provider(server, OauthProvider::Google);
    client.refresh(&provider, &secret("refresh-0")).await
}

async fn refresh(reply: Reply) -> Result<Granted, AuthorityError> {
    refresh_at(&Server::always(reply)).await
}

/// The error that an answer becomes.
async fn error(reply: Reply) -> AuthorityError {
    let error = refresh(reply).await.unwrap_err();
    shows_no_secret(&error);
    error
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

const TOKENS: &str = r#"{"access_token":"access-1"}"#;

#[tokio::test]
async fn a_code_is_sent_with_all_that_proves_it_in_the_body() {
    let server = Server::always(Reply::json(200, TOKENS));
    let exchange = Exchange {
        code: secret("code-of-the-user/+ é"),
        verifier: secret("verifier"),
        redirect_uri: "https://cronium.example/back?to=x".to_owned(),
    };
    let provider = provider(&server, OauthProvider::Microsoft);
    client().exchange(&provider, &exchange).await.unwrap();
    let seen = server.one();
    assert_eq!(seen.line, "POST /token HTTP/1.1");
    for (name, value) in [
        ("content-type", Some("application/x-www-form-urlencoded")),
        ("accept", Some("application/json")),
        ("user-agent", Some("Cronium")),
        ("authorization", None),
        ("accept-encoding", None),
        ("referer", None),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "code-of-the-user/+ é"),
        ("code_verifier", "verifier"),
        ("client_id", "client id"),
        ("client_secret", "client-secret&"),
        ("redirect_uri", "https://cronium.example/back?to=x"),
    ];
    let (mut sent, mut expected) = (seen.form(), fields(&expected));
    sent.sort();
    expected.sort();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_refresh_token_is_sent_with_the_client_s_secret() {
    let server = Server::always(Reply::json(200, TOKENS));
    refresh_at(&server).await.unwrap();
    let expected = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh-0"),
        ("client_id", "client id"),
        ("client_secret", "client-secret&"),
    ];
    assert_eq!(server.one().form(), fields(&expected));
}

#[tokio::test]
async fn tokens_are_read_as_the_providers_write_them() {
    let read = async |body: &str| {
        let granted = refresh(Reply::json(200, body)).await.unwrap();
        let refresh_token = granted.refresh_token.map(|token| token.expose().to_owned());
        let access_token = granted.access_token.expose().to_owned();
        (
            access_token,
            refresh_token,
            granted.expires_in,
            granted.token_type,
            granted.scope,
        )
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(read(TOKENS).await, ("access-1".to_owned(), None, None, None, None));
    let nulls = r#"{"access_token":"a","refresh_token":null,"expires_in":null,"token_type":null,"scope":null}"#;
    assert_eq!(read(nulls).await, ("a".to_owned(), None, None, None, None));
    let google = r#"{"access_token":"ya29.é","expires_in":3599,"scope":"openid https://www.googleapis.com/auth/gmail.send","token_type":"Bearer","id_token":"e.y.J","refresh_token":"1//0g"}"#;
    assert_eq!(
        read(google).await,
        (
            "ya29.é".to_owned(),
            text("1//0g"),
            Some(3599),
            text("Bearer"),
            text("openid https://www.googleapis.com/auth/gmail.send")
        )
    );
    let slack = r#"{"ok":true,"app_id":"A1","authed_user":{"id":"U1","access_token":"xoxp"},"scope":"chat:write,commands","token_type":"bot","access_token":"xoxe.xoxb-1","refresh_token":"xoxe-1","expires_in":43200,"team":{"id":"T1"},"is_enterprise_install":false}"#;
    assert_eq!(
        read(slack).await,
        (
            "xoxe.xoxb-1".to_owned(),
            text("xoxe-1"),
            Some(43200),
            text("bot"),
            text("chat:write commands")
        )
    );
}

#[tokio::test]
async fn an_error_is_a_refusal_whatever_its_status() {
    for (status, body, code) in [
        (400, r#"{"error":"invalid_grant"}"#, "invalid_grant"),
        (
            401,
            r#"{"error":"invalid_client","error_description":"x","error_uri":7}"#,
            "invalid_client",
        ),
        (
            200,
            r#"{"ok":false,"error":"invalid_refresh_token"}"#,
            "invalid_refresh_token",
        ),
        (
            200,
            r#"{"ok":false,"error":"invalid_code","access_token":"access-1"}"#,
            "invalid_code",
        ),
        (200, r#"{"error":"bad_verification_code"}"#, "bad_verification_code"),
    ] {
        assert_eq!(error(Reply::json(status, body)).await, refused(code), "{body}");
    }
    let sly = r#"{"error":"no client-secret& with refresh-0","error_description":"hunter2 access-1"}"#;
    let error = error(Reply::json(400, sly)).await;
    assert_eq!(error, AuthorityError::Refused(Reason::of("?")));
    assert_eq!(error.to_string(), "it answered with an unusual error");
}

#[tokio::test]
async fn who_can_not_answer_at_present_is_asked_again() {
    for status in [408, 429, 500, 502, 503, 504] {
        let body = r#"{"error":"invalid_grant","error_description":"hunter2"}"#;
        let expected = AuthorityError::Unavailable(format!("it answered with status {status}"));
        assert_eq!(error(Reply::json(status, body)).await, expected);
    }
    for (status, code) in [
        (400, "temporarily_unavailable"),
        (200, "internal_error"),
        (200, "ratelimited"),
    ] {
        let body = format!(r#"{{"ok":false,"error":"{code}"}}"#);
        let expected = AuthorityError::Unavailable(format!("it answered with `{code}`"));
        assert_eq!(error(Reply::json(status, &body)).await, expected);
    }
    let broken = AuthorityError::Unavailable("`127.0.0.1` broke off, or its answer is not HTTP".to_owned());
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"access_token\":\"access-1\"}".to_vec();
    for bytes in [half, b"SSH-2.0-hunter2\r\n".to_vec(), Vec::new()] {
        assert_eq!(error(Reply::Bytes(bytes)).await, broken);
    }
}

#[tokio::test]
async fn what_is_neither_tokens_nor_an_error_is_told_from_both() {
    let page = b"<html>hunter2</html>";
    for (reply, expected) in [
        (
            Reply::with(200, "content-type: text/html\r\n", page),
            "it is empty or not JSON",
        ),
        (
            Reply::with(200, "content-type: application/json\r\n", page),
            "it has neither tokens nor an error",
        ),
        (Reply::with(200, "", page), "it has neither tokens nor an error"),
        (
            Reply::with(403, "content-type: text/html\r\n", page),
            "it has neither tokens nor an error",
        ),
        (Reply::json(200, ""), "it is empty or not JSON"),
        (Reply::json(400, ""), "it is empty or not JSON"),
        (Reply::json(204, ""), "it is empty or not JSON"),
        (Reply::json(200, "[]"), "it has neither tokens nor an error"),
        (
            Reply::json(200, r#"{"ok":false}"#),
            "it has neither tokens nor an error",
        ),
        (
            Reply::json(200, r#"{"access_token":7}"#),
            "it has neither tokens nor an error",
        ),
        (
            Reply::json(200, r#"{"access_token":"access-1","expires_in":-1}"#),
            "it has neither tokens nor an error",
        ),
        (
            Reply::json(400, r#"{"error":{"code":400,"message":"hunter2"}}"#),
            "it has neither tokens nor an error",
        ),
        (Reply::json(201, TOKENS), "it has neither tokens nor an error"),
    ] {
        assert_eq!(
            error(reply.clone()).await,
            AuthorityError::Malformed(expected),
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"access_token\":\"";
    let server = Server::always(Reply::Endless(head.to_vec()));
    let error = refresh_at(&server).await.unwrap_err();
    assert_eq!(error, AuthorityError::Malformed("it has more than 256 KiB"));
    // What is more is on its way between the two.
    assert!(server.sent() < 32 << 20, "{}", server.sent());
    let head = b"HTTP/1.1 200 OK\r\nx-endless: ";
    let server = Server::always(Reply::Endless(head.to_vec()));
    assert!(matches!(refresh_at(&server).await, Err(AuthorityError::Unavailable(_))));
    assert!(server.sent() < 32 << 20, "{}", server.sent());
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec();
    for bytes in [Vec::new(), b"HTTP/1.1 200".to_vec(), head] {
        let server = Server::always(Reply::Stalls(bytes));
        let client = client().with_timeout(Duration::from_millis(200));
        let (provider, token) = (provider(&server, OauthProvider::Google), secret("refresh-0"));
        let outcome = soon(client.refresh(&provider, &token)).await;
        let late = AuthorityError::Unavailable("`127.0.0.1` did not answer in time".to_owned());
        assert_eq!(outcome.unwrap_err(), late);
    }
}

#[tokio::test]
async fn a_secret_is_not_taken_elsewhere() {
    let elsewhere = Server::always(Reply::json(200, TOKENS));
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}\r\n", elsewhere.url("/token"));
        let error = error(Reply::with(status, &location, b"")).await;
        assert_eq!(
            error,
            AuthorityError::Malformed("it is a redirection, which is not followed")
        );
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_request_is_sent_once() {
    let server = Server::always(Reply::json(503, ""));
    for asked in 1..=3 {
        refresh_at(&server).await.unwrap_err();
        // By a connection of its own each.
        assert_eq!((server.seen().len(), server.connections()), (asked, asked));
    }
    let closed = Server::always(Reply::Bytes(Vec::new()));
    refresh_at(&closed).await.unwrap_err();
    assert_eq!(closed.connections(), 1);
}

//! Deliveries of webhooks, as receivers see them.

use std::{collections::BTreeMap, net::TcpListener, time::Duration};

use entity::webhooks::{Courier as _, CourierError, LONGEST_ANSWER, Parcel, Receipt};

use crate::{
    client,
    server::{Reply, Seen, Server},
    soon,
};

fn parcel(server: &Server, headers: &[(&str, &str)], body: &str) -> Parcel {
    let headers: BTreeMap<_, _> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Parcel {
        url: server.url("/hooks/a%20b?key=hunter2&x=%2F"),
        headers,
        body: body.to_owned(),
    }
}

async fn answered(reply: Reply) -> Receipt {
    let server = Server::always(reply);
    let receipt = client().carry(&parcel(&server, &[], "{}")).await.unwrap();
    assert_eq!(server.seen().len(), 1);
    receipt
}

#[tokio::test]
async fn a_delivery_arrives_to_the_byte() {
    let server = Server::always(Reply::json(200, "thanks"));
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("user-agent", "Cronium-Webhooks/1.0"),
        ("x-signature", "sha256=0a1b"),
        ("x-spaced", "a  b\tc"),
        ("x-name", "Ada Läßig"),
        ("x-empty", ""),
    ];
    let body = "{\"a\": 1,\r\n \"é\":\"\\u0000 \u{10ffff}\u{0}\"}\n";
    let receipt = client().carry(&parcel(&server, &headers, body)).await.unwrap();
    assert_eq!(
        (receipt.status, receipt.body.as_str(), receipt.is_success()),
        (200, "thanks", true)
    );
    let seen = server.one();
    assert_eq!(seen.line, "POST /hooks/a%20b?key=hunter2&x=%2F HTTP/1.1");
    assert_eq!(seen.body, body.as_bytes());
    for (name, value) in headers {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    // Nothing else is said than what has to be.
    let more = |(name, _): &&(String, String)| !headers.iter().any(|(known, _)| known == name);
    let mut more: Vec<_> = seen
        .headers
        .iter()
        .filter(more)
        .map(|(name, _)| name.as_str())
        .collect();
    more.sort_unstable();
    assert_eq!(more, ["accept", "content-length", "host"]);

    let server = Server::always(Reply::json(200, ""));
    client().carry(&parcel(&server, &[], "")).await.unwrap();
    let seen = server.one();
    assert_eq!((seen.header("content-length"), seen.body.len()), (Some("0"), 0));
    assert_eq!(seen.header("user-agent"), Some("Cronium"));
}

#[tokio::test]
async fn every_status_is_an_answer() {
    for status in [200, 204, 302, 400, 410, 429, 500, 599, 999] {
        let receipt = answered(Reply::with(status, "location: /elsewhere\r\n", b"")).await;
        assert_eq!((receipt.status, receipt.is_success()), (status, status < 300));
    }
}

#[tokio::test]
async fn the_beginning_of_an_answer_is_kept() {
    for text in ["😀", "é", "x"] {
        let kept = answered(Reply::with(200, "", text.repeat(2 * LONGEST_ANSWER).as_bytes())).await;
        assert_eq!(kept.body, text.repeat(LONGEST_ANSWER));
        let kept = answered(Reply::with(200, "", text.repeat(LONGEST_ANSWER).as_bytes())).await;
        assert_eq!(kept.body, text.repeat(LONGEST_ANSWER));
    }
    // Neither what is no UTF-8 nor what PostgreSQL does not store.
    let kept = answered(Reply::with(
        200,
        "content-type: text/plain; charset=latin1\r\n",
        b"a\xe9b\0c\xf0\x9f",
    ))
    .await;
    assert_eq!(kept.body, "a\u{fffd}b\u{fffd}c\u{fffd}");
    let kept = answered(Reply::with(200, "", &[0xff; 5000])).await;
    assert_eq!(kept.body, "\u{fffd}".repeat(LONGEST_ANSWER));
    let server = Server::always(Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()));
    let receipt = client().carry(&parcel(&server, &[], "{}")).await.unwrap();
    assert_eq!(receipt.body, "x".repeat(LONGEST_ANSWER));
    assert!(server.sent() < 32 << 20, "{}", server.sent());
}

#[tokio::test]
async fn a_status_is_an_answer_even_if_no_more_comes() {
    let broken = Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\npart".to_vec());
    assert_eq!(answered(broken).await.body, "part");
    let server = Server::always(Reply::Stalls(
        b"HTTP/1.1 202 OK\r\ncontent-length: 99\r\n\r\npart".to_vec(),
    ));
    let (client, parcel) = (
        client().with_timeout(Duration::from_secs(2)),
        parcel(&server, &[], "{}"),
    );
    let receipt = soon(client.carry(&parcel)).await.unwrap();
    assert_eq!((receipt.status, receipt.body.as_str()), (202, "part"));
}

#[tokio::test]
async fn without_a_status_there_is_no_answer() {
    let (patient, hasty) = (client(), client().with_timeout(Duration::from_millis(200)));
    let (late, broken) = (
        "`127.0.0.1` did not answer in time",
        "`127.0.0.1` broke off, or its answer is not HTTP",
    );
    for (client, reply, why) in [
        (&hasty, Reply::Stalls(Vec::new()), late),
        (&hasty, Reply::Stalls(b"HTTP/1.1 200 OK\r\nx-".to_vec()), late),
        (&patient, Reply::Bytes(Vec::new()), broken),
        (&patient, Reply::Bytes(b"hunter2\r\n\r\n".to_vec()), broken),
    ] {
        let server = Server::always(reply);
        let parcel = parcel(&server, &[("x-key", "hunter2")], "hunter2");
        let error = soon(client.carry(&parcel)).await.unwrap_err();
        assert_eq!(error, CourierError::Unavailable(why.to_owned()));
    }
    let server = Server::always(Reply::json(200, ""));
    let mut parcel = parcel(&server, &[("x-key", "hunter2")], "hunter2");
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    parcel.url.set_port(Some(port)).unwrap();
    let CourierError::Unavailable(why) = patient.carry(&parcel).await.unwrap_err() else {
        panic!("it is unavailable");
    };
    assert!(
        why.starts_with("there is no connection to `127.0.0.1`: Connection refused"),
        "{why}"
    );
}

#[tokio::test]
async fn a_parcel_can_not_say_where_its_request_ends_or_goes() {
    let server = Server::always(Reply::json(200, ""));
    for name in [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "expect",
        "te",
        "trailer",
    ] {
        let error = client()
            .carry(&parcel(&server, &[(name, "hunter2")], "{}"))
            .await
            .unwrap_err();
        let why = format!("the header `{name}` is made by who sends the request and can't be given; leave it out");
        assert_eq!(error, CourierError::Forbidden(why));
    }
    for (name, value) in [
        ("x-key", "hunter2\r\nhost: inside"),
        ("x-key", "hunter2\n"),
        ("x-key", "hunter2\0"),
        ("x-key: hunter2\r\nhost", "inside"),
        ("", "hunter2"),
        ("hunter2 ", "x"),
    ] {
        let error = client()
            .carry(&parcel(&server, &[(name, value)], "{}"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, CourierError::Forbidden(_)) && !error.to_string().contains("hunter2"),
            "{error}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn deliveries_do_not_wait_for_each_other() {
    // The first is answered when the second has come.
    let both = std::sync::Barrier::new(2);
    let server = Server::start(move |seen: &Seen| {
        both.wait();
        Reply::with(200, "", &seen.body)
    });
    let (client, other) = (client(), client());
    let (one, two) = (parcel(&server, &[], "1"), parcel(&server, &[], "2"));
    let (one, two) = tokio::join!(client.carry(&one), other.carry(&two));
    assert_eq!((one.unwrap().body, two.unwrap().body), ("1".to_owned(), "2".to_owned()));
}

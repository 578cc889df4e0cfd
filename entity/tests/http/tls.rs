//! Whom the client believes by TLS: the certificates are of an authority that no system knows, for `localhost`, until 2120.

use std::{
    env,
    net::TcpListener,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use entity::webhooks::{Courier as _, CourierError, Parcel, Receipt};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};

use crate::{again, client, server::read};

const CERTIFICATE: &[u8] = include_bytes!("certificates/localhost.der");
const KEY: &[u8] = include_bytes!("certificates/localhost.key.der");

/// A server that says thanks for requests, and how many it has got.
fn server() -> (u16, Arc<AtomicUsize>) {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE)],
            PrivateKeyDer::try_from(KEY).unwrap(),
        );
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            if read(&mut stream).is_some() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nthanks";
                let _ = std::io::Write::write_all(&mut stream, answer);
            }
        }
    });
    (port, requests)
}

fn parcel(url: &str) -> Parcel {
    Parcel {
        url: url.parse().unwrap(),
        headers: [("x-key".to_owned(), "hunter2".to_owned())].into(),
        body: "{}".to_owned(),
    }
}

async fn call(url: &str) -> Result<Receipt, CourierError> {
    client().carry(&parcel(url)).await
}

fn refused(host: &str, why: &str) -> CourierError {
    CourierError::Unavailable(format!(
        "there is no connection to `{host}`: invalid peer certificate: {why}"
    ))
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_refused() {
    let (port, requests) = server();
    let error = call(&format!("https://localhost:{port}/?hunter2")).await.unwrap_err();
    assert_eq!(error, refused("localhost", "UnknownIssuer"));
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_certificate_is_believed_if_the_system_knows_who_gave_it() {
    let (port, requests) = server();
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/certificates/authority.pem");
    let environment = [
        ("SSL_CERT_FILE", authority.to_str().unwrap()),
        ("TEST_PORT", &port.to_string()),
    ];
    again("tls::where_the_authority_is_known", &environment);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
#[ignore = "another test runs it with an environment of its own"]
async fn where_the_authority_is_known() {
    let port = env::var("TEST_PORT").unwrap();
    let receipt = call(&format!("https://localhost:{port}/")).await.unwrap();
    assert_eq!((receipt.status, receipt.body.as_str()), (200, "thanks"));
    // It is for that name only.
    let Err(CourierError::Unavailable(why)) = call(&format!("https://127.0.0.1:{port}/")).await else {
        panic!("it is for another name");
    };
    assert!(why.contains("not valid for name"), "{why}");
    // And without TLS there is no answer.
    assert!(matches!(
        call(&format!("http://localhost:{port}/")).await,
        Err(CourierError::Unavailable(_))
    ));
    // Who trusts nobody does not trust this authority either.
    let nobody = entity::http::Client::without_trust(entity::http::Policy::public().allow_loopback()).unwrap();
    assert!(matches!(
        nobody.carry(&parcel(&format!("https://localhost:{port}/"))).await,
        Err(CourierError::Unavailable(_))
    ));
}

#[tokio::test]
async fn without_any_authority_there_is_no_client() {
    again(
        "tls::where_no_authority_is_known",
        &[("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/dev/null")],
    );
}

#[test]
#[ignore = "another test runs it with an environment of its own"]
fn where_no_authority_is_known() {
    let error = entity::http::Client::new(entity::http::Policy::public()).unwrap_err();
    assert!(matches!(error, entity::http::ClientError::Roots(_)));
    assert!(
        error
            .to_string()
            .contains("install the system's CA certificates, or set SSL_CERT_FILE"),
        "{error}"
    );
    // One that trusts nobody needs none.
    assert!(entity::http::Client::without_trust(entity::http::Policy::public()).is_ok());
}

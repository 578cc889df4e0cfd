//! The policy holds for what is connected to, whatever names, redirects and the environment say.

use std::{
    env, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use entity::{
    http::{Client, Names, Policy},
    oauth::{Authority as _, AuthorityError},
    prelude::OauthProvider,
    webhooks::{Courier as _, CourierError, Parcel},
};
use url::Url;

use crate::{
    again,
    answers::provider,
    oauth_support::secret,
    server::{Reply, Server},
};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const BESIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

fn parcel(url: Url) -> Parcel {
    Parcel {
        url,
        headers: [("x-key".to_owned(), "hunter2".to_owned())].into(),
        body: "{}".to_owned(),
    }
}

/// The status of the answer.
async fn call(client: &Client, url: &str) -> Result<u16, CourierError> {
    let receipt = client.carry(&parcel(Url::parse(url).unwrap())).await?;
    Ok(receipt.status)
}

fn forbidden(host: &str) -> Result<u16, CourierError> {
    Err(CourierError::Forbidden(format!(
        "`{host}` is not at a public address, and others may not be called"
    )))
}

/// Names whose addresses a test says, one list after the other, the last for ever.
#[derive(Clone, Debug)]
struct Told {
    lists: Arc<Mutex<Vec<Vec<IpAddr>>>>,
    asked: Arc<AtomicUsize>,
}

impl Told {
    fn new<const N: usize>(lists: [&[IpAddr]; N]) -> Self {
        let lists = lists.iter().rev().map(|list| list.to_vec()).collect();
        Self {
            lists: Arc::new(Mutex::new(lists)),
            asked: Arc::default(),
        }
    }
}

impl Names for Told {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        assert_eq!(name, "receiver.example");
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut lists = self.lists.lock().unwrap();
        Ok(if lists.len() > 1 {
            lists.pop().unwrap()
        } else {
            lists[0].clone()
        })
    }
}

#[tokio::test]
async fn a_name_of_the_machine_itself_is_refused_unless_it_is_allowed() {
    let server = Server::always(Reply::json(200, ""));
    let url = format!("http://localhost:{}/", server.address.port());
    let public = Client::new(Policy::public()).unwrap();
    assert_eq!(call(&public, &url).await, forbidden("localhost"));
    for spelling in ["2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.0.0.1"] {
        let url = format!("http://{spelling}:{}/", server.address.port());
        assert!(
            matches!(call(&public, &url).await, Err(CourierError::Forbidden(_))),
            "{spelling}"
        );
    }
    let asked = public
        .refresh(&provider(&server, OauthProvider::Google), &secret("refresh-0"))
        .await;
    let why = "`127.0.0.1` is not at a public address, and others may not be called".to_owned();
    assert_eq!(asked.unwrap_err(), AuthorityError::Unavailable(why));
    assert_eq!(server.connections(), 0);
    assert_eq!(call(&crate::client(), &url).await, Ok(200));
    assert_eq!(
        server.one().header("host"),
        Some(&*format!("localhost:{}", server.address.port()))
    );
}

#[tokio::test]
async fn a_name_that_is_none_is_no_matter_of_the_policy() {
    let nowhere = Client::with_names(Policy::public(), Told::new([&[]])).unwrap();
    let error = call(&nowhere, "https://receiver.example/?hunter2").await.unwrap_err();
    let why = "there is no connection to `receiver.example`: the name has no address";
    assert_eq!(error, CourierError::Unavailable(why.to_owned()));
}

#[tokio::test]
async fn every_connection_goes_to_an_address_that_was_checked() {
    // It keeps the connection open, as servers do.
    let server = Server::always(Reply::Stalls(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()));
    // The name moves to another address after it was called once.
    let names = Told::new([&[HERE], &[BESIDE]]);
    let policy = Policy::public().allow("127.0.0.1/32".parse().unwrap());
    let client = Client::with_names(policy, names.clone()).unwrap();
    let url = format!("http://receiver.example:{}/", server.address.port());
    assert_eq!(call(&client, &url).await, Ok(200));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    assert_eq!(call(&client, &url).await, forbidden("receiver.example"));
    assert_eq!(names.asked.load(Ordering::SeqCst), 2);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux has all of 127.0.0.0/8")]
async fn of_a_name_s_addresses_those_are_used_that_are_allowed() {
    let allowed = Server::always(Reply::json(200, ""));
    let refused = SocketAddr::new(BESIDE, allowed.address.port());
    let refused = Server::at(refused, |_| Reply::json(500, ""));
    let policy = Policy::public().allow("127.0.0.1/32".parse().unwrap());
    for list in [[HERE, BESIDE], [BESIDE, HERE]] {
        let client = Client::with_names(policy.clone(), Told::new([&list])).unwrap();
        let url = format!("http://receiver.example:{}/", allowed.address.port());
        assert_eq!(call(&client, &url).await, Ok(200));
    }
    assert_eq!((allowed.connections(), refused.connections()), (2, 0));
}

#[tokio::test]
async fn a_redirection_leads_nowhere() {
    let inside = Server::always(Reply::json(200, "hunter2"));
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}\r\n", inside.url("/metadata"));
        let server = Server::always(Reply::with(status, &location, b"moved"));
        let receipt = crate::client().carry(&parcel(server.url("/"))).await.unwrap();
        assert_eq!(
            (receipt.status, receipt.body.as_str(), receipt.is_success()),
            (status, "moved", false)
        );
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_asked() {
    let (proxy, server) = (
        Server::always(Reply::json(502, "")),
        Server::always(Reply::json(200, "")),
    );
    let (proxied, url) = (proxy.url("/"), server.url("/"));
    let mut environment = vec![("TEST_TARGET", url.as_str()), ("NO_PROXY", ""), ("no_proxy", "")];
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        environment.push((name, proxied.as_str()));
    }
    again("guard::in_an_environment_with_a_proxy", &environment);
    assert_eq!((proxy.connections(), server.connections()), (0, 1));
}

#[tokio::test]
#[ignore = "another test runs it with an environment of its own"]
async fn in_an_environment_with_a_proxy() {
    let target = env::var("TEST_TARGET").unwrap();
    assert_eq!(call(&crate::client(), &target).await, Ok(200));
}

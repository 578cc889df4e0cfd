//! Which addresses may be called, in whatever form they are written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use entity::http::{Forbidden, Policy};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;
use url::Url;

/// Nets that are nobody's on the internet.
const REFUSED_V4: [&str; 16] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

const REFUSED_V6: [&str; 14] = [
    "::/96",           // compatible, the machine itself, unspecified
    "::ffff:0:0:0/96", // translated
    "64:ff9b:1::/48",  // local NAT64
    "100::/64",        // discarded
    "2001::/32",       // Teredo
    "2001:2::/48",     // benchmarks
    "2001:20::/28",    // ORCHID
    "2001:db8::/32",   // documentation
    "2002::/16",       // 6to4
    "3fff::/20",       // documentation
    "fc00::/7",        // unique local
    "fe80::/10",       // link-local
    "fec0::/10",       // site-local
    "ff00::/8",        // multicast
];

/// All addresses of IPv6 by which one of IPv4 may be reached.
fn forms(v4: Ipv4Addr) -> Vec<Ipv6Addr> {
    let bits = u128::from(u32::from(v4));
    let prefixed = |high: u128| Ipv6Addr::from(high | bits);
    vec![
        v4.to_ipv6_mapped(),
        v4.to_ipv6_compatible(),
        prefixed(0xffff << 48),
        prefixed(0x0064_ff9b << 96),
        prefixed(0x0064_ff9b_0001 << 80),
        Ipv6Addr::from((0x2002 << 112) | (bits << 80) | 1),
        // Teredo has the client's address with its bits turned, and a server's as it is.
        Ipv6Addr::from((0x2001_0000 << 96) | (0x0808_0808 << 64) | (bits ^ 0xffff_ffff)),
        Ipv6Addr::from((0x2001_0000 << 96) | (bits << 64)),
    ]
}

fn in_v4(net: &str) -> impl Strategy<Value = Ipv4Addr> + use<> {
    let net: Ipv4Net = net.parse().unwrap();
    (u32::from(net.network())..=u32::from(net.broadcast())).prop_map(Ipv4Addr::from)
}

fn in_v6(net: &str) -> impl Strategy<Value = Ipv6Addr> + use<> {
    let net: Ipv6Net = net.parse().unwrap();
    (u128::from(net.network())..=u128::from(net.broadcast())).prop_map(Ipv6Addr::from)
}

fn any_of<T: std::fmt::Debug>(nets: &[&str], one: fn(&str) -> BoxedStrategy<T>) -> impl Strategy<Value = T> + use<T> {
    let all: Vec<_> = nets.iter().map(|net| one(net)).collect();
    proptest::strategy::Union::new(all)
}

fn refused_v4() -> impl Strategy<Value = Ipv4Addr> {
    any_of(&REFUSED_V4, |net| in_v4(net).boxed())
}

fn public_v4() -> impl Strategy<Value = Ipv4Addr> {
    let nets = REFUSED_V4.map(|net| net.parse::<Ipv4Net>().unwrap());
    let public = move |v4: &Ipv4Addr| !nets.iter().any(|net| net.contains(v4));
    any::<u32>().prop_map(Ipv4Addr::from).prop_filter("refused", public)
}

fn public_v6() -> impl Strategy<Value = Ipv6Addr> {
    // What the registries have given out begins above those.
    let own: Ipv6Net = "3fff::/20".parse().unwrap();
    in_v6("2400::/6")
        .prop_union(in_v6("2800::/5"))
        .or(in_v6("3000::/4"))
        .prop_filter("refused", move |v6| !own.contains(v6))
}

/// What becomes of a URL with that address in it.
fn check(policy: &Policy, address: impl Into<IpAddr>) -> Result<(), Forbidden> {
    let address = address.into();
    let host = match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    let checked = policy.check(&Url::parse(&format!("https://{host}:8443/")).unwrap());
    assert_eq!(policy.permits(address), checked.is_ok());
    checked
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_refused_address_is_refused_in_every_form(v4 in refused_v4()) {
        let policy = Policy::public();
        prop_assert!(check(&policy, v4).is_err());
        for form in forms(v4) {
            prop_assert!(check(&policy, form).is_err(), "{form}");
        }
    }

    #[test]
    fn a_refused_address_of_ipv6_is_refused(v6 in any_of(&REFUSED_V6, |net| in_v6(net).boxed())) {
        prop_assert!(check(&Policy::public(), v6).is_err());
    }

    #[test]
    fn a_public_address_may_be_called(v4 in public_v4(), v6 in public_v6()) {
        let policy = Policy::public();
        prop_assert!(check(&policy, v4).is_ok());
        prop_assert!(check(&policy, v4.to_ipv6_mapped()).is_ok());
        prop_assert!(check(&policy, forms(v4)[3]).is_ok());
        prop_assert!(check(&policy, v6).is_ok());
    }

    #[test]
    fn an_allowed_net_allows_itself_and_nothing_else(v4 in refused_v4(), other in refused_v4(), prefix in 0..=32u8) {
        let net = Ipv4Net::new(v4, prefix).unwrap();
        let policy = Policy::public().allow(IpNet::V4(net));
        prop_assert!(check(&policy, v4).is_ok());
        prop_assert!(check(&policy, v4.to_ipv6_mapped()).is_ok());
        prop_assert_eq!(check(&policy, other).is_ok(), net.contains(&other));
        prop_assert_eq!(check(&policy, other.to_ipv6_mapped()).is_ok(), net.contains(&other));
        prop_assert!(check(&policy, Ipv6Addr::LOCALHOST).is_err());
    }
}

#[test]
fn the_edges_of_the_nets_are_where_they_should_be() {
    let policy = Policy::public();
    for refused in [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::",
        "2001::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "4000::",
        "1fff::1",
    ] {
        assert!(check(&policy, refused.parse::<IpAddr>().unwrap()).is_err(), "{refused}");
    }
    for fine in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "192.0.1.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "168.63.129.15",
        "168.63.129.17",
        "8.8.8.8",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:200::1",
        "2003::1",
        "3ffe::1",
    ] {
        assert_eq!(check(&policy, fine.parse::<IpAddr>().unwrap()), Ok(()), "{fine}");
    }
}

#[test]
fn an_address_is_seen_through_its_spelling() {
    let policy = Policy::public();
    for url in [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://0/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::]/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "https://[fe80::1]/",
        "http://[::1]:80/",
        "http:\\\\127.0.0.1\\",
        "http://169.254.169.254/latest/meta-data/?hunter2",
    ] {
        let error = policy.check(&Url::parse(url).unwrap()).unwrap_err();
        assert!(matches!(error, Forbidden::Address(_)), "{url}");
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn a_url_is_of_http_and_has_no_password() {
    let check = |policy: &Policy, url: &str| policy.check(&Url::parse(url).unwrap());
    let (public, https) = (Policy::public(), Policy::public().https_only());
    assert_eq!(check(&public, "http://receiver.example/"), Ok(()));
    assert_eq!(check(&https, "https://receiver.example:8443/"), Ok(()));
    assert_eq!(check(&https, "http://receiver.example/"), Err(Forbidden::Open));
    for url in [
        "ftp://receiver.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "data:,x",
        "unix:/run/docker.sock",
    ] {
        assert_eq!(check(&public, url), Err(Forbidden::Scheme), "{url}");
    }
    for url in [
        "https://ada:hunter2@receiver.example/",
        "https://ada@receiver.example/",
        "https://:hunter2@receiver.example/",
    ] {
        let error = check(&public, url).unwrap_err();
        assert_eq!(error, Forbidden::Userinfo);
        assert!(!error.to_string().contains("hunter2"));
    }
}

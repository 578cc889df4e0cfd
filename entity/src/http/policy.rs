//! What may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;
use url::{Host, Url};

use super::addresses::{is_public, reached};

/// Which addresses may be called, so that nobody who may choose one reaches what only this machine can.
///
/// It holds for the address that is connected to, whatever the URL says: a name is looked up once, and only those of its
/// addresses that are allowed are used. Every port may be called, since receivers listen where they like and what is public
/// is open to everybody there.
///
/// ```
/// use entity::http::Policy;
///
/// let policy = Policy::public().allow("10.20.0.0/16".parse()?);
/// assert!(policy.permits("10.20.0.7".parse()?));
/// assert!(!policy.permits("10.0.0.7".parse()?));
/// assert!(policy.check(&"http://0x7f.1/".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    allowed: Vec<IpNet>,
    http: bool,
}

impl Policy {
    /// Public addresses, by `https` and `http`: not the machine itself, private networks, link-local ones with the clouds'
    /// metadata, or others that are no public server's, in whatever form of IPv6 they stand.
    pub const fn public() -> Self {
        Self {
            allowed: Vec::new(),
            http: true,
        }
    }

    /// By `https` only.
    #[must_use]
    pub const fn https_only(mut self) -> Self {
        self.http = false;
        self
    }

    /// The addresses of that network too. One of IPv4 holds for the forms of IPv6 that lead to it.
    #[must_use]
    pub fn allow(mut self, net: IpNet) -> Self {
        self.allowed.push(net);
        self
    }

    /// The machine itself too.
    #[must_use]
    pub fn allow_loopback(self) -> Self {
        const V4: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        const V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
        self.allow(V4.into()).allow(V6.into())
    }

    /// Whether that address may be connected to.
    pub fn permits(&self, address: IpAddr) -> bool {
        let reached = reached(address);
        is_public(reached) || self.allowed.iter().any(|net| net.contains(&reached))
    }

    /// Checks what a URL says by itself, without asking anybody: what to tell a user who enters one. A name's addresses are
    /// checked when it is called.
    ///
    /// # Errors
    /// [`Forbidden`] for another scheme, a user's name or password, or an address that may not be called.
    pub fn check(&self, url: &Url) -> Result<(), Forbidden> {
        match url.scheme() {
            "https" => {}
            "http" if self.http => {}
            "http" => return Err(Forbidden::Open),
            _ => return Err(Forbidden::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Userinfo);
        }
        let address = match url.host() {
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            None => return Err(Forbidden::Scheme),
        };
        if self.permits(address) {
            return Ok(());
        }
        Err(Forbidden::Address(address.to_string()))
    }
}

/// Why something may not be called. Of the URL it holds the host only, and not what a name's addresses are, which may be
/// nobody's business.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Forbidden {
    /// The scheme is another.
    #[error("only `https` and `http` URLs may be called")]
    Scheme,
    /// The scheme is `http`, and only `https` is allowed.
    #[error("only `https` URLs may be called")]
    Open,
    /// There is a user's name or password in the URL.
    #[error("a URL with a user's name or password in it may not be called; send them in a header")]
    Userinfo,
    /// The address, or all that the name has, are none that may be called.
    #[error("`{0}` is not at a public address, and others may not be called")]
    Address(String),
    /// A header is the client's own matter.
    #[error("the header `{0}` is made by who sends the request and can't be given; leave it out")]
    Header(&'static str),
    /// A header can't be written.
    #[error(
        "a header has a name or a value that HTTP does not know; names are letters, digits and `-`, values are one line"
    )]
    Malformed,
}

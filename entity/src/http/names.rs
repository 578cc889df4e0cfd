//! Names and their addresses.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Forbidden, Policy};

/// Who knows the addresses of names.
pub trait Names: Send + Sync + 'static {
    /// All addresses of a name.
    fn addresses(&self, name: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;
}

/// The operating system, with its `hosts` file and its name servers.
#[derive(Clone, Copy, Debug)]
pub struct SystemNames;

impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Gives the client those addresses of a name that it may connect to. It asks nobody else, so there is no time between the
/// check and the connection in which a name could get another address.
pub(super) struct Guarded<N> {
    pub(super) names: Arc<N>,
    pub(super) policy: Arc<Policy>,
}

impl<N: Names> Resolve for Guarded<N> {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, policy) = (Arc::clone(&self.names), Arc::clone(&self.policy));
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            if found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            let permitted: Vec<IpAddr> = found.into_iter().filter(|address| policy.permits(*address)).collect();
            if permitted.is_empty() {
                return Err(Forbidden::Address(name.as_str().to_owned()).into());
            }
            // The port 0 stands for the URL's.
            let addresses: Addrs = Box::new(permitted.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

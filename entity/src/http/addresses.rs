//! Which addresses are the internet's, and which are somebody's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What no public server has as its IPv4 address (IANA's registry of special-purpose addresses, RFC 6890).
const SPECIAL_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),        // this network; Linux takes 0.0.0.0 for the machine itself
    v4([10, 0, 0, 0], 8),       // private
    v4([100, 64, 0, 0], 10),    // shared behind a carrier's NAT; clouds have services there
    v4([127, 0, 0, 0], 8),      // the machine itself
    v4([168, 63, 129, 16], 32), // Azure's own services, which every virtual machine there reaches; it only looks public
    v4([169, 254, 0, 0], 16),   // link-local, with the clouds' metadata
    v4([172, 16, 0, 0], 12),    // private
    v4([192, 0, 0, 0], 24),     // of protocols; Oracle's metadata
    v4([192, 0, 2, 0], 24),     // documentation
    v4([192, 88, 99, 0], 24),   // relays of 6to4
    v4([192, 168, 0, 0], 16),   // private
    v4([198, 18, 0, 0], 15),    // benchmarks
    v4([198, 51, 100, 0], 24),  // documentation
    v4([203, 0, 113, 0], 24),   // documentation
    v4([224, 0, 0, 0], 4),      // multicast
    v4([240, 0, 0, 0], 4),      // reserved, and broadcast
];

/// All that is given out of IPv6 for the internet. What is outside is the machine itself, unique local, link-local, site-local,
/// multicast, or holds an IPv4 address.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0], 3);

/// What no public server has of that.
const SPECIAL_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0], 23),      // of protocols: Teredo, benchmarks, ORCHID
    v6([0x2001, 0x0db8], 32), // documentation
    v6([0x2002, 0], 16),      // 6to4, which leads to any IPv4 address and which nobody offers a service by (RFC 7526)
    v6([0x3fff, 0], 20),      // documentation
];

/// NAT64 by the well-known prefix (RFC 6052): what follows is an IPv4 address. A network may have other prefixes for it, which
/// nobody can tell from the address.
const NAT64: Ipv6Net = v6([0x0064, 0xff9b], 96);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b]: [u16; 2], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// The address that is reached by it: the IPv4 address in a mapped one and in one of NAT64.
pub(super) fn reached(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if let Some(mapped) = v6.to_ipv4_mapped() {
        return mapped.into();
    }
    if NAT64.contains(&v6) {
        let [.., a, b, c, d] = v6.octets();
        return Ipv4Addr::new(a, b, c, d).into();
    }
    address
}

/// Whether a [`reached`] address is one of the internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|net| net.contains(&v4)),
        IpAddr::V6(v6) => GLOBAL_V6.contains(&v6) && !SPECIAL_V6.iter().any(|net| net.contains(&v6)),
    }
}

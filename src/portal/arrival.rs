//! How a request came: over which connection, and from where.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::broker::Source;

use super::Portal;

/// What a proxy adds the address of its client to.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The connection over which a request came; whoever serves the pages puts it among the request's
/// extensions.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Its other end; none if it was gone before anyone asked.
    pub address: Option<IpAddr>,
}

/// From where a request came: whom tries are counted against.
pub(super) struct CameFrom(pub(super) Source);

impl FromRequestParts<Arc<Portal>> for CameFrom {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        portal: &Arc<Portal>,
    ) -> Result<Self, Infallible> {
        let arrival = parts.extensions.get::<Arrival>();
        let peer = arrival.and_then(|arrival| arrival.address);
        let proxy = portal.terms.trusted_proxy;
        // Those whose address nobody knows share one.
        let unknown = IpAddr::from([0, 0, 0, 0]);
        let address = client(peer, proxy, &parts.headers).unwrap_or(unknown);
        Ok(Self(Source::of(address)))
    }
}

/// Where a request comes from: what the trusted proxy says, who adds it last, and else the other end
/// of the connection, whatever anybody says.
fn client(peer: Option<IpAddr>, proxy: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let is_proxy = peer.is_some() && peer.map(|ip| ip.to_canonical()) == proxy;
    let said = headers.get_all(FORWARDED_FOR).iter().next_back();
    let said = said
        .filter(|_| is_proxy)
        .and_then(|line| line.to_str().ok());
    let last = said.and_then(|line| line.rsplit(',').next()?.trim().parse().ok());
    last.or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_trusted_proxy_is_believed_and_only_in_what_it_added_itself() {
        let proxy = "192.0.2.1";
        let table = [
            // The other end, what it says, whom it is counted against.
            ("198.51.100.7", &[][..], "198.51.100.7"),
            ("198.51.100.7", &["203.0.113.9"], "198.51.100.7"),
            (proxy, &[], proxy),
            (proxy, &["203.0.113.9"], "203.0.113.9"),
            (proxy, &["10.0.0.1, 203.0.113.9"], "203.0.113.9"),
            (proxy, &["10.0.0.1", "203.0.113.9"], "203.0.113.9"),
            (proxy, &["nonsense"], proxy),
            ("::ffff:192.0.2.1", &["203.0.113.9"], "203.0.113.9"),
        ];
        for (peer, said, expected) in table {
            let mut headers = HeaderMap::new();
            for line in said {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            let peer = peer.parse().ok();
            let found = client(peer, proxy.parse().ok(), &headers);
            assert_eq!(found.unwrap().to_string(), expected, "{peer:?} {said:?}");
            assert_eq!(client(peer, None, &headers), peer, "nobody is trusted");
        }
    }
}

//! Where a request comes from, as the server found out when the connection was made.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::broker::ClientCertificate;

/// The other end of a connection; every request carries it among its extensions.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// Its address; none if the connection was gone before anyone asked.
    pub address: Option<SocketAddr>,
    /// Its certificate, if it showed one and the authority for clients vouches for it.
    pub certificate: Option<Arc<ClientCertificate>>,
}

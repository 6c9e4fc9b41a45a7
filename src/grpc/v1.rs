//! The generated messages, clients and servers of package `askonce.v1`, and their descriptors.
//!
//! What each message, field and method means is said in `proto/askonce/v1`.

pub use self::generated::*;

/// The package's descriptors with those of everything that it imports, encoded: for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/askonce.bin"));

#[expect(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    clippy::allow_attributes,
    reason = "generated: documented and linted as proto files"
)]
mod generated {
    tonic::include_proto!("askonce.v1");
}

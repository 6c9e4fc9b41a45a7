//! `AskOnce`: one form per care home per period, out of every body's data requests.
//!
//! A pure kernel in the middle ([`domain`]), one seam to storage ([`store`]), use cases around them
//! ([`broker`]), thin faces outside ([`grpc`], [`cli`]), and one place that puts them together
//! ([`server`]). Imports go downward only.

pub mod broker;
pub mod cli;
pub mod domain;
pub mod grpc;
pub mod portal;
pub mod server;
mod spans;
pub mod store;
mod tabular;

//! `AskOnce`: one form per care home per period, out of every body's data requests.
//!
//! A pure kernel in the middle ([`domain`]).

pub mod domain;

//! The home's pages, as browsers know them.

pub(crate) mod client;
pub(crate) mod hand;
pub(crate) mod site;
pub(crate) mod slow;

mod alike;
mod carried;
mod connections;
mod digest;
mod guarded;
mod kept;
mod letters;
mod mail_server;
mod observed;
mod offline;
mod pages;
mod sessions;
mod sign_in;
mod sitting;
mod two_brokers;

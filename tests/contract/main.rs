//! What every store must do, said once and held by each of them; and what the embedded one does
//! about damage.

mod answers;
mod appends;
mod asks;
mod backend;
mod damage;
mod fixtures;
mod identities;
mod model;
mod registers;
mod service;

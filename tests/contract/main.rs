//! What every store must do, said once and held by each of them; and what the embedded one does
//! about damage.

mod answers;
mod appends;
mod asks;
mod backend;
mod collected;
mod damage;
mod fixtures;
mod model;
mod registers;
mod service;

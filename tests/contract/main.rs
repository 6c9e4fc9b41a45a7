//! What every store must do, said once and held by each of them; and what the embedded one does
//! about damage.

mod answers;
mod appends;
mod asked_days;
mod asks;
mod backend;
mod collected;
mod damage;
mod digests;
mod drafts;
mod fixtures;
mod governed;
mod identities;
mod lives;
mod model;
mod moving;
mod passing;
mod registers;
mod releases;
mod sealing;
mod service;
#[path = "../throwaway/postgres.rs"]
#[expect(dead_code, reason = "standbys and kills are for stories")]
mod throwaway;

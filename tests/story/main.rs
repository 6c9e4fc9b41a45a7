//! Stories told by roles over real gRPC, and by a person at the command line.

mod ccg_succession;
mod command_line;
mod crash;
mod files;
mod finding;
mod foreign_client;
mod homes_anew;
mod identifiers;
mod laws;
mod life_of_an_ask;
mod links;
mod main_job;
mod people;
mod real_asks;
mod refusals;
mod registrar;
mod rotation;
mod successors;
mod two_bodies;
mod world;

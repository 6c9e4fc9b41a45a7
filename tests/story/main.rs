//! Stories told by roles over real gRPC, and by a person at the command line.

mod command_line;
mod crash;
mod files;
mod finding;
mod foreign_client;
mod laws;
mod life_of_an_ask;
mod links;
mod main_job;
mod real_asks;
mod refusals;
mod sheets;
mod two_bodies;
mod world;

//! Stories told by roles over real gRPC, and by a person at the command line.

mod ask_client;
mod changed_asks;
mod command_line;
mod conditions;
mod crash;
mod files;
mod finding;
mod foreign_client;
mod laws;
mod life_of_an_ask;
mod links;
mod main_job;
mod previews;
mod real_asks;
mod refusals;
mod two_bodies;
mod world;

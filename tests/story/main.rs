//! Stories told by roles over real gRPC, and by a person at the command line.

mod command_line;
mod corrections;
mod crash;
mod drafts;
mod filed_elsewhere;
mod files;
mod finding;
mod foreign_client;
mod later_askers;
mod laws;
mod life_of_an_ask;
mod links;
mod main_job;
mod manager_at_the_shell;
mod real_asks;
mod refusals;
mod two_bodies;
mod unchanged;
mod world;

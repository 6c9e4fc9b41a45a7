//! Stories told by roles over real gRPC, and by a person at the command line.

mod access;
mod ask_client;
mod changed_asks;
mod clients;
mod command_line;
mod conditions;
mod crash;
mod explained;
mod files;
mod finding;
mod governance;
mod laws;
mod life_of_an_ask;
mod links;
mod main_job;
mod malformed;
mod minimisation;
mod own_decisions;
mod previews;
mod real_asks;
mod refusals;
mod sheets;
mod transport;
mod two_bodies;
mod world;

//! Stories told by roles over real gRPC, and by a person at the command line.

mod access;
mod clients;
mod command_line;
mod crash;
mod explained;
mod files;
mod finding;
mod governance;
mod half_sent;
mod laws;
mod life_of_an_ask;
mod links;
mod main_job;
mod malformed;
mod minimisation;
mod observed;
mod overload;
mod own_decisions;
mod program;
mod real_asks;
mod refusals;
mod shutdown;
mod transport;
mod two_bodies;
mod world;

//! The command line: one program for whoever runs the broker, asks, answers or looks.
//!
//! Data goes to standard output, everything else to standard error. All but the commands that work
//! on files are clients of a broker over gRPC: they may do what their token may.
//!
//! **Architecture invariant:** of ours, a command knows the domain and the generated client; only
//! `init` and `ledger` reach a store, only `serve` and `demo` the server.

mod answers;
mod ask;
mod canonical;
mod check_config;
mod clock;
mod collections;
mod completeness;
mod completions;
mod connect;
mod convert;
mod decisions;
mod deliveries;
mod demands;
mod demo;
mod dictionary;
mod elements;
mod explain;
mod failure;
mod file;
mod form;
mod form_table;
mod governed;
mod health;
mod homes;
mod import;
mod init;
mod insight;
mod json_place;
mod known;
mod ledger;
mod level;
mod log;
mod matching;
mod merge;
mod organisations;
mod out;
mod pages;
mod people;
mod serve;
mod settings;
mod sheet;
mod show;
mod succession;
mod suggestions;
mod token;
mod traces;
mod value;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::connect::ServerArgs;
use self::failure::{EXIT_CODES, Failure, Result};
use self::out::{Format, Shape};

/// One form per care home per period, out of every body's data requests.
#[derive(Debug, Parser)]
#[command(name = "askonce", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    /// In which shape data goes to standard output [default: table]
    #[arg(long, short, global = true, value_enum)]
    output: Option<Shape>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Init(init::Init),
    Serve(serve::Serve),
    CheckConfig(check_config::CheckConfig),
    Health(health::Health),
    #[command(subcommand)]
    Homes(homes::Homes),
    #[command(subcommand)]
    Organisations(organisations::Organisations),
    #[command(subcommand)]
    Token(token::Tokens),
    #[command(subcommand)]
    People(people::People),
    #[command(subcommand)]
    Ask(ask::Asks),
    #[command(subcommand)]
    Form(form::Forms),
    #[command(subcommand)]
    Answers(answers::Answers),
    #[command(subcommand)]
    Deliveries(deliveries::Deliveries),
    #[command(subcommand)]
    Demands(demands::Demands),
    Completeness(completeness::Completeness),
    #[command(subcommand)]
    Collections(collections::Collections),
    Overlap(insight::Overlap),
    Burden(insight::Burden),
    #[command(subcommand)]
    Dictionary(dictionary::Dictionary),
    #[command(subcommand)]
    Suggestions(suggestions::Suggestions),
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    Canonical(canonical::Canonical),
    Match(matching::Match),
    Merge(merge::Merge),
    Completions(completions::Completions),
}

/// Runs the program: parses its arguments, does as asked, and says how that went.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match execute(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::failure(&failure);
            failure.code()
        }
    }
}

fn execute(cli: &Cli) -> Result<()> {
    if cli.output == Some(Shape::Xlsx) {
        return workbook(cli);
    }
    let chosen = cli.output.and_then(Shape::format);
    let format = chosen.unwrap_or(Format::Table);
    let server = &cli.server;
    match &cli.command {
        Command::Canonical(command) => command.run(chosen),
        Command::Match(command) => command.run(format),
        Command::Merge(command) => command.run(format),
        Command::Completions(command) => command.run(),
        Command::Ledger(command) => command.run(server, format),
        Command::CheckConfig(command) => command.run(format),
        Command::Demo(command) => wait(command.run()),
        Command::Init(command) => wait(command.run(format)),
        Command::Serve(command) => wait(command.run()),
        Command::Health(command) => wait(command.run(server, format)),
        Command::Homes(command) => wait(command.run(server, format)),
        Command::Organisations(command) => wait(command.run(server, format)),
        Command::Token(command) => wait(command.run(server, format)),
        Command::People(command) => wait(command.run(server, format)),
        Command::Ask(command) => wait(command.run(server, chosen)),
        Command::Form(command) => wait(command.run(server, format)),
        Command::Answers(command) => wait(command.run(server, chosen)),
        Command::Deliveries(command) => wait(command.run(server, chosen)),
        Command::Demands(command) => wait(command.run(server, format)),
        Command::Completeness(command) => wait(command.run(server, format)),
        Command::Collections(command) => wait(command.run(server, format)),
        Command::Overlap(command) => wait(command.run(server, format)),
        Command::Burden(command) => wait(command.run(server, format)),
        Command::Dictionary(command) => wait(command.run(server, format)),
        Command::Suggestions(command) => wait(command.run(server, format)),
    }
}

/// Runs one of the commands that give a workbook.
fn workbook(cli: &Cli) -> Result<()> {
    match &cli.command {
        Command::Ask(ask::Asks::Template(command)) => command.run_as_workbook(),
        Command::Deliveries(deliveries::Deliveries::Export(command)) => {
            wait(command.run_as_workbook(&cli.server))
        }
        _ => Err(Failure::usage(
            "--output xlsx: only ask template and deliveries export write workbooks; expected \
             table, json or csv",
        )),
    }
}

/// Runs a client to its end.
pub(crate) fn wait(command: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let failed = |error| Failure::refused(format!("no threads to run on: {error}"));
    runtime.map_err(failed)?.block_on(command)
}

//! The layer law: imports go downward only, and each heavy library stays in its place.
//!
//! ```text
//! cli → server → grpc, portal → broker → store → domain
//! ```
//!
//! `grpc` and `portal` do not know each other or the store; only `server`, and the commands that
//! work on files, name a backend; `domain` reaches nothing outside its arguments.

use super::Violation;
use super::paths::{self, Named};

/// What each layer may use of ours.
const LAYERS: [(&str, &[&str]); 9] = [
    ("domain", &["domain"]),
    ("spans", &["spans"]),
    ("tabular", &["tabular", "domain"]),
    ("store", &["store", "spans", "domain"]),
    ("broker", &["broker", "store", "domain"]),
    ("grpc", &["grpc", "broker", "spans", "domain"]),
    (
        "portal",
        &["portal", "tabular", "broker", "spans", "domain"],
    ),
    (
        "server",
        &["server", "portal", "grpc", "broker", "store", "domain"],
    ),
    // Of `grpc`, the command line knows the generated client alone: see `GENERATED`.
    (
        "cli",
        &["cli", "tabular", "server", "grpc", "spans", "domain"],
    ),
];

/// The commands that work on files, without a broker: these reach the store too.
const FILE_COMMANDS: [&str; 2] = ["init", "ledger"];

/// The modules of `store` that are a backend.
const BACKENDS: [&str; 3] = ["embedded", "memory", "postgres"];

/// The module of `grpc` that holds the generated messages and clients.
const GENERATED: &str = "v1";

/// Where alone a library may be named.
const CONFINED: [(&str, &[&str]); 6] = [
    ("tonic", &["src/grpc", "src/cli", "src/server"]),
    ("axum", &["src/portal"]),
    ("sled", &["src/store/embedded"]),
    ("tokio_postgres", &["src/store/postgres"]),
    ("opentelemetry", &["src/spans", "src/cli/traces"]),
    ("tracing_opentelemetry", &["src/spans", "src/cli/traces"]),
];

/// What `domain` never names: input, output, clocks, chance.
const IMPURE: [&[&str]; 13] = [
    &["tokio"],
    &["getrandom"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "SystemTime"],
    &["std", "time", "Instant"],
    &["SystemTime", "now"],
    &["Instant", "now"],
    &["Timestamp", "now"],
    &["Zoned", "now"],
];

/// Where the file at `path` breaks the law.
pub(crate) fn broken(path: &str, text: &str) -> Vec<Violation> {
    if !path.starts_with("src/") || !is_rust(path) {
        return Vec::new();
    }
    let Some(place) = Place::of(path) else {
        return vec![Violation::at(path, 1, "stands in no layer")];
    };
    let mut found: Vec<Violation> = paths::named(path, text)
        .iter()
        .filter_map(|named| Some((named, place.objection(path, named)?)))
        .map(|(named, why)| {
            let name = named.parts.join("::");
            Violation::at(path, named.line, format!("names `{name}`, but {why}"))
        })
        .collect();
    found.dedup();
    found
}

/// Whether a path is a Rust file's.
pub(crate) fn is_rust(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, extension)| extension == "rs")
}

/// Where a source file stands.
enum Place {
    /// `src/lib.rs`, which names the layers.
    Library,
    /// `src/main.rs`, which hands over to the command line.
    Main,
    /// In one of the layers.
    Layer {
        name: &'static str,
        may_use: &'static [&'static str],
        /// Whether it is a command that works on files.
        on_files: bool,
    },
}

impl Place {
    /// The place of a file under `src`; none outside every layer.
    fn of(path: &str) -> Option<Self> {
        match path {
            "src/lib.rs" => return Some(Self::Library),
            "src/main.rs" => return Some(Self::Main),
            _ => {}
        }
        let (name, may_use) = LAYERS
            .into_iter()
            .find(|(name, _)| is_within(path, &format!("src/{name}")))?;
        let on_files = FILE_COMMANDS
            .iter()
            .any(|command| is_within(path, &format!("src/cli/{command}")));
        Some(Self::Layer {
            name,
            may_use,
            on_files,
        })
    }

    /// Why a path may not be named here; none if it may.
    fn objection(&self, path: &str, named: &Named) -> Option<String> {
        let parts: Vec<&str> = named.parts.iter().map(String::as_str).collect();
        match (self, parts.as_slice()) {
            (_, ["crate"]) if !named.imported => None,
            (Self::Library, ["crate", ..]) => None,
            (Self::Main, ["crate" | "askonce", ours, ..]) => (!["cli", "server"].contains(ours))
                .then(|| "main hands over to cli and server only".to_owned()),
            (Self::Layer { .. }, ["crate" | "askonce", ours @ ..]) => self.upward(ours),
            (_, [library, _, ..]) => confined(path, library).or_else(|| self.impure(&parts)),
            (_, [library]) if named.imported => confined(path, library),
            _ => None,
        }
    }

    /// Why a path of ours, given below the crate, may not be named in this layer.
    fn upward(&self, ours: &[&str]) -> Option<String> {
        let Self::Layer {
            name,
            may_use,
            on_files,
        } = *self
        else {
            return None;
        };
        let Some(&layer) = ours.first() else {
            return Some("the crate's top gives away every layer".to_owned());
        };
        let to_files = on_files && layer == "store";
        if !may_use.contains(&layer) && !to_files {
            return Some(format!("{name} may use only {}", may_use.join(", ")));
        }
        if name == "cli" && layer == "grpc" && ours.get(1) != Some(&GENERATED) {
            return Some(format!("cli may use only {GENERATED} of grpc"));
        }
        let a_backend = layer == "store" && ours.get(1).is_some_and(|at| BACKENDS.contains(at));
        let may_name_one = to_files || ["store", "server"].contains(&name);
        (a_backend && !may_name_one).then(|| "only server names a backend".to_owned())
    }

    /// Why a path of another crate may not be named in the domain.
    fn impure(&self, parts: &[&str]) -> Option<String> {
        let in_domain = matches!(self, Self::Layer { name, .. } if *name == "domain");
        let hit = IMPURE
            .iter()
            .any(|banned| parts.windows(banned.len()).any(|window| window == *banned));
        (in_domain && hit)
            .then(|| "the domain does no I/O, reads no clock, draws no chance".to_owned())
    }
}

/// Why a library may not be named in the file at `path`.
fn confined(path: &str, library: &str) -> Option<String> {
    let (_, folders) = CONFINED.iter().find(|(family, _)| {
        // `tonic_health` and its like go with `tonic`.
        library
            .strip_prefix(family)
            .is_some_and(|tail| tail.is_empty() || tail.starts_with('_'))
    })?;
    let at_home = folders.iter().any(|folder| is_within(path, folder));
    (!at_home).then(|| format!("{library} stays in {}", folders.join(", ")))
}

/// Whether a file is the module at `folder`, or lies in its folder.
fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::broken;

    /// Asserts which texts break the law in a file, and which do not.
    fn check(path: &str, forbidden: &[&str], permitted: &[&str]) {
        for text in forbidden {
            let found = broken(path, &format!("//! Purpose.\n{text}\n"));
            assert_eq!(found.len(), 1, "{path}: {text}: {found:?}");
            assert_eq!(found[0].line, 2, "{path}: {text}: {found:?}");
        }
        for text in permitted {
            assert_eq!(broken(path, text), [], "{path}: {text}");
        }
    }

    #[test]
    fn the_domain_uses_itself_alone() {
        check(
            "src/domain/merge/plan.rs",
            &[
                "use crate::store::Store;",
                "use crate::{domain::id, broker};",
                "use super::super::super::grpc;",
                "use askonce::store;",
                "use crate::*;",
                "use crate as root;",
                "fn f(x: &crate::server::Options) {}",
                "use tokio::sync::Mutex;",
                "#[tokio::test] async fn f() {}",
                "use std::fs;",
                "use std::{fmt, net::IpAddr};",
                "fn f() { std::env::var(NAME); }",
                "use std::time::{Duration, SystemTime};",
                "fn f() { jiff::Timestamp::now(); }",
                "fn f() { Zoned::now(); }",
                "fn f() { getrandom::fill(x); }",
                "use tonic::Status;",
            ],
            &[
                "use crate::domain::id::HomeId; use super::super::limits; use std::time::Duration;",
                "pub(crate) fn f(now: jiff::Timestamp) -> std::fmt::Result { self.tokio() }",
                "// use crate::store;\nconst A: &str = \"use crate::store;\";",
                "/// See [`std::fs`].\nfn f() {}",
            ],
        );
    }

    #[test]
    fn the_store_uses_the_domain_and_each_engine_stays_in_its_backend() {
        check(
            "src/store/mod.rs",
            &["use crate::broker::Broker;", "use sled::Db;"],
            &["pub mod memory; use memory::Memory; use crate::domain; use tokio::sync::mpsc;"],
        );
        check(
            "src/store/embedded/index.rs",
            &["use tokio_postgres::Client;", "use crate::grpc::v1;"],
            &["use sled::Db; use crate::store::{Store, memory}; use std::fs;"],
        );
        check(
            "src/store/postgres.rs",
            &["fn f(db: ::sled::Db) {}", "use opentelemetry::Context;"],
            &["use tokio_postgres::{Client, types::ToSql}; use crate::spans;"],
        );
        check(
            "src/spans.rs",
            &["use crate::domain::id::HomeId;", "use tonic::Code;"],
            &[
                "use opentelemetry_sdk::propagation; use tracing_opentelemetry as t; use tracing::Span;",
            ],
        );
    }

    #[test]
    fn the_broker_knows_the_store_but_no_backend() {
        check(
            "src/broker/submit_ask.rs",
            &[
                "use crate::store::embedded::Embedded;",
                "use crate::store::{memory::Memory, Store};",
                "use crate::store; fn f() { store::postgres::open() }",
                "use crate::{store as s}; fn f(x: s::memory::M) {}",
                "mod tests { use super::super::super::store::memory; }",
                "use crate::portal::Page;",
                "use tonic::Status;",
                "use axum;",
            ],
            &["use crate::{broker::Broker, domain::ask, store::{Store, StoreError}};"],
        );
    }

    #[test]
    fn the_faces_know_the_broker_but_neither_each_other_nor_the_store() {
        check(
            "src/grpc/convert.rs",
            &[
                "use crate::portal::Page;",
                "use crate::store::Store;",
                "use axum::Router;",
            ],
            &["use super::v1; use crate::{broker, domain}; use tonic::Status; tonic_types::x()"],
        );
        check(
            "src/portal/mod.rs",
            &[
                "use crate::grpc::v1::Ask;",
                "use crate::store::memory::Memory;",
                "use tonic::Status;",
                "use tonic_health::server;",
            ],
            &["use crate::portal::page; use crate::broker; use axum::Router;"],
        );
    }

    #[test]
    fn the_server_composes_everything_below_it() {
        check(
            "src/server/mod.rs",
            &[
                "use crate::cli::Output;",
                "use axum::Router;",
                "use sled::Db;",
            ],
            &[
                "use crate::{broker, domain, grpc, portal, store::embedded::Embedded}; use tonic::transport::Server;",
            ],
        );
    }

    #[test]
    fn the_command_line_is_a_client_save_for_its_file_commands() {
        check(
            "src/cli/ask.rs",
            &[
                "use crate::store::Store;",
                "use crate::store::embedded::Embedded;",
                "use crate::broker::Broker;",
                "use crate::grpc::convert;",
                "use crate::grpc;",
            ],
            &[
                "use crate::{cli::table, domain::ask, server, grpc::v1::{Ask, ask_service_client::AskServiceClient}};",
            ],
        );
        let on_files = "use crate::store::{Store, embedded::Embedded};";
        check(
            "src/cli/init.rs",
            &["use crate::broker::Broker;"],
            &[on_files],
        );
        check("src/cli/ledger/verify.rs", &["use sled::Db;"], &[on_files]);
        check("src/cli/initial.rs", &[on_files.split_at(18).0], &[]);
    }

    #[test]
    fn the_roots_only_name_and_hand_over() {
        check(
            "src/main.rs",
            &["fn main() { askonce::store::embedded::open() }"],
            &["fn main() { askonce::cli::run() }"],
        );
        check(
            "src/lib.rs",
            &["pub use sled::Db;"],
            &["pub mod domain; pub use crate::domain::Id;"],
        );
        assert_eq!(broken("src/util.rs", "").len(), 1);
        assert_eq!(broken("tests/story.rs", "use askonce::store::memory;"), []);
    }
}

//! The paths that a Rust text names, written out in full.
//!
//! Groups are opened, `self` and `super` resolved, and a name that a `use` brought in is followed
//! back to where it came from: `use crate::store as s; s::memory::New` names
//! `crate::store::memory::New`. Which block an import stands in is not looked at.

use std::collections::HashMap;

use super::code::{self, is_word};

/// How many imports of imported names are followed: no code goes deeper.
const HOPS_MAX: usize = 4;

/// A path named in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The parts; the first is `crate` for one of our own.
    pub(crate) parts: Vec<String>,
    /// Whether it stands in a `use`.
    pub(crate) imported: bool,
}

/// Every path that the file at `path` names, in order.
pub(crate) fn named(path: &str, text: &str) -> Vec<Named> {
    let tokens = tokens(&code::only(text));
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        module: module_of(path),
        inner: Vec::new(),
        depth: 0,
        found: Vec::new(),
        origins: HashMap::new(),
    };
    reader.read();
    let Reader { found, origins, .. } = reader;
    found
        .into_iter()
        .map(|named| follow(named, &origins))
        .collect()
}

/// Puts what an import brought in in place of the name that it gave it.
fn follow(mut named: Named, origins: &HashMap<String, Vec<String>>) -> Named {
    let mut seen: Vec<String> = Vec::new();
    while seen.len() < HOPS_MAX {
        let head = named.parts[0].clone();
        match origins.get(&head) {
            Some(origin) if !seen.contains(&head) => {
                named.parts.splice(..1, origin.iter().cloned());
                seen.push(head);
            }
            _ => break,
        }
    }
    named
}

/// The module that a file is: `src/store/mod.rs` is `crate::store`.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let stem = inside.strip_suffix(".rs").unwrap_or(inside);
    std::iter::once("crate")
        .chain(stem.split('/'))
        .filter(|part| !["mod", "lib", "main"].contains(part))
        .map(str::to_owned)
        .collect()
}

/// A piece of code that matters here: a name, `::`, or another character.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

/// The tokens of a code without comments and literals.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token {
                line: index + 1,
                text: rest[..length].to_owned(),
            });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// Walks the tokens, knowing which module it is in.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The file's own module.
    module: Vec<String>,
    /// The modules opened in the file and not yet closed, each with the depth that it opened at.
    inner: Vec<(String, usize)>,
    depth: usize,
    found: Vec<Named>,
    /// What each import's name stands for.
    origins: HashMap<String, Vec<String>>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            match token.text.as_str() {
                "use" => {
                    self.at += 1;
                    self.tree(&[], true);
                }
                "mod" if self.is(2, "{") => {
                    let name = self.text(1).to_owned();
                    self.depth += 1;
                    self.inner.push((name, self.depth));
                    self.at += 3;
                }
                text if text.starts_with(is_word) && !self.continues_a_name() => {
                    self.tree(&[], false);
                }
                text => {
                    self.brace(text);
                    self.at += 1;
                }
            }
        }
    }

    /// Keeps count of the braces, and leaves the modules that they close.
    fn brace(&mut self, text: &str) {
        match text {
            "{" => self.depth += 1,
            "}" => {
                self.inner.pop_if(|(_, opened)| *opened == self.depth);
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    /// Whether the name here is a method or the tail of a generic path, not a path's start.
    fn continues_a_name(&self) -> bool {
        self.at > 1
            && match self.tokens[self.at - 1].text.as_str() {
                "." => self.tokens[self.at - 2].text != ".",
                // `Vec::<u8>::new`, unlike `=> ::sled::open` and `-> ::sled::Db`.
                "::" => self.tokens[self.at - 2].text == ">" && !self.follows_an_arrow(),
                _ => false,
            }
    }

    /// Whether an arrow stands before the `::` before the name here.
    fn follows_an_arrow(&self) -> bool {
        self.at > 2 && ["=", "-"].contains(&self.tokens[self.at - 3].text.as_str())
    }

    /// Reads one path, or in a `use` a tree of them, behind what is already known of it.
    fn tree(&mut self, prefix: &[String], imported: bool) {
        let mut parts = prefix.to_vec();
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        if self.is(0, "::") {
            self.at += 1;
        }
        loop {
            if imported && self.is(0, "{") {
                return self.group(&parts);
            }
            let everything = imported && self.is(0, "*");
            if !self.text(0).starts_with(is_word) && !everything {
                break;
            }
            parts.push(self.text(0).to_owned());
            self.at += 1;
            let goes_on = self.is(0, "::") && (imported || self.text(1).starts_with(is_word));
            if !goes_on {
                break;
            }
            self.at += 1;
        }
        self.note(parts, line, imported);
    }

    /// Reads the trees between the braces of a `use`.
    fn group(&mut self, prefix: &[String]) {
        self.at += 1;
        while self.at < self.tokens.len() && !self.is(0, "}") {
            let before = self.at;
            self.tree(prefix, true);
            if self.is(0, ",") || self.at == before {
                self.at += 1;
            }
        }
        self.at += 1;
    }

    /// Keeps a path, and the name that its import gives it.
    fn note(&mut self, parts: Vec<String>, line: usize, imported: bool) {
        let Some(parts) = self.resolved(parts) else {
            return;
        };
        if imported {
            let alias = self.is(0, "as").then(|| self.text(1).to_owned());
            if alias.is_some() {
                self.at += 2;
            }
            let name = alias.or_else(|| parts.last().cloned());
            if let Some(name) = name.filter(|name| *name != parts[0]) {
                self.origins.insert(name, parts.clone());
            }
        }
        self.found.push(Named {
            line,
            parts,
            imported,
        });
    }

    /// The path from the crate's top where it starts at `crate`, `self` or `super`.
    fn resolved(&self, parts: Vec<String>) -> Option<Vec<String>> {
        if parts == ["self"] {
            return None;
        }
        let mut full: Vec<String> = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            match part.as_str() {
                "self" if index == 0 => full = self.here(),
                "self" => {}
                "super" => {
                    if index == 0 {
                        full = self.here();
                    }
                    // The crate's top has nothing above it; such code does not compile.
                    if full.len() > 1 {
                        full.pop();
                    }
                }
                _ => full.push(part),
            }
        }
        (!full.is_empty()).then_some(full)
    }

    /// The module that the reader stands in.
    fn here(&self) -> Vec<String> {
        let inner = self.inner.iter().map(|(name, _)| name.clone());
        self.module.iter().cloned().chain(inner).collect()
    }

    /// The text of the token `ahead` of here; empty past the end.
    fn text(&self, ahead: usize) -> &str {
        self.tokens
            .get(self.at + ahead)
            .map_or("", |token| token.text.as_str())
    }

    fn is(&self, ahead: usize, text: &str) -> bool {
        self.text(ahead) == text
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    /// The paths of two parts or more that `src/broker/verb.rs` names.
    fn paths(text: &str) -> Vec<String> {
        named("src/broker/verb.rs", text)
            .into_iter()
            .filter(|named| named.parts.len() > 1)
            .map(|named| named.parts.join("::"))
            .collect()
    }

    #[test]
    fn paths_are_written_out_in_full() {
        for (text, expected) in [
            ("use crate::domain::Id;", &["crate::domain::Id"][..]),
            (
                "use crate::{a, b::{c, d as e}};",
                &["crate::a", "crate::b::c", "crate::b::d"],
            ),
            ("use std::{fs::{self}, io};", &["std::fs", "std::io"]),
            ("use ::sled::Db;", &["sled::Db"]),
            ("use super::super::grpc;", &["crate::grpc"]),
            (
                "use super::{super::grpc, x};",
                &["crate::grpc", "crate::broker::x"],
            ),
            (
                "let x: crate::a::B<c::D> = e.f::<g::H>();",
                &["crate::a::B", "c::D", "g::H"],
            ),
            ("Vec::<u8>::new(); *self.x", &[]),
            ("fn f() -> super::Out {}", &["crate::broker::Out"]),
            (
                "pub(in crate::broker) use self::x::*;",
                &["crate::broker", "crate::broker::verb::x::*"],
            ),
            ("for x in 0..a::B {}", &["a::B"]),
            ("f(|| ::a::b, x => ::c::d)", &["a::b", "c::d"]),
            ("$crate::a::b!()", &["crate::a::b"]),
        ] {
            assert_eq!(paths(text), expected, "{text}");
        }
    }

    #[test]
    fn a_module_inside_the_file_is_one_step_deeper() {
        let text = "mod tests { use super::*; mod deep { use super::super::x; } } use super::y;";
        assert_eq!(
            paths(text),
            [
                "crate::broker::verb::*",
                "crate::broker::verb::x",
                "crate::broker::y"
            ]
        );
    }

    #[test]
    fn an_imported_name_is_followed_to_its_origin() {
        let text = "use crate::store as s; use s::memory as m; use crate::domain;
                    m::New::new(); domain::x::<Y>(); s::y()";
        assert_eq!(
            paths(text)[1..],
            [
                "crate::store::memory",
                "crate::domain",
                "crate::store::memory::New::new",
                "crate::domain::x",
                "crate::store::y"
            ]
        );
    }

    #[test]
    fn an_import_named_like_its_crate_ends() {
        assert_eq!(
            paths("use tracing::tracing; use a::b; use b::a; b::c()").len(),
            4
        );
    }
}

//! Configuration: defaults, then a file, then the environment, then flags; the later wins.
//!
//! One table ([`KEYS`]) says what may be configured; what is in no row is refused by name. Reading
//! names every fault at once. No value is a secret: secrets stand in files, and the configuration
//! says where.

mod certificates;
mod database;
mod file;
mod key;
mod layers;
mod nearest;
mod options;
mod pages;
mod traces;
mod value;

pub use self::key::{KEYS, Key, Kind};
pub use self::layers::{Flag, Layers, Setting, Settings, Source};
pub use self::options::Served;
pub use self::traces::Traces;

#[cfg(test)]
mod tests;

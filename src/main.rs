//! The `askonce` program.

fn main() {}

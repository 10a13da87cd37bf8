//! The `ombord` program.

fn main() {}

//! The tests of the whole service, one binary.

mod kills;
mod retries;
mod rooms;
mod support;
mod syncs;
mod two_nodes;

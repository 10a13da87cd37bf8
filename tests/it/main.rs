//! The tests of the whole service, one binary.

mod decision_allocation;
mod decision_examples;
mod decision_properties;
mod kills;
mod ledger_golden;
mod retries;
mod rooms;
mod standing_properties;
mod support;
mod syncs;
mod token_keys;
mod tokens;
mod two_nodes;

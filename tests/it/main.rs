//! The tests of the whole service, one binary.

#![expect(clippy::disallowed_methods, reason = "tests draw ids, take times and read variables as they need them")]

mod acceptances;
mod acceptances_a_second;
mod agreements;
mod commands;
mod decision_allocation;
mod decision_examples;
mod decision_properties;
mod exceptions;
mod group_coverage;
mod handling;
mod import_acceptances;
mod integrators;
mod kills;
mod ledger_golden;
mod retries;
mod rooms;
mod senders;
mod standing_properties;
mod store_contract;
mod support;
mod syncs;
mod token_keys;
mod tokens;
mod two_nodes;

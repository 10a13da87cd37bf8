//! The tests of the whole service, one binary.

#![expect(clippy::disallowed_methods, reason = "tests draw ids, take times and read variables as they need them")]

mod acceptances;
mod acceptances_a_second;
mod agreements;
mod bench;
mod canaries;
mod commands;
mod decision_allocation;
mod decision_examples;
mod decision_mail;
mod decision_offers;
mod decision_properties;
mod error_reasons;
mod exceptions;
mod fold;
mod follower;
mod form;
mod gate_faults;
mod group_coverage;
mod handling;
mod hostile;
mod import_acceptances;
mod integrators;
mod invitations;
mod kills;
mod ledger_golden;
mod mail;
mod mail_delivery;
mod mail_kills;
mod receipts;
mod retries;
mod rooms;
mod senders;
mod standing_properties;
mod state_properties;
mod store_contract;
mod support;
mod syncs;
mod tenants;
mod token_keys;
mod tokens;
mod two_nodes;
mod unreadable;
mod watch;
mod watch_properties;

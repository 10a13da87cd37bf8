//! What the tests share: databases, a service in this process, one in a process of its own, a furnished world.

pub mod batches;
pub mod chance;
pub mod cluster;
pub mod collector;
pub mod database;
pub mod every_rpc;
pub mod examples;
mod examples_of_mail;
pub mod faulty;
pub mod fold;
mod folded_invitations;
pub mod frames;
pub mod health;
pub mod histories;
pub mod hosted;
pub mod ledger;
pub mod mailing;
pub mod plainly;
pub mod process;
pub mod random_histories;
pub mod raw;
pub mod relay;
pub mod sentences;
pub mod server;
pub mod smtp;
pub mod steps;
mod steps_by_mail;
pub mod unchecked;
pub mod visitor;
pub mod watching;
pub mod wire;
pub mod world;

/// A variable of the test run.
#[expect(clippy::disallowed_methods, reason = "tests are told about their surroundings by variables")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether the run is to hold figures to their bounds: on a quiet machine only.
pub fn figures() -> bool {
    variable("OMBORD_TEST_FIGURES").is_some()
}

/// A count from a variable of the test run: how long the long forms are.
pub fn setting(name: &str, default: usize) -> usize {
    variable(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

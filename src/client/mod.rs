//! The client of the API, without the server: a feature of its own (`client`).
//!
//! [`Client`] calls every service, repeats what may be repeated and shows the token that is current at each try.
//! [`GateFollower`] holds the gate's facts in the gateway's own process and decides by the very function that the server
//! decides by, as long as its lease says that the facts are recent.

mod calls;
mod follower;
mod lease;
mod taking;

pub use crate::{domain::answer::Answer, gate::ask::Named};
pub use calls::{Bearer, Client, CurrentToken, Link, retry};
pub use follower::{Decision, Facts, GateFollower, Question};
pub use lease::{CannotDecide, Lease, WhenOver, system_clock};

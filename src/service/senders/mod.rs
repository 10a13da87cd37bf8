//! Senders and their connections with integrators.

pub mod evidence;
pub mod resolve;

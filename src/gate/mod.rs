//! The facts of the gate in memory. They enter by one door, the feed of a server or the stream of a follower; every answer
//! reads one immutable state of one revision; no reader waits for the writer and no write path touches a state.

pub mod ask;
#[cfg(feature = "server")]
mod current;
#[cfg(feature = "server")]
pub mod feed;
mod keys;
mod piece;
pub mod record;
pub mod state;
pub mod table;
mod timelines;

#[cfg(feature = "server")]
pub use current::{Fresh, Gate};

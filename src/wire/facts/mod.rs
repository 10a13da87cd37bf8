//! The facts of the gate as `WatchGate` sends them. What a follower reads is, for every question, what the server had.

mod reading;
mod writing;

pub use reading::{Faulty, take_in};
pub use writing::Chunk;

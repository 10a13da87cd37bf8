//! What the holder of a mailed link can do: read, accept, decline, forward, say that the company is another one, ask for
//! a new link, and contest. The link is the only right there is; each verb looks it up anew in its own transaction.

mod accept;
mod contest;
mod context;
mod decline;
mod done;
mod exits;
mod judge;
mod offered;
mod open;
mod second;
pub mod view;

pub use super::link::LinkToken;
pub use accept::accept;
pub use contest::contest;
pub use decline::{DeclineInput, decline};
pub use exits::{forward, not_ours, resend};
pub use judge::{Step, check};
pub use open::open;
pub use second::second;

//! The ledger: append-only events, their canonical bytes, their tree, and salted commitments to personal data.

pub mod canonical;
pub mod commitment;
pub mod entry;
pub mod event;
pub mod note;
pub mod proof;
pub mod receipt;
pub mod tree;

pub use commitment::Private;
pub use entry::{Author, Entry};
pub use event::Event;

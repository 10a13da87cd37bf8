//! The outbox: mails are queued in the transaction that makes them wanted, claimed for a while by whoever sends them,
//! and settled when that is known. Nothing is sent within a transaction, and nothing is lost between two.

pub(in crate::service) mod again;
pub mod campaigns;
mod changed;
pub mod claim;
mod compose;
pub mod control;
pub mod letter;
pub mod list_mail;
pub(in crate::service) mod queue;
pub mod record_delivery;
pub mod reminders;
pub mod retry_mail;
pub mod settle;
mod undelivered;

pub use changed::MailChanged;
pub use claim::{claim, due_in};
pub use control::{retry, set_paused};
pub use settle::{Outcome, settle};

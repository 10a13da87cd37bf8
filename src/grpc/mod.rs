//! The API over gRPC, thin: convert, call the service, convert back.

pub mod acceptances;
pub mod agreements;
pub mod api;
pub mod convert;
pub mod exceptions;
pub mod gate;
pub mod integrators;
pub mod layers;
pub mod ledger;
pub mod mail;
pub mod senders;
pub mod status;

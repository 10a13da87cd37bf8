//! Tokens in, [`Caller`](crate::service::caller::Caller) out.
//!
//! [`keys`] reads the issuer's key set, [`ring`] keeps it fresh, [`verify`] decides about one token at a given time,
//! [`claims`] turns verified claims into a caller, `memory` remembers which token named whom, [`table`] says which scopes
//! each RPC asks for, and [`issuer`] makes tokens for development.

pub mod authenticator;
pub mod claims;
mod compact;
pub mod issuer;
pub mod keys;
mod memory;
mod refusal;
pub mod ring;
pub mod table;
pub mod verify;

pub use authenticator::{Authenticator, Verified};
pub use refusal::Refusal;

//! The functional core: pure types and rules. No IO, clock or randomness; time and ids come in as values.
//!
//! Data flows one way: a decision of a service becomes an [`ledger::Event`], the event is folded into the
//! [`facts`] by one function, and [`decision`] reads the facts.

pub mod acts;
pub mod agreement;
pub mod answer;
pub mod authority;
pub mod calendar;
pub mod catalogue;
pub mod contact;
pub mod dates;
pub mod decision;
pub mod exception;
pub mod explanation;
pub mod facts;
mod from_text;
pub mod ids;
pub mod impact;
pub mod integrator;
pub mod invitation;
pub mod ledger;
pub mod mail;
pub mod offer;
pub mod organisation_number;
pub mod profile;
pub mod reason;
pub mod recording;
pub mod rules;
pub mod sender;
pub mod specification;
pub mod standing;
pub mod text;
pub mod time;
pub mod vocabulary;
pub mod weighing;

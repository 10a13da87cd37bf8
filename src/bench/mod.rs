//! Measures a service: fills a database, drives servers with questions whose answers are known, and prints figures next
//! to those of a bare tonic server that answers the same bytes in the same run.
//!
//! A run in which one answer is another than ALLOW fails: figures of errors are worth nothing.

pub mod bare;
pub mod cerbos;
pub mod clock;
pub mod collector;
pub mod fill;
pub mod follower;
pub mod load;
pub mod numbers;
pub mod processes;
pub mod report;
pub mod rounds;
pub mod servers;
pub mod writers;

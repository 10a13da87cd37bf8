//! What the store promises, told once and held against both databases.

mod letters;
mod lists;
mod rows;
mod samples;
mod schema;
mod sharing;
mod subtrees;
mod throughput;
mod transactions;

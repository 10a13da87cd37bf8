//! Ombord: onboarding, acceptance and send decisions for the senders of a digital mailbox, over gRPC.
//!
//! The rooms and what each may import are drawn in the README. With the feature `client` alone there is the client, and
//! what it shares with the server.

#[cfg(feature = "server")]
pub mod admin;
#[cfg(feature = "server")]
pub mod app;
#[cfg(feature = "server")]
pub mod auth;
#[cfg(feature = "server")]
pub mod bench;
#[cfg(feature = "server")]
pub mod checkpoints;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "server")]
pub mod config;
pub mod domain;
#[cfg(feature = "server")]
pub mod fetch;
pub mod gate;
#[cfg(feature = "server")]
pub mod grpc;
#[cfg(feature = "server")]
pub mod lifecycle;
#[cfg(feature = "server")]
pub mod outbox;
pub mod pb;
#[cfg(feature = "server")]
pub mod proxy;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod telemetry;
#[cfg(feature = "server")]
pub mod web;
pub mod wire;

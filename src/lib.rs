//! Ombord: onboarding, acceptance and send decisions for the senders of a digital mailbox, over gRPC.
//!
//! The rooms and what each may import are drawn in the README.

pub mod app;
pub mod auth;
pub mod checkpoints;
pub mod cli;
pub mod config;
pub mod domain;
pub mod gate;
pub mod grpc;
pub mod lifecycle;
pub mod outbox;
pub mod pb;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod wire;

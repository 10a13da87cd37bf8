//! What the pages ask of the services. A trait, so that the pages can be shown and tried without a database.

use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, VersionLabel},
    },
    service::{
        agreements::public::PublicVersion,
        error::Result,
        form::{
            DeclineInput,
            view::{AcceptInput, Fault, Field, Page, Posted},
        },
    },
};
use async_trait::async_trait;

/// The public keys of the log, as vkey lines.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The one that signs now; none where nothing is signed.
    pub current: Option<String>,
    /// Those that signed before.
    pub former: Vec<String>,
}

/// What a link holder, and everybody, can do. `token` is as it stands in the address.
#[async_trait]
pub trait Verbs: Send + Sync {
    /// What the link leads to. Changes nothing.
    async fn open(&self, token: &str) -> Result<Page>;
    /// What is wrong with the second step. Changes nothing.
    async fn check(&self, token: &str, input: &AcceptInput) -> Result<Vec<(Field, Fault)>>;
    /// Accepts.
    async fn accept(&self, token: &str, input: AcceptInput) -> Result<Posted>;
    /// Declines, if confirmed; else says what is wrong and changes nothing.
    async fn decline(&self, token: &str, input: DeclineInput) -> Result<Posted>;
    /// Sends a new link to another person.
    async fn forward(&self, token: &str, recipient: &str) -> Result<Posted>;
    /// Says that the company is not the holder's.
    async fn not_ours(&self, token: &str) -> Result<Posted>;
    /// Sends a new link to the same address.
    async fn resend(&self, token: &str) -> Result<Posted>;
    /// Sends the second signatory a new link.
    async fn second(&self, token: &str, email: &str) -> Result<Posted>;
    /// Contests what the link is about.
    async fn contest(&self, token: &str, reason: &str) -> Result<Posted>;
    /// Every agreement.
    async fn agreements(&self) -> Result<Vec<AgreementFacts>>;
    /// One version; none where it does not exist.
    async fn version(&self, id: &AgreementId, label: &VersionLabel) -> Result<Option<PublicVersion>>;
    /// The log's public keys.
    fn keys(&self) -> Keys;
}

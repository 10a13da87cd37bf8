//! The verbs as the services have them.

use super::verbs::{Keys, Verbs};
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, VersionLabel},
    },
    service::{
        Services,
        agreements::public::{self, PublicVersion},
        error::Result,
        form::{
            self, DeclineInput, LinkToken, Step,
            view::{AcceptInput, Fault, Field, Page, Posted},
        },
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// The services behind the pages.
pub struct Live(pub Arc<Services>);

/// What is no link at all leads to the same as one that does not exist.
macro_rules! link {
    ($token:expr, $else:expr) => {
        match LinkToken::parse($token) {
            Some(link) => link,
            None => return Ok($else),
        }
    };
}

#[async_trait]
impl Verbs for Live {
    async fn open(&self, token: &str) -> Result<Page> {
        form::open(&self.0, &link!(token, Page::Unknown)).await
    }

    async fn check(&self, token: &str, input: &AcceptInput) -> Result<Vec<(Field, Fault)>> {
        form::check(&self.0, &link!(token, Vec::new()), input, Step::Person).await
    }

    async fn accept(&self, token: &str, input: AcceptInput) -> Result<Posted> {
        form::accept(&self.0, &link!(token, Posted::Elsewhere), input).await
    }

    async fn decline(&self, token: &str, input: DeclineInput) -> Result<Posted> {
        form::decline(&self.0, &link!(token, Posted::Elsewhere), input).await
    }

    async fn forward(&self, token: &str, recipient: &str) -> Result<Posted> {
        form::forward(&self.0, &link!(token, Posted::Elsewhere), recipient).await
    }

    async fn not_ours(&self, token: &str) -> Result<Posted> {
        form::not_ours(&self.0, &link!(token, Posted::Elsewhere)).await
    }

    async fn resend(&self, token: &str) -> Result<Posted> {
        form::resend(&self.0, &link!(token, Posted::Elsewhere)).await
    }

    async fn second(&self, token: &str, email: &str) -> Result<Posted> {
        form::second(&self.0, &link!(token, Posted::Elsewhere), email).await
    }

    async fn contest(&self, token: &str, reason: &str) -> Result<Posted> {
        form::contest(&self.0, &link!(token, Posted::Elsewhere), reason).await
    }

    async fn agreements(&self) -> Result<Vec<AgreementFacts>> {
        public::agreements(&self.0).await
    }

    async fn version(&self, id: &AgreementId, label: &VersionLabel) -> Result<Option<PublicVersion>> {
        public::version(&self.0, id, label).await
    }

    fn keys(&self) -> Keys {
        let mut keys = self.0.log.iter().flat_map(|log| log.verifying()).map(ToString::to_string);
        Keys { current: keys.next(), former: keys.collect() }
    }
}

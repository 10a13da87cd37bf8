//! `UpdateIntegrator`.

use super::{Changed, etag};
use crate::{
    domain::{ids::IntegratorId, ledger::Event},
    service::{
        error::{Error, ErrorReason, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;

/// Changes an integrator's name or domains. Its organisation number never changes (R18).
#[derive(Debug)]
pub struct UpdateIntegrator {
    /// Which.
    pub integrator_id: IntegratorId,
    /// The etag that the change is based on; any where absent.
    pub etag: Option<String>,
    /// The new name.
    pub display_name: Option<String>,
    /// The new domains.
    pub email_domains: Option<Vec<String>>,
}

#[async_trait]
impl Mutation for UpdateIntegrator {
    type Response = Changed;
    const METHOD: &'static str = "UpdateIntegrator";

    async fn run(self, write: &mut Write) -> Result<Changed> {
        let known = super::load(write, &self.integrator_id).await?;
        if self.etag.is_some_and(|wanted| wanted != etag(known.revision)) {
            return Err(Error::field(
                ErrorReason::EtagMismatch,
                "etag",
                "the integrator changed since it was read; read it again",
            ));
        }
        let display_name = self.display_name.unwrap_or_else(|| known.display_name.clone());
        let email_domains = self.email_domains.unwrap_or_else(|| known.email_domains.clone());
        if display_name == known.display_name && email_domains == known.email_domains {
            return Ok(Changed::of(&known, write));
        }
        let integrator_id = self.integrator_id.clone();
        write.record(Event::IntegratorUpdated { integrator_id, display_name, kind: known.kind, email_domains }).await?;
        Ok(Changed::of(&super::load(write, &self.integrator_id).await?, write))
    }
}

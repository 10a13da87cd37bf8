//! `CreateIntegrator`.

use super::Changed;
use crate::{
    domain::{ids::IntegratorId, ledger::Event, organisation_number::LegalNumber, vocabulary::IntegratorKind},
    service::{
        error::{Error, ErrorReason, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;

/// Makes an integrator.
#[derive(Debug)]
pub struct CreateIntegrator {
    /// Its slug.
    pub integrator_id: IntegratorId,
    /// Its name.
    pub display_name: String,
    /// Its number.
    pub organisation_number: LegalNumber,
    /// What it is (R1).
    pub kind: IntegratorKind,
    /// The domains of its own people's addresses.
    pub email_domains: Vec<String>,
}

#[async_trait]
impl Mutation for CreateIntegrator {
    type Response = Changed;
    const METHOD: &'static str = "CreateIntegrator";

    /// The same integrator again changes nothing; another one under the same slug is refused.
    async fn run(self, write: &mut Write) -> Result<Changed> {
        if let Some(known) = write.tx.integrator(&self.integrator_id).await? {
            let same = known.display_name == self.display_name
                && known.organisation_number == self.organisation_number
                && known.kind == self.kind
                && known.email_domains == self.email_domains;
            if same {
                return Ok(Changed::of(&known, write));
            }
            return Err(Error::field(
                ErrorReason::IntegratorExists,
                "integrator_id",
                "is taken by an integrator with other data; use UpdateIntegrator to change it",
            ));
        }
        let id = self.integrator_id.clone();
        write
            .record(Event::IntegratorCreated {
                integrator_id: self.integrator_id,
                display_name: self.display_name,
                number: self.organisation_number,
                kind: self.kind,
                email_domains: self.email_domains,
            })
            .await?;
        Ok(Changed::of(&super::load(write, &id).await?, write))
    }
}

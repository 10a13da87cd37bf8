//! `SuspendIntegrator` and `ResumeIntegrator`.

use super::Changed;
use crate::{
    domain::{ids::IntegratorId, ledger::Event},
    service::{error::Result, mutation::Mutation, write::Write},
};
use async_trait::async_trait;

/// Stops an integrator: it reads, but neither writes nor sends.
#[derive(Debug)]
pub struct SuspendIntegrator {
    /// Which.
    pub integrator_id: IntegratorId,
    /// Why, for operators.
    pub reason: String,
}

#[async_trait]
impl Mutation for SuspendIntegrator {
    type Response = Changed;
    const METHOD: &'static str = "SuspendIntegrator";

    async fn run(self, write: &mut Write) -> Result<Changed> {
        if super::load(write, &self.integrator_id).await?.suspension.is_none() {
            let reason = write.keep_note(&self.reason).await?;
            write.record(Event::IntegratorSuspended { integrator_id: self.integrator_id.clone(), reason }).await?;
        }
        Ok(Changed::of(&super::load(write, &self.integrator_id).await?, write))
    }
}

/// Lets an integrator write and send again.
#[derive(Debug)]
pub struct ResumeIntegrator {
    /// Which.
    pub integrator_id: IntegratorId,
    /// Why, for operators.
    pub reason: String,
}

#[async_trait]
impl Mutation for ResumeIntegrator {
    type Response = Changed;
    const METHOD: &'static str = "ResumeIntegrator";

    async fn run(self, write: &mut Write) -> Result<Changed> {
        if super::load(write, &self.integrator_id).await?.suspension.is_some() {
            let reason = write.keep_note(&self.reason).await?;
            write.record(Event::IntegratorResumed { integrator_id: self.integrator_id.clone(), reason }).await?;
        }
        Ok(Changed::of(&super::load(write, &self.integrator_id).await?, write))
    }
}

//! `GetIntegrator`.

use crate::{
    domain::{ids::IntegratorId, integrator::IntegratorFacts},
    service::{
        Services,
        error::{Error, Resource, Result},
    },
    store::Reader,
};

/// An integrator as operators see it.
#[derive(Debug)]
pub struct IntegratorView {
    /// Its facts.
    pub facts: IntegratorFacts,
    /// Why it is suspended, if it is and the text was not erased.
    pub suspension_reason: Option<String>,
}

/// Reads one integrator, and the revision it was read at.
pub async fn get_integrator(services: &Services, id: &IntegratorId) -> Result<(IntegratorView, u64)> {
    let mut reader = services.store.read().await?;
    let facts = reader.integrator(id).await?.ok_or_else(|| Error::not_found(Resource::Integrator))?;
    let view = view(reader.as_mut(), facts).await?;
    Ok((view, reader.head().revision))
}

pub(super) async fn view(reader: &mut dyn Reader, facts: IntegratorFacts) -> Result<IntegratorView> {
    let suspension_reason = match &facts.suspension {
        Some(suspension) => crate::service::private::note(reader, suspension.reason).await?,
        None => None,
    };
    Ok(IntegratorView { facts, suspension_reason })
}

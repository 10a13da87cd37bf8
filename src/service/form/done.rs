//! A finished acceptance, for the page that can be printed.

use super::{
    contest::is_open,
    context::{Context, contact},
    view::{Done, DoneDocument},
};
use crate::{
    domain::{
        acts::{ActKind, ActState},
        ledger::Event,
        recording::Signer,
    },
    service::{
        Services,
        entries::entry,
        error::{Error, ErrorReason, Result},
        ledger::receipt::receipt_of_entry,
        private::{self, Person},
    },
    store::Reader,
};

/// The acceptance that a revision recorded.
pub(super) async fn done(
    services: &Services,
    reader: &mut dyn Reader,
    context: &Context,
    revision: u64,
) -> Result<Done> {
    let now = services.clock.now();
    let Event::AcceptanceRecorded {
        accepted,
        signatories,
        accept_time,
        contact: address,
        covered,
        retroactive_delivery,
        ..
    } = entry(reader, revision).await?.event
    else {
        return Err(Error::internal(anyhow::anyhow!("no acceptance at revision {revision}")));
    };
    let mut persons = Vec::with_capacity(signatories.len());
    for signatory in &signatories {
        let person = match signatory.person {
            Some(record) => private::body::<Person>(reader, record.record_id).await?,
            None => None,
        };
        let (full_name, role, email) = match person {
            Some(person) => (Some(person.full_name), Some(person.role), Some(person.email)),
            None => (None, None, None),
        };
        persons.push(Signer { full_name, role, email, authority_basis: signatory.authority_basis });
    }
    let act = accepted.first().and_then(|one| {
        context.sender.acts.iter().find(|act| act.id == one.acceptance_id.0 && act.kind == ActKind::Acceptance)
    });
    let titles = |id| {
        let agreement = context.agreements.iter().find(|agreement| agreement.agreement_id == id);
        agreement.map(|agreement| agreement.titles.clone()).unwrap_or_default()
    };
    Ok(Done {
        time: accept_time,
        accepted: accepted
            .into_iter()
            .map(|one| DoneDocument {
                titles: titles(one.agreement_id.clone()),
                agreement_id: one.agreement_id,
                version: one.version,
                language: one.language,
                document_sha256: one.document_sha256,
                specification_sha256: one.specification_sha256,
            })
            .collect(),
        signatories: persons,
        contact: contact(reader, address.map(|address| address.record_id)).await?,
        covered: covered.iter().map(|company| company.number.to_string()).collect(),
        retroactive_delivery,
        receipt: match receipt_of_entry(services, reader, revision).await {
            // A node that cannot sign for now can still tell what was accepted.
            Err(error) if error.reason == ErrorReason::GateNotReady => None,
            made => made?,
        },
        contested: act.and_then(|act| act.contested(now)),
        contestable: is_open(reader, revision, now).await?,
        invalidated: act.is_some_and(|act| !act.stands(now) && act.state != ActState::CoverageEnded),
    })
}

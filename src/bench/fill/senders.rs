//! The senders' part: each is registered, and accepts both agreements in one act on the integrator's form.

use super::{CONTENT_TYPE, agreements::InForce};
use crate::{
    bench::numbers,
    domain::{
        ids::{AcceptanceId, ConnectionId, Digest, IntegratorId, SenderId},
        ledger::{
            Event,
            event::{Accepted, ConnectionTerms, Evidence, Signatory},
        },
        organisation_number::LegalNumber,
        recording,
        vocabulary::{AuthorityBasis, ConnectionState, ContactQuality, EvidenceKind, Language, Method},
    },
    service::{
        error::{Error, Resource, Result},
        mutation::Mutation,
        private::{Contact, Person},
        write::Write,
    },
    store::{AcceptanceRow, ConnectionRow, PrivateKind},
};
use async_trait::async_trait;
use std::ops::Range;

/// Some senders in one commit: what `BatchRegisterSenders` and `BatchRecordAcceptances` write of them, without the reads by
/// which those find that nobody is there yet.
pub(super) struct Fill {
    pub(super) places: Range<u32>,
    pub(super) accepted: Vec<InForce>,
}

#[async_trait]
impl Mutation for Fill {
    type Response = ();
    const METHOD: &'static str = "BenchFill";

    async fn run(self, write: &mut Write) -> Result<()> {
        let integrator = write.acting_for(None).await?.integrator_id;
        for place in self.places {
            let number = numbers::number(place).ok_or_else(|| Error::not_found(Resource::Sender))?;
            let connection = register(write, &integrator, place, number).await?;
            accept(write, connection, &self.accepted).await?;
        }
        Ok(())
    }
}

async fn register(
    write: &mut Write,
    integrator: &IntegratorId,
    place: u32,
    number: LegalNumber,
) -> Result<ConnectionRow> {
    let (sender_id, connection_id) = (write.new_sender_id(), ConnectionId(write.entropy.uuid_v7()));
    let contact = Contact { email: format!("dataskydd@f{place}.example") };
    let contact = write.keep(PrivateKind::Contact, &contact).await?;
    let terms = ConnectionTerms {
        legal_name: Some(format!("Företag {place} AB")),
        private_name: None,
        external_reference: format!("B-{place}"),
        content_types: vec![CONTENT_TYPE],
        contact: Some(contact),
        contact_quality: ContactQuality::Fine,
    };
    let row = ConnectionRow {
        connection_id,
        sender_id,
        integrator_id: integrator.clone(),
        state: ConnectionState::Unconfirmed,
        external_reference: terms.external_reference.clone(),
        legal_name: terms.legal_name.clone(),
        private_name: None,
        contact: Some(contact.record_id),
        contact_quality: terms.contact_quality,
        content_types: terms.content_types.clone(),
        created: write.now,
        updated: write.now,
        revision: 0,
    };
    let event = Event::SenderRegistered {
        sender_id,
        connection_id,
        integrator_id: integrator.clone(),
        number: Some(number),
        private_number: None,
        terms,
        contact_confirmed: false,
    };
    write.record(event).await?;
    Ok(row)
}

async fn accept(write: &mut Write, mut connection: ConnectionRow, accepted: &[InForce]) -> Result<()> {
    let person = Person {
        full_name: "Åsa Öberg".to_owned(),
        role: "Ekonomichef".to_owned(),
        email: "asa@foretaget.example".to_owned(),
    };
    let person = write.keep(PrivateKind::Person, &person).await?;
    let accepted: Vec<Accepted> = accepted
        .iter()
        .map(|version| Accepted {
            acceptance_id: AcceptanceId(write.entropy.uuid_v7()),
            agreement_id: version.agreement_id.clone(),
            version: version.version.clone(),
            language: Language::Sv,
            document_sha256: version.document_sha256,
            specification_sha256: version.specification_sha256,
        })
        .collect();
    let (sender_id, integrator_id) = (connection.sender_id, connection.integrator_id.clone());
    let rows: Vec<AcceptanceRow> = accepted.iter().map(|one| row(one, sender_id, &integrator_id)).collect();
    let sha256 = Some(Digest::of(connection.external_reference.as_bytes()));
    let event = Event::AcceptanceRecorded {
        sender_id,
        connection_id: connection.connection_id,
        integrator_id,
        accepted,
        signatories: vec![Signatory { person: Some(person), authority_basis: AuthorityBasis::AuthorisedSignatory }],
        authority_declared: true,
        method: Method::IntegratorForm,
        assurance: recording::assurance(Method::IntegratorForm),
        accept_time: write.now,
        evidence: vec![Evidence { kind: EvidenceKind::ClickRecord, sha256, reference: None }],
        contact: None,
        contact_quality: Some(connection.contact_quality),
        covered: Vec::new(),
        group_permission_declared: false,
        retroactive_delivery: false,
        invitations: Vec::new(),
    };
    let revision = write.record(event).await?;
    for row in rows {
        write.tx.put_acceptance(&AcceptanceRow { revision, changed_revision: revision, ..row }).await?;
    }
    connection.state = ConnectionState::Active;
    connection.revision = revision;
    Ok(write.tx.put_connection(&connection).await?)
}

fn row(accepted: &Accepted, sender_id: SenderId, integrator_id: &IntegratorId) -> AcceptanceRow {
    AcceptanceRow {
        acceptance_id: accepted.acceptance_id,
        sender_id,
        integrator_id: integrator_id.clone(),
        agreement_id: accepted.agreement_id.clone(),
        version: accepted.version.clone(),
        revision: 0,
        changed_revision: 0,
    }
}

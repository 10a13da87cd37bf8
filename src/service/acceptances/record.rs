//! `RecordAcceptance`.

use super::{
    act::{Document, RecordAcceptance},
    connection::{confirm, sender_facts},
    earlier, people,
    refusal::{self, About},
    trial::Sight,
    validity::{Validity, validity},
};
use crate::{
    domain::{
        agreement::AgreementFacts,
        authority::Sides,
        contact,
        ids::{AcceptanceId, AgreementId, ConnectionId, LedgerId, SenderId, VersionLabel},
        ledger::{
            Event,
            event::{Accepted, Covered},
        },
        mail::MailPurpose,
        organisation_number::{LegalNumber, OrganisationNumber},
        recording::{self, Circumstances, Claim, Form, Subject, judge},
        time::Timestamp,
        vocabulary::{Assurance, ConnectionState, ContactQuality, Language, Method},
    },
    service::{
        error::{Error, Resource, Result},
        invitations::refuse_against,
        mail::queue,
        mutation::Mutation,
        private::{self, Contact},
        senders::{evidence, resolve},
        write::Write,
    },
    store::{AcceptanceRow, ConnectionRow, PrivateKind},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What became of one document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordedDocument {
    /// Its id; absent where it would only be created.
    pub acceptance_id: Option<AcceptanceId>,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The version.
    pub version: VersionLabel,
    /// Whether it counts no more: invalidated since it was recorded, or lapsed by a contest that nobody resolved.
    pub invalidated: bool,
    /// Whether the sender contests it; it counts until the deadline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contested: bool,
    /// How sure it is.
    pub assurance: Assurance,
    /// From when on the version is in effect.
    pub effective: Timestamp,
    /// Whether it was recorded now, not before.
    pub created: bool,
}

/// The answer to a recording. All that depends in it on what the sender did through others is that an act is contested or
/// invalidated with theirs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// In the order of the request.
    pub documents: Vec<RecordedDocument>,
    /// The sender.
    pub sender_id: SenderId,
    /// The connection, which is active now.
    pub connection_id: ConnectionId,
    /// The integrator's own key for the sender.
    pub external_reference: String,
    /// When the sender accepted.
    pub accept_time: Timestamp,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// In an import: what an acceptance needs and this one lacks.
    pub absent: Vec<String>,
    /// What is known of the connection's contact point now (R6).
    pub contact_quality: ContactQuality,
    /// Whether there is one, and it is the integrator's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_of_integrator: bool,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for RecordAcceptance {
    type Response = Recorded;
    const METHOD: &'static str = "RecordAcceptance";

    fn validate_only(&self) -> bool {
        self.validate_only
    }

    async fn run(self, write: &mut Write) -> Result<Recorded> {
        let agreements = write.tx.agreements().await?;
        record(write, &agreements, self).await
    }
}

/// Records one act. A refusal leaves nothing behind.
///
/// With `validate_only` everything is done all the same, in a transaction that is then dropped: so a batch sees what its
/// earlier rows would do. What exists in that transaction alone has no ids in the answer.
pub(in crate::service) async fn record(
    write: &mut Write,
    agreements: &[AgreementFacts],
    act: RecordAcceptance,
) -> Result<Recorded> {
    let connection = resolve::open(resolve::connection(write.tx.as_mut(), &write.caller, &act.sender).await?)?;
    let facts = sender_facts(write, &connection).await?;
    let integrator = write.tx.integrator(&connection.integrator_id).await?;
    let integrator = integrator.ok_or_else(|| Error::not_found(Resource::Integrator))?;
    let time = recording::moment(act.accept_time, act.method, write.now)
        .map_err(|refused| refusal::error(&About::Acceptance(&[]), &[refused]))?;
    let earlier = earlier::acceptances(write.tx.as_mut(), &facts, &connection, &act, time).await?;
    let validate_only = act.validate_only;
    let known = facts.connection(&connection.integrator_id);
    let state = connection.state_at(&facts, write.now);
    let sight = if validate_only { Sight::of_trial(write, known) } else { Sight::All };
    let seen = sight.of(&facts.acts, &connection.integrator_id);
    let new: Vec<usize> = (0..earlier.len()).filter(|place| earlier[*place].is_none()).collect();
    if !new.is_empty() || act.documents.is_empty() {
        let circumstances =
            Circumstances { agreements, acts: &seen, connection: state, integrator: &integrator, sender: facts.number };
        check(&circumstances, &act, time, &new)?;
        refuse_against(write, connection.connection_id, act.method).await?;
    }

    let ids: Vec<(usize, AcceptanceId)> =
        new.iter().map(|place| (*place, AcceptanceId(write.entropy.uuid_v7()))).collect();
    let head = write.tx.head().revision;
    let mut documents = Vec::with_capacity(act.documents.len());
    let new_id = |place: usize| ids.iter().find(|(new, _)| *new == place).map(|(_, id)| *id);
    for (place, (document, earlier)) in act.documents.iter().zip(&earlier).enumerate() {
        let exists = earlier.map_or(!validate_only, |one| !validate_only || one.revision <= head);
        documents.push(RecordedDocument {
            acceptance_id: earlier.map(|one| one.id).or(new_id(place)).filter(|_| exists),
            agreement_id: document.agreement_id.clone(),
            version: document.version.clone(),
            invalidated: false,
            contested: false,
            assurance: earlier.map_or(recording::assurance(act.method), |one| one.assurance),
            effective: effective(agreements, document)?,
            created: earlier.is_none(),
        });
    }
    let recorded = earlier.iter().flatten().map(|one| one.recorded).max();
    let absent = match act.method {
        Method::Import => recording::absent(&act.signatories, act.authority_declared, !act.evidence.is_empty()),
        _ => Vec::new(),
    };
    let connection = if ids.is_empty() {
        connection
    } else {
        let confirmed = known.is_some_and(|known| known.contact_confirmed);
        let sides = Sides { integrator: &integrator, sender: facts.number };
        put(write, connection, act, (time, confirmed), &sides, &ids).await?
    };
    // What is recorded under a contest that stands, or has lapsed, is contested or lapsed itself.
    let acts = sender_facts(write, &connection).await?.acts;
    let acts = sight.of(&acts, &connection.integrator_id);
    for (place, one) in documents.iter_mut().enumerate() {
        let id = earlier[place].map(|one| one.id).or(new_id(place));
        let validity = id.map(|id| validity(&acts, id, write.now).0);
        one.invalidated = validity == Some(Validity::Invalidated);
        one.contested = validity == Some(Validity::Contested);
    }
    let contact_of_integrator = connection.contact_is_integrators();
    Ok(Recorded {
        documents,
        sender_id: connection.sender_id,
        connection_id: connection.connection_id,
        external_reference: connection.external_reference,
        accept_time: time,
        record_time: recorded.filter(|_| ids.is_empty()).unwrap_or(write.now),
        absent: absent.iter().map(ToString::to_string).collect(),
        contact_quality: connection.contact_quality,
        contact_of_integrator,
        revision: if validate_only { head } else { write.revision() },
        ledger_id: write.ledger_id(),
    })
}

fn effective(agreements: &[AgreementFacts], document: &Document) -> Result<Timestamp> {
    let agreement = agreements.iter().find(|agreement| agreement.agreement_id == document.agreement_id);
    let version = agreement.and_then(|agreement| agreement.version(&document.version));
    version.map(|version| version.effective).ok_or_else(|| Error::not_found(Resource::Version))
}

/// Refuses the act if anything stands in its way. `new` are the places of the documents that were not recorded before.
fn check(circumstances: &Circumstances<'_>, act: &RecordAcceptance, time: Timestamp, new: &[usize]) -> Result<()> {
    let documents = new.iter().filter_map(|place| act.documents.get(*place));
    let claim = Claim {
        subjects: documents
            .map(|one| Subject { agreement_id: &one.agreement_id, version: &one.version, shown: Some(&one.shown) })
            .collect(),
        signatories: &act.signatories,
        method: act.method,
        time,
        form: Some(Form {
            authority_declared: act.authority_declared,
            // What the hosted form recorded is itself the evidence.
            evidence: !act.evidence.is_empty() || act.method == Method::HostedForm,
            covered: &act.covered,
            group_permission_declared: act.group_permission_declared,
        }),
    };
    judge(&claim, circumstances).map_err(|refusals| refusal::error(&About::Acceptance(new), &refusals))?;
    Ok(())
}

/// Writes the act: the entry with its private records, where to find each acceptance, and what the connection is now.
async fn put(
    write: &mut Write,
    mut connection: ConnectionRow,
    act: RecordAcceptance,
    (time, contact_confirmed): (Timestamp, bool),
    sides: &Sides<'_>,
    ids: &[(usize, AcceptanceId)],
) -> Result<ConnectionRow> {
    let mut accepted = Vec::with_capacity(ids.len());
    for (document, acceptance_id) in
        ids.iter().filter_map(|(place, id)| act.documents.get(*place).map(|one| (one, *id)))
    {
        let language = document.shown.language.ok_or_else(|| Error::not_found(Resource::Document))?;
        accepted.push(Accepted {
            acceptance_id,
            agreement_id: document.agreement_id.clone(),
            version: document.version.clone(),
            language,
            document_sha256: document.shown.document_sha256,
            specification_sha256: document.shown.specification_sha256,
        });
    }
    let row = |one: &Accepted| AcceptanceRow {
        acceptance_id: one.acceptance_id,
        sender_id: connection.sender_id,
        integrator_id: connection.integrator_id.clone(),
        agreement_id: one.agreement_id.clone(),
        version: one.version.clone(),
        revision: 0,
        changed_revision: 0,
    };
    let rows: Vec<AcceptanceRow> = accepted.iter().map(row).collect();

    let emails = act.signatories.iter().filter_map(|signer| signer.email.as_deref());
    // The contact point that counts from now on: the one that comes with the act, else the one there was.
    let kept = match (&act.contact, connection.contact) {
        (None, Some(id)) => private::body::<Contact>(write.tx.as_mut(), id).await?.map(|contact| contact.email),
        _ => None,
    };
    let email = act.contact.as_deref().or(kept.as_deref());
    let contact_quality = email.map(|email| contact::quality(Some(email), sides, emails));
    let (method, language) = (act.method, accepted.first().map_or(Language::Sv, |one| one.language));
    let given = match act.contact {
        Some(email) => Some(write.keep(PrivateKind::Contact, &Contact { email }).await?),
        None => None,
    };
    let event = Event::AcceptanceRecorded {
        sender_id: connection.sender_id,
        connection_id: connection.connection_id,
        integrator_id: connection.integrator_id.clone(),
        accepted,
        signatories: people::keep(write, &act.signatories).await?,
        authority_declared: act.authority_declared,
        method: act.method,
        assurance: recording::assurance(act.method),
        accept_time: time,
        evidence: evidence::keep(write, act.evidence).await?,
        contact: given,
        contact_quality,
        covered: cover(write, act.covered).await?,
        group_permission_declared: act.group_permission_declared,
        retroactive_delivery: act.retroactive_delivery,
        invitations: act.invitations,
    };
    let revision = write.record(event).await?;
    for row in rows {
        write.tx.put_acceptance(&AcceptanceRow { revision, changed_revision: revision, ..row }).await?;
    }
    let before = connection.clone();
    let told = (connection.contact, connection.contact_quality);
    // What the sender's person confirmed, an integrator's word does not change (R6).
    if contact::may_change(contact_confirmed, contact::word(method)) {
        connection.contact = given.map(|given| given.record_id).or(connection.contact);
        connection.contact_quality = contact_quality.unwrap_or(connection.contact_quality);
    }
    if (connection.contact, connection.contact_quality) != told || connection.state != ConnectionState::Active {
        confirm(write, &mut connection, revision).await?;
    }
    if !matches!(method, Method::HostedForm | Method::Import) {
        let purpose = MailPurpose::AcceptanceAttested { revision };
        queue::tell_contacts(write, before.sender_id, &[&connection, &before], purpose, language, &[]).await?;
    }
    Ok(connection)
}

/// The covered companies. One that was not known becomes a sender without a connection; nobody is told which were.
async fn cover(write: &mut Write, numbers: Vec<LegalNumber>) -> Result<Vec<Covered>> {
    let mut covered = Vec::with_capacity(numbers.len());
    for number in numbers {
        let known = write.tx.sender_of(&OrganisationNumber::Legal(number)).await?;
        covered.push(Covered { sender_id: known.unwrap_or_else(|| write.new_sender_id()), number });
    }
    Ok(covered)
}

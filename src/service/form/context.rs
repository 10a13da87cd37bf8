//! Everything that is known around a link.

use super::view::Letterhead;
use crate::{
    domain::{
        agreement::AgreementFacts,
        authority::Sides,
        ids::{AgreementId, Digest, InvitationId, RecordId},
        integrator::IntegratorFacts,
        invitation::{check_code, state_at},
        ledger::{
            Author, Event,
            event::{Accepted, Signatory},
        },
        mail::LinkPurpose,
        offer::{Offer, offers},
        sender::SenderFacts,
        text,
        time::Timestamp,
        vocabulary::{ConnectionState, InvitationCause, InvitationState, Language, Role},
    },
    service::{
        entries::entry,
        error::{Error, Result},
        link,
        private::{self, Contact, Person},
        write::Write,
    },
    store::{ConnectionRow, InvitationFilter, InvitationRow, Reader},
};

/// More invitations than one connection gets.
const MOST_LATER: u32 = 1000;

/// What is known around an invitation.
pub(super) struct Context {
    /// The invitation.
    pub(super) invitation: InvitationRow,
    /// Its state now; cancelled where its connection is gone.
    pub(super) state: InvitationState,
    /// The connection that counts.
    pub(super) connection: ConnectionRow,
    /// The integrator.
    pub(super) integrator: IntegratorFacts,
    /// The sender.
    pub(super) sender: SenderFacts,
    /// All agreements.
    pub(super) agreements: Vec<AgreementFacts>,
    /// For the first of two signatories: what was signed, while it can still count. For the second: the same of the first.
    pub(super) signature: Option<Signature>,
}

/// The first of two signatures.
pub(super) struct Signature {
    /// When.
    pub(super) time: Timestamp,
    /// What was accepted.
    pub(super) accepted: Vec<Accepted>,
    /// Who signed.
    pub(super) signatory: Signatory,
    /// The contact point.
    pub(super) contact: Option<RecordId>,
    /// The companies covered.
    pub(super) covered: Vec<crate::domain::organisation_number::LegalNumber>,
    /// Their permission.
    pub(super) group_permission_declared: bool,
    /// Undelivered items are kept.
    pub(super) retroactive_delivery: bool,
}

/// The invitation that a link leads to, with all around it.
pub(super) async fn of_form(reader: &mut dyn Reader, token: Digest, now: Timestamp) -> Result<Option<Context>> {
    match link::follow(reader, token).await? {
        Some((LinkPurpose::Form { invitation_id }, _)) => of_invitation(reader, invitation_id, now).await,
        _ => Ok(None),
    }
}

/// An invitation with all around it.
pub(super) async fn of_invitation(
    reader: &mut dyn Reader,
    id: InvitationId,
    now: Timestamp,
) -> Result<Option<Context>> {
    let Some(invitation) = reader.invitation(id).await? else { return Ok(None) };
    let missing = |what: &'static str| Error::internal(anyhow::anyhow!("an invitation without its {what}"));
    let connection = reader.connection(invitation.sender_id, &invitation.integrator_id).await?;
    let connection = connection.ok_or_else(|| missing("connection"))?;
    let integrator = reader.integrator(&invitation.integrator_id).await?.ok_or_else(|| missing("integrator"))?;
    let sender = reader.sender(invitation.sender_id).await?.ok_or_else(|| missing("sender"))?;
    let agreements = reader.agreements().await?;
    let stored = state_at(invitation.state, invitation.expires, now);
    let gone = connection.connection_id != invitation.connection_id || connection.state == ConnectionState::Ended;
    let signature = signature(reader, &invitation).await?.filter(|one| still_good(&agreements, one, now));
    // Without the first signature there is nothing to sign second.
    let void = invitation.joint_with.is_some() && signature.is_none();
    let state = if stored.is_open() && (gone || void) { InvitationState::Cancelled } else { stored };
    Ok(Some(Context { invitation, state, connection, integrator, sender, agreements, signature }))
}

/// The first signature of an invitation that asks for two: its own, or for the second signatory that of the first, as long
/// as nothing took the first one's place: no renewed link revives what the integrator has asked anew.
async fn signature(reader: &mut dyn Reader, invitation: &InvitationRow) -> Result<Option<Signature>> {
    let revision = match invitation.joint_with {
        Some(first) => {
            let first = reader.invitation(first).await?.filter(|row| row.state.is_open());
            first.and_then(|row| row.signature_revision)
        }
        None => invitation.signature_revision,
    };
    let Some(revision) = revision else { return Ok(None) };
    let entry = entry(reader, revision).await?;
    match entry.event {
        Event::FirstSignatureGiven {
            accepted,
            signatory,
            contact,
            covered,
            group_permission_declared,
            retroactive_delivery,
            ..
        } => Ok(Some(Signature {
            time: entry.time,
            accepted,
            signatory,
            contact: contact.map(|contact| contact.record_id),
            covered,
            group_permission_declared,
            retroactive_delivery,
        })),
        _ => Err(Error::internal(anyhow::anyhow!("no signature at revision {revision}"))),
    }
}

/// Whether what was signed can still be accepted: in force, or published for later.
fn still_good(agreements: &[AgreementFacts], signature: &Signature, now: Timestamp) -> bool {
    signature.accepted.iter().all(|one| {
        let agreement = agreements.iter().find(|agreement| agreement.agreement_id == one.agreement_id);
        let version = agreement.and_then(|agreement| agreement.version(&one.version).map(|v| (agreement, v)));
        version.is_some_and(|(agreement, version)| agreement.open_to_acts(version, now))
    })
}

/// What stands at the head of every page.
pub(super) async fn letterhead(
    reader: &mut dyn Reader,
    connection: &ConnectionRow,
    integrator: &IntegratorFacts,
    sender: &SenderFacts,
    (check_code, language): (String, Language),
) -> Result<Letterhead> {
    Ok(Letterhead {
        integrator_name: integrator.display_name.clone(),
        integrator_kind: integrator.kind,
        sender_name: private::name_of(reader, connection).await?.unwrap_or_default(),
        organisation_number: sender.number.map(|number| number.dashed()),
        check_code,
        language,
    })
}

impl Context {
    /// What stands at the head of every page.
    pub(super) async fn head(&self, reader: &mut dyn Reader) -> Result<Letterhead> {
        let shown = (check_code(self.invitation.invitation_id), self.invitation.language);
        letterhead(reader, &self.connection, &self.integrator, &self.sender, shown).await
    }

    /// Whether the connection was confirmed, and that counts.
    pub(super) fn is_active(&self, now: Timestamp) -> bool {
        let known = self.sender.connection(&self.invitation.integrator_id);
        known.is_some_and(|known| known.state_at(now) == ConnectionState::Active)
    }

    /// Whether the holder is the second of two signatories.
    pub(super) fn is_second(&self) -> bool {
        self.invitation.joint_with.is_some()
    }

    /// Whether the holder has signed as the first of two, and the second has not.
    pub(super) fn waits_for_second(&self) -> bool {
        !self.is_second() && self.signature.is_some() && self.state.is_open()
    }

    /// The person that the first signature is by; nothing where there is none, or the person was erased.
    pub(super) async fn first_person(&self, reader: &mut dyn Reader) -> Result<Option<Person>> {
        match self.signature.as_ref().and_then(|signature| signature.signatory.person) {
            Some(record) => private::body(reader, record.record_id).await,
            None => Ok(None),
        }
    }

    /// For a second signatory: the language of the text of an agreement that the first one accepted.
    pub(super) fn accepted_in(&self, id: &AgreementId) -> Option<Language> {
        let first = self.signature.as_ref().filter(|_| self.is_second())?;
        first.accepted.iter().find(|one| one.agreement_id == *id).map(|one| one.language)
    }

    /// What is offered: to a second signatory what the first accepted.
    pub(super) fn offers(&self, now: Timestamp) -> Vec<Offer<'_>> {
        match self.signature.as_ref().filter(|_| self.is_second()) {
            Some(signature) => signature
                .accepted
                .iter()
                .filter_map(|one| {
                    let agreement = self.agreements.iter().find(|a| a.agreement_id == one.agreement_id)?;
                    let version = agreement.version(&one.version)?;
                    Some(Offer { agreement, version, deadline: None })
                })
                .collect(),
            None => {
                let (id, types) = (&self.invitation.integrator_id, &self.connection.content_types);
                offers(&self.agreements, &self.sender.seen_through(id, now), id, types, now)
            }
        }
    }

    /// Whether the integrator has since asked somebody at another address: who was asked first, perhaps by mistake, does
    /// not take that back.
    pub(super) async fn asked_elsewhere(&self, reader: &mut dyn Reader) -> Result<bool> {
        let filter = InvitationFilter {
            connection_id: Some(self.connection.connection_id),
            after: Some(self.invitation.invitation_id),
            ..InvitationFilter::default()
        };
        let own = contact(reader, Some(self.invitation.recipient)).await?;
        for later in reader.invitations(&filter, MOST_LATER).await? {
            if later.cause == InvitationCause::Requested {
                let address = contact(reader, Some(later.recipient)).await?;
                let same = address.zip(own.as_ref()).is_some_and(|(one, own)| text::same_address(&one, own));
                if !same {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Integrator and sender.
    pub(super) fn sides(&self) -> Sides<'_> {
        Sides { integrator: &self.integrator, sender: self.sender.number }
    }
}

/// From here on the entries of this write are by the holder of an invitation's link.
pub(super) fn sign_as_holder(write: &mut Write, recipient: RecordId) {
    write.set_author(Author { role: Role::Sender, integrator_id: None, actor_id: recipient, commitment: None });
}

/// The address in a contact record; empty where it was erased.
pub(super) async fn contact(reader: &mut dyn Reader, record: Option<RecordId>) -> Result<Option<String>> {
    match record {
        Some(record) => Ok(private::body::<Contact>(reader, record).await?.map(|contact| contact.email)),
        None => Ok(None),
    }
}

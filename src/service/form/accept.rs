//! Accepting: by one person, or as the first or the second of two.

use super::{
    context::{self, Context, contact, sign_as_holder},
    judge::{Good, Step, judge},
    offered::shown,
    second,
    view::{AcceptInput, Posted},
};
use crate::{
    domain::{
        ids::{AcceptanceId, Digest, InvitationId},
        ledger::{Event, event::Accepted, event::Signatory},
        mail::MailPurpose,
        offer::Offer,
        recording::{Shown, Signer},
        text,
        time::Timestamp,
        vocabulary::{InvitationState, Language, Method},
    },
    service::{
        Services,
        acceptances::{
            act::{Document, RecordAcceptance},
            record::record,
        },
        entries::entry,
        error::{Error, Result},
        invitations::{about, answered},
        link::LinkToken,
        mail::queue,
        mutation::{Act, act},
        private::{Contact, Person},
        senders::resolve::{SenderName, SenderRef},
        write::Write,
    },
    store::PrivateKind,
};
use async_trait::async_trait;
use std::sync::Arc;

/// Accepts what was shown, all of it or nothing.
pub async fn accept(services: &Arc<Services>, token: &LinkToken, input: AcceptInput) -> Result<Posted> {
    act(services, Accept { token: token.sha256(), input }).await
}

struct Accept {
    token: Digest,
    input: AcceptInput,
}

#[async_trait]
impl Act for Accept {
    type Done = Posted;

    async fn run(self, write: &mut Write) -> Result<Posted> {
        let now = write.now;
        let context = context::of_form(write.tx.as_mut(), self.token, now).await?;
        let Some(context) = context.filter(|one| one.state.is_open() && !one.waits_for_second()) else {
            return Ok(Posted::Elsewhere);
        };
        let offers = context.offers(now);
        if offers.is_empty() {
            return Ok(Posted::Elsewhere);
        }
        if shown(&offers)?.to_string() != self.input.shown {
            return Ok(Posted::Changed);
        }
        let good = match judge(write.tx.as_mut(), &context, &self.input, Step::Accept, now).await? {
            Ok(good) => good,
            Err(faults) => return Ok(Posted::Faults(faults)),
        };
        let language = self.input.language.unwrap_or(context.invitation.language);
        let documents = documents(&context, language, now);
        sign_as_holder(write, context.invitation.recipient);
        if let Some(named) = good.second.clone() {
            first_signature(write, context, &self.input, good, documents, named).await?;
        } else {
            finish(write, context, &self.input, good, documents).await?;
        }
        Ok(Posted::Done)
    }
}

/// What is accepted: to a second signatory the very texts that the first was shown, else those in the language of the
/// form, or in another where a version has none in that.
fn documents(context: &Context, language: Language, now: Timestamp) -> Vec<Document> {
    let document = |offer: &Offer<'_>| {
        let id = &offer.agreement.agreement_id;
        let wanted = offer.version.document(context.accepted_in(id).unwrap_or(language));
        let shown = wanted.or(offer.version.documents.first())?;
        Some(Document {
            agreement_id: id.clone(),
            version: offer.version.label.clone(),
            shown: Shown {
                language: Some(shown.language),
                document_sha256: shown.sha256,
                specification_sha256: offer.version.specification_sha256,
            },
        })
    };
    context.offers(now).iter().filter_map(document).collect()
}

/// Keeps the first of two signatures, which counts for nothing yet, and sends the second person a link.
async fn first_signature(
    write: &mut Write,
    context: Context,
    input: &AcceptInput,
    good: Good,
    documents: Vec<Document>,
    (second_name, second_email): (String, String),
) -> Result<()> {
    let language = input.language.unwrap_or(context.invitation.language);
    let accepted = documents
        .into_iter()
        .map(|one| Accepted {
            acceptance_id: AcceptanceId(write.entropy.uuid_v7()),
            agreement_id: one.agreement_id,
            version: one.version,
            language: one.shown.language.unwrap_or(language),
            document_sha256: one.shown.document_sha256,
            specification_sha256: one.shown.specification_sha256,
        })
        .collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let person = Person {
        full_name: text(&good.signer.full_name),
        role: text(&good.signer.role),
        email: text(&good.signer.email),
    };
    let person = write.keep(PrivateKind::Person, &person).await?;
    let named = Person { full_name: second_name, role: String::new(), email: second_email.clone() };
    let named = write.keep(PrivateKind::Person, &named).await?;
    let contact = match good.contact {
        Some(email) => Some(write.keep(PrivateKind::Contact, &Contact { email }).await?),
        None => None,
    };
    let event = Event::FirstSignatureGiven {
        about: about(&context.invitation),
        accepted,
        signatory: Signatory { person: Some(person), authority_basis: good.signer.authority_basis },
        second: named,
        contact,
        covered: good.covered,
        group_permission_declared: input.group_permission,
        retroactive_delivery: input.retroactive_delivery,
    };
    let mut row = context.invitation.clone();
    row.revision = write.record(event).await?;
    row.signature_revision = Some(row.revision);
    write.tx.put_invitation(&row).await?;
    second::invite_second(write, &context, second_email, language).await
}

/// Records the acceptance, by one person or jointly with the first one, and confirms it by mail (R5).
async fn finish(
    write: &mut Write,
    context: Context,
    input: &AcceptInput,
    good: Good,
    documents: Vec<Document>,
) -> Result<()> {
    let mut signatories: Vec<Signer> = Vec::new();
    let mut invitations: Vec<InvitationId> = Vec::new();
    let (mut address, mut covered) = (good.contact, good.covered);
    let (mut permission, mut retroactive) = (input.group_permission, input.retroactive_delivery);
    let language = input.language.unwrap_or(context.invitation.language);
    if let Some(first) = context.signature.as_ref().filter(|_| context.is_second()) {
        let person = context.first_person(write.tx.as_mut()).await?;
        let person = person.ok_or_else(|| Error::internal(anyhow::anyhow!("a first signatory who was erased")))?;
        signatories.push(Signer {
            full_name: Some(person.full_name),
            role: Some(person.role),
            email: Some(person.email),
            authority_basis: first.signatory.authority_basis,
        });
        invitations.extend(context.invitation.joint_with);
        address = contact(write.tx.as_mut(), first.contact).await?;
        covered.clone_from(&first.covered);
        permission = first.group_permission_declared;
        retroactive = first.retroactive_delivery;
    }
    signatories.push(good.signer);
    invitations.push(context.invitation.invitation_id);
    let act = RecordAcceptance {
        sender: SenderName {
            integrator_id: Some(context.invitation.integrator_id.clone()),
            sender: SenderRef::Id(context.sender.sender_id),
        },
        documents,
        signatories,
        authority_declared: true,
        method: Method::HostedForm,
        accept_time: None,
        evidence: Vec::new(),
        contact: address,
        covered,
        group_permission_declared: permission,
        retroactive_delivery: retroactive,
        invitations: invitations.clone(),
        validate_only: false,
    };
    let recorded = record(write, &context.agreements, act).await?;
    let revision = recorded.revision;
    answered(write, invitations, InvitationState::Accepted, revision).await?;
    confirm(write, revision, &context, language).await
}

/// Queues the confirmation to each person and to the contact point, and a notice to the company's other contact points:
/// the person was named by one integrator, and the act is the company's.
async fn confirm(write: &mut Write, revision: u64, before: &Context, language: Language) -> Result<()> {
    let entry = entry(write.tx.as_mut(), revision).await?;
    let Event::AcceptanceRecorded { signatories, contact, .. } = entry.event else {
        return Err(Error::internal(anyhow::anyhow!("no acceptance at revision {revision}")));
    };
    let sender_id = before.sender.sender_id;
    let about = (Some(sender_id), Some(before.connection.connection_id));
    let mut told = Vec::new();
    for person in signatories.iter().filter_map(|signatory| signatory.person) {
        let purpose = MailPurpose::Confirmation { revision, to_contact_point: false, in_place: false };
        queue::queue(write, purpose, about, Some(person.record_id), language).await?;
        told.extend(queue::address(write.tx.as_mut(), person.record_id).await?);
    }
    if let Some(contact) = contact
        && let Some(email) = queue::address(write.tx.as_mut(), contact.record_id).await?
        && told.iter().all(|other| !text::same_address(other, &email))
    {
        let purpose = MailPurpose::Confirmation { revision, to_contact_point: true, in_place: false };
        queue::queue(write, purpose, about, Some(contact.record_id), language).await?;
        told.push(email);
    }
    // What an integrator wrote over a connection that was not confirmed is nobody's contact point.
    let through: Vec<_> = before.is_active(write.now).then_some(&before.connection).into_iter().collect();
    let purpose = MailPurpose::AcceptanceGiven { revision };
    queue::tell_contacts(write, sender_id, &through, purpose, language, &told).await
}

//! The company declines: with a declaration of authority, the consequence shown, and a second confirmation.

use super::{
    context::{self, sign_as_holder},
    judge::{Faults, person},
    offered::shown,
    view::{Fault, Field, PersonInput, Posted},
};
use crate::{
    domain::{
        ids::Digest,
        mail::MailPurpose,
        rules::REASON_CHARACTERS,
        text,
        vocabulary::{InvitationState, Language, Method},
    },
    service::{
        Services,
        acceptances::{act::RecordDecline, decline::record},
        error::Result,
        invitations::{answered, end},
        link::LinkToken,
        mail::queue,
        mutation::{Act, act},
        senders::resolve::{SenderName, SenderRef},
        write::Write,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// A decline as posted. The texts are as typed.
#[derive(Clone, Default)]
pub struct DeclineInput {
    /// The digest of what was shown.
    pub shown: String,
    /// The language that was shown.
    pub language: Option<Language>,
    /// The person.
    pub person: PersonInput,
    /// The authority was declared (R4).
    pub authority_declared: bool,
    /// It was confirmed on the second page.
    pub confirmed: bool,
    /// Why; empty where nothing was said.
    pub reason: String,
}

/// Declines everything that is offered. Without the second confirmation it only tells what is wrong.
pub async fn decline(services: &Arc<Services>, token: &LinkToken, input: DeclineInput) -> Result<Posted> {
    act(services, Decline { token: token.sha256(), input }).await
}

struct Decline {
    token: Digest,
    input: DeclineInput,
}

#[async_trait]
impl Act for Decline {
    type Done = Posted;

    async fn run(self, write: &mut Write) -> Result<Posted> {
        let (now, input) = (write.now, self.input);
        let context = context::of_form(write.tx.as_mut(), self.token, now).await?;
        let Some(context) = context.filter(|one| one.state.is_open() && !one.waits_for_second()) else {
            return Ok(Posted::Elsewhere);
        };
        let offers = context.offers(now);
        if offers.is_empty() {
            return Ok(Posted::Elsewhere);
        }
        if shown(&offers)?.to_string() != input.shown {
            return Ok(Posted::Changed);
        }
        let mut faults: Faults = Vec::new();
        let signer = person(&context, &input.person, &mut faults);
        if !input.authority_declared {
            faults.push((Field::Authority, Fault::Missing));
        }
        let reason = text::remark(&input.reason, REASON_CHARACTERS);
        if !input.confirmed {
            faults.push((Field::Confirm, Fault::Missing));
        }
        let Some(signer) = signer.filter(|_| faults.is_empty()) else { return Ok(Posted::Faults(faults)) };
        sign_as_holder(write, context.invitation.recipient);
        if !context.is_active(now) {
            // Through this integrator the company has done nothing yet, and whoever holds the link was named by it. So the no
            // is one to this integrator, which may not send as it is; it takes nothing away from what came through others.
            let first = context.invitation.joint_with;
            end(write, context.invitation, InvitationState::Declined).await?;
            if let Some(first) = first
                && let Some(row) = write.tx.invitation(first).await?.filter(|row| row.state.is_open())
            {
                end(write, row, InvitationState::Declined).await?;
            }
            return Ok(Posted::Done);
        }
        let mut revisions = Vec::with_capacity(offers.len());
        for offer in &offers {
            let act = RecordDecline {
                sender: SenderName {
                    integrator_id: Some(context.invitation.integrator_id.clone()),
                    sender: SenderRef::Id(context.sender.sender_id),
                },
                agreement_id: offer.agreement.agreement_id.clone(),
                version: offer.version.label.clone(),
                signatories: vec![signer.clone()],
                method: Method::HostedForm,
                decline_time: None,
                evidence: Vec::new(),
                reason: reason.clone(),
                invitation: Some(context.invitation.invitation_id),
            };
            revisions.push(record(write, act).await?.revision);
        }
        let revision = write.revision();
        let both = context.invitation.joint_with.into_iter().chain([context.invitation.invitation_id]);
        answered(write, both, InvitationState::Declined, revision).await?;
        // The person was named by one integrator, and the no is the company's.
        let (connection, told) = (&context.connection, Vec::from_iter(signer.email));
        let language = input.language.unwrap_or(context.invitation.language);
        let purpose = MailPurpose::DeclineGiven { revisions };
        queue::tell_contacts(write, connection.sender_id, &[connection], purpose, language, &told).await?;
        Ok(Posted::Done)
    }
}

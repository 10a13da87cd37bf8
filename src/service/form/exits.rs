//! The ways out that change nothing about sending: forward to the right person, not our company, a new link.

use super::{
    context::{self, Context, sign_as_holder},
    judge::address,
    view::{Field, Posted},
};
use crate::{
    domain::{
        ids::Digest,
        invitation::LONGEST_CHAIN,
        vocabulary::{ConnectionState, InvitationCause, InvitationState},
    },
    service::{
        Services,
        error::Result,
        invitations::{InvitationOrder, end, end_open, make},
        link::LinkToken,
        mail::queue,
        mutation::{Act, act},
        write::Write,
    },
    store::InvitationFilter,
};
use async_trait::async_trait;
use std::sync::Arc;

/// Sends the form to somebody else; the holder's own link is superseded, and the trail is kept.
pub async fn forward(services: &Arc<Services>, token: &LinkToken, recipient: &str) -> Result<Posted> {
    act(services, Exit { token: token.sha256(), way: Way::Forward(recipient.to_owned()) }).await
}

/// Says that the company is not the holder's. The integrator sees that; nothing changes at the gate.
pub async fn not_ours(services: &Arc<Services>, token: &LinkToken) -> Result<Posted> {
    act(services, Exit { token: token.sha256(), way: Way::NotOurs }).await
}

/// Sends a new link to the address that a link which is expired or superseded was sent to.
pub async fn resend(services: &Arc<Services>, token: &LinkToken) -> Result<Posted> {
    act(services, Exit { token: token.sha256(), way: Way::Resend }).await
}

/// More invitations than one connection gets.
const MOST: u32 = 10_000;

enum Way {
    Forward(String),
    NotOurs,
    Resend,
}

struct Exit {
    token: Digest,
    way: Way,
}

#[async_trait]
impl Act for Exit {
    type Done = Posted;

    async fn run(self, write: &mut Write) -> Result<Posted> {
        let context = context::of_form(write.tx.as_mut(), self.token, write.now).await?;
        let Some(context) = context.filter(|one| !one.waits_for_second()) else { return Ok(Posted::Elsewhere) };
        sign_as_holder(write, context.invitation.recipient);
        let open = context.state.is_open();
        match self.way {
            Way::Forward(recipient) if open => forward_to(write, &context, &recipient).await,
            Way::NotOurs if open => {
                let second = context.is_second();
                end(write, context.invitation, InvitationState::NotOurs).await?;
                // A second signatory's was a slip of the first one's, whose link tells of it and can name another.
                if !second {
                    end_open(write, &context.connection, InvitationState::Cancelled).await?;
                }
                Ok(Posted::Done)
            }
            Way::Resend if matches!(context.state, InvitationState::Expired | InvitationState::Superseded) => {
                renew(write, &context).await
            }
            _ => Ok(Posted::Elsewhere),
        }
    }
}

fn order(context: &Context, recipient: String, cause: InvitationCause) -> InvitationOrder {
    InvitationOrder {
        recipient,
        language: context.invitation.language,
        two_signatories: context.invitation.two_signatories,
        cause,
        replaces: Some(context.invitation.invitation_id),
        joint_with: context.invitation.joint_with,
    }
}

/// Whether as many links were made for one another as may be, since the integrator last asked; a mailbox must not be
/// filled by whoever holds a link.
async fn too_many(write: &mut Write, context: &Context) -> Result<bool> {
    let filter =
        InvitationFilter { connection_id: Some(context.connection.connection_id), ..InvitationFilter::default() };
    let all = write.tx.invitations(&filter, MOST).await?;
    let made = all.iter().rev().take_while(|row| row.cause != InvitationCause::Requested).count();
    Ok(made >= LONGEST_CHAIN)
}

async fn forward_to(write: &mut Write, context: &Context, recipient: &str) -> Result<Posted> {
    let mut faults = Vec::new();
    let recipient = address(context, recipient, Field::Recipient, &mut faults);
    let Some(recipient) = recipient.filter(|_| faults.is_empty()) else { return Ok(Posted::Faults(faults)) };
    if too_many(write, context).await? {
        return Ok(Posted::TooOften);
    }
    make(write, &context.connection, order(context, recipient, InvitationCause::Forwarded)).await?;
    Ok(Posted::Done)
}

async fn renew(write: &mut Write, context: &Context) -> Result<Posted> {
    let alive = context.connection.connection_id == context.invitation.connection_id
        && context.connection.state != ConnectionState::Ended;
    let has_sense = !context.is_second() || context.signature.is_some();
    if !alive || !has_sense || context.offers(write.now).is_empty() {
        return Ok(Posted::Elsewhere);
    }
    if too_many(write, context).await? {
        return Ok(Posted::TooOften);
    }
    let Some(recipient) = queue::address(write.tx.as_mut(), context.invitation.recipient).await? else {
        return Ok(Posted::Elsewhere);
    };
    if context.asked_elsewhere(write.tx.as_mut()).await? {
        return Ok(Posted::Elsewhere);
    }
    make(write, &context.connection, order(context, recipient, InvitationCause::Renewed)).await?;
    Ok(Posted::Done)
}

//! What a link leads to. Changes nothing.

use super::{
    contest::contestable,
    context::{self, Context, contact},
    done::done,
    offered::{offered, shown},
    view::{Closing, Form, Joint, Page, Waiting},
};
use crate::{
    domain::{
        invitation::state_at,
        mail::LinkPurpose,
        time::Timestamp,
        vocabulary::{InvitationState, Language},
    },
    service::{
        Services,
        error::Result,
        link::{self, LinkToken},
    },
    store::{InvitationFilter, Reader},
};
use std::sync::Arc;

/// What the link leads to. A token that was never minted, or was altered, is unknown, and nothing more is told.
pub async fn open(services: &Arc<Services>, token: &LinkToken) -> Result<Page> {
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let id = match link::follow(reader, token.sha256()).await? {
        None => return Ok(Page::Unknown),
        Some((LinkPurpose::Contest { revision }, _)) => return contestable(reader, revision, now).await,
        Some((LinkPurpose::Form { invitation_id }, _)) => invitation_id,
    };
    let Some(context) = context::of_invitation(reader, id, now).await? else { return Ok(Page::Unknown) };
    let head = context.head(reader).await?;
    Ok(match context.state {
        InvitationState::Accepted => match context.invitation.answer_revision {
            Some(revision) => Page::Accepted(head, Box::new(done(services, reader, &context, revision).await?)),
            None => Page::Closed(head, Closing::Cancelled),
        },
        InvitationState::Declined => Page::Declined(head, context.invitation.ended.unwrap_or(now)),
        InvitationState::NotOurs => Page::NotOurs(head),
        InvitationState::Expired => Page::Closed(head, Closing::Expired),
        InvitationState::Superseded if context.asked_elsewhere(reader).await? => Page::Closed(head, Closing::Cancelled),
        InvitationState::Superseded => Page::Closed(head, Closing::Superseded),
        InvitationState::Cancelled => Page::Closed(head, Closing::Cancelled),
        InvitationState::Created | InvitationState::Sent | InvitationState::Bounced if context.waits_for_second() => {
            Page::WaitsForSecond(head, waiting(reader, &context, now).await?)
        }
        InvitationState::Created | InvitationState::Sent | InvitationState::Bounced => {
            let offered = offered(reader, &context, now).await?;
            if offered.is_empty() {
                return Ok(Page::NothingToAccept(head));
            }
            Page::Form(Box::new(Form {
                head,
                expires: context.invitation.expires,
                offered,
                shown: shown(&context.offers(now))?,
                two_signatories: context.invitation.two_signatories,
                joint: joint(reader, &context).await?,
                contact: contact(reader, context.connection.contact).await?,
                connected: context.is_active(now),
                content_types: context.connection.content_types.clone(),
            }))
        }
    })
}

/// Where the second signatory's link went.
async fn waiting(reader: &mut dyn Reader, context: &Context, now: Timestamp) -> Result<Waiting> {
    let filter =
        InvitationFilter { connection_id: Some(context.connection.connection_id), ..InvitationFilter::default() };
    let rows = reader.invitations(&filter, 1000).await?;
    let second = rows.iter().rev().find(|row| row.joint_with == Some(context.invitation.invitation_id));
    Ok(match second {
        Some(row) => Waiting {
            second_email: contact(reader, Some(row.recipient)).await?.unwrap_or_default(),
            expires: state_at(row.state, row.expires, now).is_open().then_some(row.expires),
        },
        None => Waiting { second_email: String::new(), expires: None },
    })
}

/// What the first signatory did, for the second.
async fn joint(reader: &mut dyn Reader, context: &Context) -> Result<Option<Joint>> {
    let Some(signature) = context.signature.as_ref().filter(|_| context.is_second()) else { return Ok(None) };
    let first = context.first_person(reader).await?;
    Ok(Some(Joint {
        first_name: first.map(|person| person.full_name).unwrap_or_default(),
        time: signature.time,
        language: signature.accepted.first().map_or(Language::Sv, |one| one.language),
        contact: contact(reader, signature.contact).await?,
        covered: signature.covered.iter().map(ToString::to_string).collect(),
        retroactive_delivery: signature.retroactive_delivery,
    }))
}

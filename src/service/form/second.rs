//! The second of two signatories.

use super::{
    context::{self, Context, sign_as_holder},
    judge::{address, one_person_twice},
    view::{Field, Posted},
};
use crate::{
    domain::{
        ids::Digest,
        invitation::LONGEST_CHAIN,
        vocabulary::{InvitationCause, Language},
    },
    service::{
        Services,
        error::Result,
        invitations::{InvitationOrder, make},
        link::LinkToken,
        mutation::{Act, act},
        write::Write,
    },
    store::InvitationFilter,
};
use async_trait::async_trait;
use std::sync::Arc;

/// Sends the second signatory a new link, to the same address or to another: for the first one, who has signed.
pub async fn second(services: &Arc<Services>, token: &LinkToken, email: &str) -> Result<Posted> {
    act(services, Second { token: token.sha256(), email: email.to_owned() }).await
}

struct Second {
    token: Digest,
    email: String,
}

#[async_trait]
impl Act for Second {
    type Done = Posted;

    async fn run(self, write: &mut Write) -> Result<Posted> {
        let context = context::of_form(write.tx.as_mut(), self.token, write.now).await?;
        let Some(context) = context.filter(Context::waits_for_second) else { return Ok(Posted::Elsewhere) };
        let mut faults = Vec::new();
        let email = address(&context, &self.email, Field::SecondEmail, &mut faults);
        if let Some(first) = context.first_person(write.tx.as_mut()).await? {
            let second = ("", self.email.as_str());
            let fields = (Field::SecondName, Field::SecondEmail);
            one_person_twice((&first.full_name, &first.email), second, fields, &mut faults);
        }
        let email = match email.filter(|_| faults.is_empty()) {
            Some(email) => email,
            None => return Ok(Posted::Faults(faults)),
        };
        let filter =
            InvitationFilter { connection_id: Some(context.connection.connection_id), ..InvitationFilter::default() };
        let sent = write.tx.invitations(&filter, 1000).await?;
        let own = Some(context.invitation.invitation_id);
        if sent.iter().filter(|row| row.joint_with == own).count() > LONGEST_CHAIN {
            return Ok(Posted::TooOften);
        }
        sign_as_holder(write, context.invitation.recipient);
        let language = context.invitation.language;
        invite_second(write, &context, email, language).await?;
        Ok(Posted::Done)
    }
}

/// Makes the second signatory's invitation; an earlier one of the same kind is superseded.
pub(super) async fn invite_second(
    write: &mut Write,
    context: &Context,
    email: String,
    language: Language,
) -> Result<()> {
    let order = InvitationOrder {
        recipient: email,
        language,
        two_signatories: true,
        cause: InvitationCause::SecondSignatory,
        replaces: None,
        joint_with: Some(context.invitation.invitation_id),
    };
    make(write, &context.connection, order).await?;
    Ok(())
}

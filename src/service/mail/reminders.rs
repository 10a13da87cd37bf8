//! Reminding those who were invited and have not answered.

use super::queue::queue;
use crate::{
    domain::{invitation::REMINDER_DAYS, mail::MailPurpose, vocabulary::InvitationState},
    service::{
        Services,
        error::Result,
        mutation::{Act, act},
        write::Write,
    },
    store::InvitationFilter,
};
use async_trait::async_trait;
use std::sync::Arc;

/// How many reminders one transaction queues.
const PAGE: u32 = 200;

/// Queues the reminders whose time has come.
pub async fn advance(services: &Arc<Services>) -> Result<()> {
    if services.form.is_none() {
        return Ok(());
    }
    for (place, _) in REMINDER_DAYS.iter().enumerate() {
        while act(services, Remind { place }).await? == PAGE {}
    }
    Ok(())
}

struct Remind {
    place: usize,
}

#[async_trait]
impl Act for Remind {
    type Done = u32;

    async fn run(self, write: &mut Write) -> Result<u32> {
        let days = REMINDER_DAYS.get(self.place).copied().unwrap_or(i64::MAX / 86_400 / 2);
        let reminded = u32::try_from(self.place).unwrap_or(u32::MAX).saturating_add(1);
        let filter = InvitationFilter {
            // What came back is not sent again to the same address.
            states: vec![InvitationState::Created, InvitationState::Sent],
            created_before: Some(write.now.plus_seconds(-days * 86_400)),
            expires_from: Some(write.now),
            fewer_reminders: Some(reminded),
            ..InvitationFilter::default()
        };
        let rows = write.tx.invitations(&filter, PAGE).await?;
        let found = u32::try_from(rows.len()).unwrap_or(PAGE);
        for mut row in rows {
            // Counted also where nothing goes out, so that the next look passes over it.
            row.reminders = reminded;
            write.tx.put_invitation(&row).await?;
            // Who has signed already waits for somebody else.
            if row.signature_revision.is_none() {
                let purpose = MailPurpose::Reminder { invitation_id: row.invitation_id };
                let about = (Some(row.sender_id), Some(row.connection_id));
                queue(write, purpose, about, Some(row.recipient), row.language).await?;
            }
        }
        Ok(found)
    }
}

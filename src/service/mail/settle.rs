//! Telling what became of a mail.

use super::undelivered::give_up;
use crate::{
    domain::{
        ids::MessageId,
        ledger::Event,
        mail::{MailPurpose, MailState, next_try},
        vocabulary::InvitationState,
    },
    service::{
        Services,
        error::{Error, Resource, Result},
        invitations::mailed,
        mutation::{Act, act},
        write::Write,
    },
    store::MailRow,
};
use async_trait::async_trait;
use std::sync::Arc;

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it.
    Sent,
    /// It did not.
    Failed {
        /// Whether another try is pointless.
        permanent: bool,
        /// Why, in one of a few fixed words: never the server's text, which may hold the address.
        class: &'static str,
    },
}

/// Settles a mail. What is settled already stays as it is.
pub async fn settle(services: &Arc<Services>, message_id: MessageId, outcome: Outcome) -> Result<()> {
    act(services, Settle { message_id, outcome }).await
}

struct Settle {
    message_id: MessageId,
    outcome: Outcome,
}

#[async_trait]
impl Act for Settle {
    type Done = ();

    async fn run(self, write: &mut Write) -> Result<()> {
        let row = write.tx.mail(self.message_id).await?;
        let mut row = row.ok_or_else(|| Error::not_found(Resource::Mail))?;
        if row.state != MailState::Pending {
            return Ok(());
        }
        // A try that nobody lived to settle is no failure of the mail's.
        row.attempts += 1;
        match self.outcome {
            Outcome::Sent => {
                row.state = MailState::Sent;
                row.sent = Some(write.now);
                row.fault = None;
                sent(write, &row).await?;
            }
            Outcome::Failed { permanent, class } => match next_try(row.attempts, write.now).filter(|_| !permanent) {
                Some(due) => {
                    row.fault = Some(class.to_owned());
                    row.due = due;
                }
                None => return give_up(write, &mut row, class).await,
            },
        }
        Ok(write.tx.put_mail(&row).await?)
    }
}

/// What follows from the mail having gone out.
async fn sent(write: &mut Write, row: &MailRow) -> Result<()> {
    match &row.purpose {
        MailPurpose::Invitation { invitation_id } | MailPurpose::Reminder { invitation_id } => {
            mailed(write, *invitation_id, row.message_id, InvitationState::Sent).await
        }
        MailPurpose::NewVersion { agreement_id, version } => {
            let Some(sender_id) = row.sender_id else { return Ok(()) };
            let facts = write.tx.sender(sender_id).await?;
            let told = |n: &crate::domain::agreement::Notice| n.agreement_id == *agreement_id && n.version == *version;
            if facts.is_some_and(|facts| !facts.notices.iter().any(told)) {
                let (agreement_id, version) = (agreement_id.clone(), version.clone());
                let message_id = row.message_id;
                write.record(Event::NoticeGiven { sender_id, agreement_id, version, message_id }).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

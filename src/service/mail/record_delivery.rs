//! `RecordDelivery` and `RetryMail`.

use super::{control::again, undelivered::undelivered};
use crate::{
    domain::{
        ids::{LedgerId, MessageId},
        mail::MailState,
    },
    service::{
        error::{Error, Resource, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What the operator's mail system learnt of a mail after it was handed over (R19).
pub struct RecordDelivery {
    /// The mail.
    pub message_id: MessageId,
    /// Whether it came back; else it is known to have arrived.
    pub bounced: bool,
}

/// The answer to both verbs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailChanged {
    /// The mail.
    pub message_id: MessageId,
    /// Where it stands now.
    pub state: MailState,
    /// What it is for, as one word.
    pub kind: String,
    /// Whether the call changed anything.
    pub changed: bool,
    /// The revision of the change, or the head's where the ledger did not change.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for RecordDelivery {
    type Response = MailChanged;
    const METHOD: &'static str = "RecordDelivery";

    async fn run(self, write: &mut Write) -> Result<MailChanged> {
        let row = write.tx.mail(self.message_id).await?;
        let mut row = row.ok_or_else(|| Error::not_found(Resource::Mail))?;
        let changed = self.bounced && matches!(row.state, MailState::Sent | MailState::Pending);
        if changed {
            row.state = MailState::Bounced;
            row.fault = Some("bounced".to_owned());
            undelivered(write, &row).await?;
            write.tx.put_mail(&row).await?;
        }
        Ok(answer(write, row.message_id, row.state, row.purpose.name(), changed))
    }
}

/// Takes up again a mail that was given up or came back.
pub struct RetryMail {
    /// The mail.
    pub message_id: MessageId,
}

#[async_trait]
impl Mutation for RetryMail {
    type Response = MailChanged;
    const METHOD: &'static str = "RetryMail";

    async fn run(self, write: &mut Write) -> Result<MailChanged> {
        let row = write.tx.mail(self.message_id).await?;
        let mut row = row.ok_or_else(|| Error::not_found(Resource::Mail))?;
        let changed = matches!(row.state, MailState::Dead | MailState::Bounced);
        if changed {
            row = again(row, write.now);
            write.tx.put_mail(&row).await?;
        }
        Ok(answer(write, row.message_id, row.state, row.purpose.name(), changed))
    }
}

fn answer(write: &Write, message_id: MessageId, state: MailState, kind: &str, changed: bool) -> MailChanged {
    let (revision, ledger_id) = (write.revision(), write.ledger_id());
    MailChanged { message_id, state, kind: kind.to_owned(), changed, revision, ledger_id }
}

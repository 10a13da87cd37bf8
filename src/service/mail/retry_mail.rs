//! `RetryMail`.

use super::changed::MailChanged;
use crate::{
    domain::{ids::MessageId, mail::MailState, time::Timestamp},
    service::{
        error::{Error, Resource, Result},
        mutation::Mutation,
        write::Write,
    },
    store::{MailRow, Tx},
};
use async_trait::async_trait;

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
        let (row, changed) = take_up(write.tx.as_mut(), self.message_id, write.now).await?;
        Ok(MailChanged::of(write, &row, changed))
    }
}

/// Takes one mail up again. The mail as it is then, and whether that changed anything: one that waits or went out stays.
pub(super) async fn take_up(tx: &mut dyn Tx, id: MessageId, now: Timestamp) -> Result<(MailRow, bool)> {
    let row = tx.mail(id).await?.ok_or_else(|| Error::not_found(Resource::Mail))?;
    if !matches!(row.state, MailState::Dead | MailState::Bounced) {
        return Ok((row, false));
    }
    let row = again(row, now);
    tx.put_mail(&row).await?;
    Ok((row, true))
}

/// The mail as if it had never been tried.
pub(super) fn again(row: MailRow, now: Timestamp) -> MailRow {
    MailRow { state: MailState::Pending, due: now, attempts: 0, fault: None, ..row }
}

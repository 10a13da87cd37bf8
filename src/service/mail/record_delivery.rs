//! `RecordDelivery`.

use super::{changed::MailChanged, undelivered::undelivered};
use crate::{
    domain::{ids::MessageId, mail::MailState},
    service::{
        error::{Error, Resource, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;

/// What the operator's mail system learnt of a mail after it was handed over (R19).
pub struct RecordDelivery {
    /// The mail.
    pub message_id: MessageId,
    /// Whether it came back; else it is known to have arrived.
    pub bounced: bool,
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
        Ok(MailChanged::of(write, &row, changed))
    }
}

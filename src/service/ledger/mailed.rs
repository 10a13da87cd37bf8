//! A checkpoint a day goes to a mailbox elsewhere.

use crate::{
    domain::{
        ids::{Digest, MessageId},
        mail::MailPurpose,
        time::Timestamp,
        vocabulary::Language,
    },
    service::{
        Services,
        error::Result,
        mail::queue::waiting,
        mutation::{Act, act},
        write::Write,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// One mail a day has one id, so that of many nodes one queues it.
fn message_id(now: Timestamp) -> MessageId {
    const DAY: u64 = 86_400_000;
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or_default();
    let begun = millis - millis % DAY;
    let Digest(bytes) = Digest::of_parts(&[b"ombord/checkpoint-mail/v1\0", &begun.to_be_bytes()]);
    let mut rest = [0; 10];
    rest.copy_from_slice(&bytes[..10]);
    MessageId(uuid::Builder::from_unix_timestamp_millis(begun, &rest).into_uuid())
}

struct Daily {
    note: String,
}

#[async_trait]
impl Act for Daily {
    type Done = ();

    async fn run(self, write: &mut Write) -> Result<()> {
        let message_id = message_id(write.now);
        if write.tx.mail(message_id).await?.is_some() {
            return Ok(());
        }
        let purpose = MailPurpose::Checkpoint { note: self.note };
        let row = waiting(message_id, purpose, Language::Sv, write.now);
        Ok(write.tx.put_mail(&row).await?)
    }
}

/// Queues a checkpoint for the mailbox that keeps them, unless one was queued today, or there is no such mailbox.
pub async fn mail_checkpoint(services: &Arc<Services>, note: String) -> Result<()> {
    if services.form.as_ref().is_none_or(|form| form.checkpoint_email.is_none()) {
        return Ok(());
    }
    let mut reader = services.store.read().await?;
    if reader.mail(message_id(services.clock.now())).await?.is_some() {
        return Ok(());
    }
    drop(reader);
    act(services, Daily { note }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_message() {
        let at = |seconds| message_id(Timestamp::from_parts(seconds, 0).unwrap());
        let noon = 1_800_014_400;
        assert_eq!(at(noon), at(noon + 3600));
        assert_ne!(at(noon), at(noon + 86_400));
        assert_eq!(at(noon).0.get_version_num(), 7);
    }
}

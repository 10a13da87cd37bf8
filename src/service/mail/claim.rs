//! Taking the mails that are due, for whoever sends them.

use super::{
    compose,
    letter::{Content, Letter},
    undelivered::give_up,
};
use crate::{
    domain::mail::{LEASE_SECONDS, MailPurpose, MailState},
    service::{
        FormSettings, Services,
        error::{ErrorReason, Result},
        ledger::receipt::receipt_of_entry,
        mutation::{Act, act},
        write::Write,
    },
    store::MailFilter,
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

/// How long to wait at most before looking again: another node may have queued something.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Takes up to `limit` mails that are due. They belong to the caller for [`LEASE_SECONDS`]; what it has not settled by
/// then is due again. Mails that nobody wants any more are cancelled here.
pub async fn claim(services: &Arc<Services>, limit: usize) -> Result<Vec<Letter>> {
    let Some(form) = services.form.clone() else { return Ok(Vec::new()) };
    let now = services.clock.now();
    let due = {
        let mut reader = services.store.read().await?;
        !reader.outbox_paused().await? && reader.next_mail().await?.is_some_and(|due| due <= now)
    };
    if !due {
        return Ok(Vec::new());
    }
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let mut letters = Vec::new();
    for (mut letter, purpose) in act(services, Claim { form, limit }).await? {
        // A receipt proves what is committed, so it is made on the committed state.
        if let (Content::Confirmation { receipt, .. }, MailPurpose::Confirmation { revision, .. }) =
            (&mut letter.content, &purpose)
        {
            let mut reader = services.store.read().await?;
            match receipt_of_entry(services, reader.as_mut(), *revision).await {
                Ok(made) => *receipt = made,
                // The confirmation is worth more than its attachment, which the person's page has too.
                Err(error) => {
                    tracing::error!(message_id = %letter.message_id, cause = error.told(), "a receipt cannot be made");
                }
            }
        }
        letters.push(letter);
    }
    Ok(letters)
}

/// How long until the next mail is due, for a node that would wait.
pub async fn due_in(services: &Arc<Services>) -> Result<Duration> {
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    if reader.outbox_paused().await? {
        return Ok(LONGEST_WAIT);
    }
    let wait = reader.next_mail().await?.map_or(LONGEST_WAIT, |due| {
        Duration::from_micros(u64::try_from(due.micros().saturating_sub(now.micros())).unwrap_or(0))
    });
    Ok(wait.min(LONGEST_WAIT))
}

struct Claim {
    form: FormSettings,
    limit: u32,
}

#[async_trait]
impl Act for Claim {
    type Done = Vec<(Letter, MailPurpose)>;

    async fn run(self, write: &mut Write) -> Result<Self::Done> {
        let mut letters = Vec::new();
        if write.tx.outbox_paused().await? {
            return Ok(letters);
        }
        let filter = MailFilter { due: Some(write.now), ..MailFilter::default() };
        for mut row in write.tx.mails(&filter, self.limit).await? {
            let letter = match compose::letter(write, &self.form, &row).await {
                // What cannot be written is given up: it must not hold up all that wait behind it.
                Err(error) if error.reason == ErrorReason::Internal => {
                    let (id, kind, cause) = (row.message_id, row.purpose.name(), error.told());
                    tracing::error!(message_id = %id, kind, cause, "a mail cannot be written");
                    give_up(write, &mut row, "unwritable").await?;
                    continue;
                }
                letter => letter?,
            };
            match letter {
                Some(letter) => {
                    row.due = write.now.plus_seconds(LEASE_SECONDS);
                    letters.push((letter, row.purpose.clone()));
                }
                None => row.state = MailState::Cancelled,
            }
            write.tx.put_mail(&row).await?;
        }
        Ok(letters)
    }
}

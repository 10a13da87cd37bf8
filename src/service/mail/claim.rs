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

/// Takes the mail that is due first. It belongs to the caller for [`LEASE_SECONDS`]; what it has not settled by then is due
/// again. Nothing where none is due, or the first is one that nobody wants any more or that cannot be written: that one is
/// done with here.
pub async fn claim(services: &Arc<Services>) -> Result<Option<Letter>> {
    let Some(form) = services.form.clone() else { return Ok(None) };
    let now = services.clock.now();
    let due = {
        let mut reader = services.store.read().await?;
        !reader.outbox_paused().await? && reader.next_mail().await?.is_some_and(|due| due <= now)
    };
    if !due {
        return Ok(None);
    }
    let Some((mut letter, purpose)) = act(services, Claim { form }).await? else { return Ok(None) };
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
    Ok(Some(letter))
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
}

#[async_trait]
impl Act for Claim {
    type Done = Option<(Letter, MailPurpose)>;

    async fn run(self, write: &mut Write) -> Result<Self::Done> {
        if write.tx.outbox_paused().await? {
            return Ok(None);
        }
        let filter = MailFilter { due: Some(write.now), ..MailFilter::default() };
        let Some(mut row) = write.tx.mails(&filter, 1).await?.pop() else { return Ok(None) };
        let letter = match compose::letter(write, &self.form, &row).await {
            // What cannot be written is given up: it must not hold up all that wait behind it.
            Err(error) if error.reason == ErrorReason::Internal => {
                let (id, kind, cause) = (row.message_id, row.purpose.name(), error.told());
                tracing::error!(message_id = %id, kind, cause, "a mail cannot be written");
                give_up(write, &mut row, "unwritable").await?;
                return Ok(None);
            }
            letter => letter?,
        };
        match &letter {
            Some(_) => row.due = write.now.plus_seconds(LEASE_SECONDS),
            None => row.state = MailState::Cancelled,
        }
        write.tx.put_mail(&row).await?;
        Ok(letter.map(|letter| (letter, row.purpose)))
    }
}

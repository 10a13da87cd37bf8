//! What operators do with the outbox on its database, without a running service: pause it, let it go on, and try again
//! what was given up.

use super::retry_mail::{again, take_up};
use crate::{
    domain::{ids::MessageId, mail::MailState, time::Timestamp},
    service::error::Result,
    store::{MailFilter, Store},
};

/// How many mails one transaction takes up again.
const PAGE: u32 = 500;

/// Pauses the outbox on all nodes, or lets it go on. Tells whether that changed anything.
pub async fn set_paused(store: &dyn Store, paused: bool) -> Result<bool> {
    let mut tx = store.begin().await?;
    let changed = tx.outbox_paused().await? != paused;
    if changed {
        tx.put_outbox_paused(paused).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Takes up again a mail that was given up or came back, or all that were given up where none is named. Tells how many.
pub async fn retry(store: &dyn Store, only: Option<MessageId>, now: Timestamp) -> Result<u32> {
    if let Some(id) = only {
        let mut tx = store.begin().await?;
        let (_, changed) = take_up(tx.as_mut(), id, now).await?;
        tx.commit().await?;
        return Ok(u32::from(changed));
    }
    let mut count = 0;
    let mut filter = MailFilter { states: vec![MailState::Dead], ..MailFilter::default() };
    loop {
        let mut tx = store.begin().await?;
        let rows = tx.mails(&filter, PAGE).await?;
        filter.after = rows.last().map(|row| row.message_id);
        let found = u32::try_from(rows.len()).unwrap_or(PAGE);
        for row in rows {
            tx.put_mail(&again(row, now)).await?;
        }
        tx.commit().await?;
        count += found;
        if found < PAGE {
            return Ok(count);
        }
    }
}

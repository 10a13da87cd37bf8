//! `ListMail`.

use crate::{
    domain::{
        ids::{Digest, MessageId},
        mail::MailState,
    },
    service::{
        Services,
        caller::OperatorRight,
        error::Result,
        paging::{self, Page},
    },
    store::{MailFilter, MailRow},
};

/// Which mails, and which page of them.
#[derive(Debug)]
pub struct ListMail {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// Only in these states; all where empty.
    pub states: Vec<MailState>,
}

/// Lists mails in the order they were queued, and tells whether the outbox is paused. A row holds no address.
pub async fn list_mail(
    services: &Services,
    _right: OperatorRight<'_>,
    list: ListMail,
) -> Result<(Page<MailRow>, bool)> {
    let size = paging::size(list.page_size);
    let after: Option<MessageId> = paging::after(list.filter, &list.page_token)?;
    let mut reader = services.store.read().await?;
    let filter = MailFilter { states: list.states, after, ..MailFilter::default() };
    let rows = reader.mails(&filter, size + 1).await?;
    let paused = reader.outbox_paused().await?;
    let page = Page::of(rows, size, list.filter, reader.head().revision, |row| row.message_id)?;
    Ok((page, paused))
}

//! `ListExceptions`.

use super::State;
use crate::{
    domain::ids::{Digest, ExceptionId, IntegratorId, RecordId, SenderId},
    service::{
        Services,
        error::Result,
        paging::{self, Page},
        private::{self, Note},
    },
    store::{ExceptionRow, Reader},
};
use std::collections::HashMap;

/// Which exceptions, and which page of them.
#[derive(Debug)]
pub struct ListExceptions {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// Only in these states; in any where empty.
    pub states: Vec<State>,
    /// Only for this sender.
    pub sender_id: Option<SenderId>,
    /// Only for this integrator.
    pub integrator_id: Option<IntegratorId>,
}

/// An exception as operators see it.
#[derive(Debug)]
pub struct ExceptionView {
    /// What is stored of it.
    pub row: ExceptionRow,
    /// Its state when read.
    pub state: State,
    /// Why, unless the text was erased.
    pub reason: Option<String>,
}

/// Lists exceptions, newest first.
pub async fn list_exceptions(services: &Services, list: ListExceptions) -> Result<Page<ExceptionView>> {
    let size = paging::size(list.page_size);
    let after: Option<(u64, ExceptionId)> = paging::after(list.filter, &list.page_token)?;
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let revision = after.map_or(reader.head().revision, |(first, _)| first);
    let mut before = after.map(|(_, last)| last);
    let wanted = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let mut found: Vec<(ExceptionRow, State)> = Vec::new();
    while found.len() < wanted {
        let rows = reader.exceptions(list.sender_id, list.integrator_id.as_ref(), before, paging::LARGEST).await?;
        let Some(last) = rows.last() else { break };
        before = Some(last.exception.exception_id);
        let stated = rows.into_iter().map(|row| (State::of(&row.exception, now), row));
        found.extend(
            stated
                .filter(|(state, _)| list.states.is_empty() || list.states.contains(state))
                .map(|(state, row)| (row, state)),
        );
    }
    found.truncate(wanted);
    let mut reasons = reasons(reader.as_mut(), &found).await?;
    let views = found.into_iter().map(|(row, state)| ExceptionView { reason: reasons.remove(&row.reason), row, state });
    Page::of(views.collect(), size, list.filter, revision, |view| (revision, view.row.exception.exception_id))
}

async fn reasons(reader: &mut dyn Reader, rows: &[(ExceptionRow, State)]) -> Result<HashMap<RecordId, String>> {
    let ids: Vec<RecordId> = rows.iter().map(|(row, _)| row.reason).collect();
    let records = reader.private(&ids).await?.into_iter();
    records.map(|record| Ok((record.record_id, private::read::<Note>(&record)?.text))).collect()
}

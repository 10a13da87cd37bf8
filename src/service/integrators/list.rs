//! `ListIntegrators`.

use super::get::{IntegratorView, view};
use crate::{
    domain::{
        ids::{Digest, IntegratorId},
        vocabulary::IntegratorKind,
    },
    service::{
        Services,
        error::Result,
        paging::{self, Page},
    },
};

/// Which integrators, and which page of them.
#[derive(Debug)]
pub struct ListIntegrators {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// Only of these kinds; of all where empty.
    pub kinds: Vec<IntegratorKind>,
    /// Only suspended ones, or only others.
    pub suspended: Option<bool>,
    /// Only changed after this revision.
    pub changed_after_revision: u64,
}

/// Lists integrators in the order of their slugs. There are few: filters run over all of them.
pub async fn list_integrators(services: &Services, list: ListIntegrators) -> Result<Page<IntegratorView>> {
    let size = paging::size(list.page_size);
    // Later pages carry the revision of the first, so that a poll which begins there misses nothing.
    let from: Option<(u64, IntegratorId)> = paging::after(list.filter, &list.page_token)?;
    let mut reader = services.store.read().await?;
    let revision = from.as_ref().map_or(reader.head().revision, |(first, _)| *first);
    let mut after = from.map(|(_, last)| last);
    let wanted = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let mut found = Vec::new();
    while found.len() < wanted {
        let rows = reader.integrators(after.as_ref(), paging::LARGEST).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.integrator_id.clone());
        found.extend(rows.into_iter().filter(|facts| {
            (list.kinds.is_empty() || list.kinds.contains(&facts.kind))
                && list.suspended.is_none_or(|wanted| wanted == facts.suspension.is_some())
                && facts.revision > list.changed_after_revision
        }));
    }
    found.truncate(wanted);
    let mut views = Vec::with_capacity(found.len());
    for facts in found {
        views.push(view(reader.as_mut(), facts).await?);
    }
    Page::of(views, size, list.filter, revision, |view| (revision, view.facts.integrator_id.clone()))
}

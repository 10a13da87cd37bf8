//! `ListAgreementVersions`.

use super::{VersionState, get_version::VersionView};
use crate::{
    domain::{
        ids::{AgreementId, Digest},
        time::Timestamp,
    },
    service::{
        Services,
        error::Result,
        paging::{self, Page},
    },
};

/// Which versions of which agreement, and which page of them.
#[derive(Debug)]
pub struct ListVersions {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Only in these states; in any where empty.
    pub states: Vec<VersionState>,
}

/// Lists an agreement's versions in their order: by effective time, then by publication.
pub async fn list_versions(services: &Services, list: ListVersions) -> Result<Page<VersionView>> {
    let size = paging::size(list.page_size);
    let after: Option<(u64, (Timestamp, u64))> = paging::after(list.filter, &list.page_token)?;
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let facts = super::load(reader.as_mut(), &list.agreement_id).await?;
    let later =
        |view: &VersionView| after.is_none_or(|(_, after)| (view.version.effective, view.version.revision) > after);
    let views = facts.versions.iter().map(|version| VersionView::of(&facts, version, now));
    let views =
        views.filter(|view| later(view) && (list.states.is_empty() || list.states.contains(&view.state))).collect();
    let revision = after.map_or(reader.head().revision, |(first, _)| first);
    Page::of(views, size, list.filter, revision, |view| (revision, (view.version.effective, view.version.revision)))
}

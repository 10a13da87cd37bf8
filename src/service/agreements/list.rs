//! `ListAgreements`.

use super::get::AgreementView;
use crate::{
    domain::{
        agreement::{AgreementFacts, applicable},
        ids::{AgreementId, Digest},
        vocabulary::{AgreementKind, ContentType},
    },
    service::{
        Services,
        caller::Caller,
        error::Result,
        paging::{self, Page},
    },
};

/// Which agreements, and which page of them.
#[derive(Debug)]
pub struct ListAgreements {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// Only of these kinds; of all where empty.
    pub kinds: Vec<AgreementKind>,
    /// Only those that apply to this content type now: the general terms and one DPA (R10).
    pub content_type: Option<ContentType>,
    /// Only those that the caller saw change after this revision.
    pub changed_after_revision: u64,
}

/// Lists agreements in the order of their slugs. There are few: filters run over all of them.
pub async fn list_agreements(
    services: &Services,
    caller: &Caller,
    list: ListAgreements,
) -> Result<Page<AgreementView>> {
    let size = paging::size(list.page_size);
    let after: Option<(u64, AgreementId)> = paging::after(list.filter, &list.page_token)?;
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let agreements = reader.agreements().await?;
    let applying: Option<Vec<AgreementId>> = list.content_type.map(|content_type| {
        let (terms, dpa) = applicable(agreements.iter(), content_type, now);
        [terms, dpa].into_iter().flatten().map(|agreement| agreement.agreement_id.clone()).collect()
    });
    let wanted = |facts: &AgreementFacts| {
        (list.kinds.is_empty() || list.kinds.contains(&facts.kind))
            && applying.as_ref().is_none_or(|applying| applying.contains(&facts.agreement_id))
            && after.as_ref().is_none_or(|(_, after)| facts.agreement_id > *after)
    };
    let views = agreements.into_iter().filter(wanted).map(|facts| AgreementView::of(facts, caller, now));
    let views = views.filter(|view| view.revision > list.changed_after_revision).collect();
    let revision = after.as_ref().map_or(reader.head().revision, |(first, _)| *first);
    Page::of(views, size, list.filter, revision, |view| (revision, view.facts.agreement_id.clone()))
}

//! The pages that are open to everybody: agreements and their versions with digests and texts, and the log's keys.

use super::{
    Site,
    answer::{Asked, preferred},
    card::SpecificationView,
    files::{JSON, MARKDOWN, file},
    frame::{Frame, Switch, code},
    markdown,
    page::page,
    posted::language,
    refusal::{self, Refusal},
    verbs::Keys,
};
use crate::{
    domain::{
        agreement::{AgreementFacts, Version},
        ids::{AgreementId, VersionLabel},
        time::Timestamp,
        vocabulary::{AgreementKind, Language},
    },
    service::{agreements::public::PublicVersion, error::Result},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;

struct VersionLine {
    label: String,
    state: &'static str,
    current: bool,
    effective: String,
    effective_exact: String,
    published: String,
}

struct Listed {
    id: String,
    title_html: String,
    kind: &'static str,
    types: String,
    versions: Vec<VersionLine>,
}

#[derive(Template)]
#[template(path = "home.html", config = "src/web/templates/askama.toml")]
struct Home<'a> {
    p: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "list.html", config = "src/web/templates/askama.toml")]
struct List<'a> {
    p: &'a Frame<'a>,
    /// The title of the one agreement, as HTML, where it is the page of one.
    only: Option<String>,
    agreements: Vec<Listed>,
}

struct File {
    language: &'static str,
    code: &'static str,
    lang: Option<&'static str>,
    sha256: String,
    html: String,
}

#[derive(Template)]
#[template(path = "version.html", config = "src/web/templates/askama.toml")]
struct One<'a> {
    p: &'a Frame<'a>,
    id: String,
    title_html: String,
    version: VersionLine,
    files: Vec<File>,
    specification_sha256: String,
    summary: SpecificationView,
}

#[derive(Template)]
#[template(path = "keys.html", config = "src/web/templates/askama.toml")]
struct KeysPage<'a> {
    p: &'a Frame<'a>,
    keys: Keys,
}

/// One request for a public page.
struct Visit<'a> {
    site: &'a Site,
    language: Language,
}

impl<'a> Visit<'a> {
    fn of(site: &'a Site, uri: &Uri, headers: &HeaderMap) -> Self {
        let asked = Asked::of(uri);
        Self { site, language: asked.or(preferred(headers)) }
    }

    fn frame(&self, path: &str) -> Frame<'a> {
        let mut p = Frame::new(self.site, self.language, String::new());
        p.switch = Switch::Link(format!("{}{path}?lang={}", p.root, p.t.other_lang));
        p
    }

    fn answer(&self, answer: Result<Option<Response>>) -> Response {
        match answer {
            Ok(Some(response)) => response,
            Ok(None) => Refusal::Lost.page(self.site, self.language),
            Err(error) => refusal::of(self.site, self.language, &error),
        }
    }

    async fn list(&self, only: Option<&str>) -> Result<Option<Response>> {
        let now = self.site.clock.now();
        let mut all = self.site.verbs.agreements().await?;
        all.retain(|one| !one.versions.is_empty() && only.is_none_or(|id| one.agreement_id.as_str() == id));
        if all.is_empty() && only.is_some() {
            return Ok(None);
        }
        all.sort_by_key(|one| (one.kind, one.agreement_id.clone()));
        let path = only.map_or("/agreements".to_owned(), |id| format!("/agreements/{id}"));
        let mut p = self.frame(&path);
        let (only, title) = match only.and(all.first()) {
            Some(one) => {
                let title = p.pick(&one.titles);
                (Some(title.html()), title.text.to_owned())
            }
            None => (None, p.t.list_h1.to_owned()),
        };
        p.title = title;
        let p = &p;
        let agreements = all.iter().map(|one| listed(p, one, now)).collect();
        Ok(Some(page(StatusCode::OK, &List { p, only, agreements })))
    }

    async fn one(&self, id: &str, label: &str) -> Result<Option<Response>> {
        let Some(found) = self.find(id, label).await? else { return Ok(None) };
        let now = self.site.clock.now();
        let Some(version) = found.facts.version(&found.label) else { return Ok(None) };
        let mut p = self.frame(&format!("/agreements/{id}/{label}"));
        let title = p.pick(&found.facts.titles);
        let (title_html, plain) = (title.html(), title.text.to_owned());
        p.title = p.say_with(p.t.version_h1, &[("title", &plain), ("version", label)]);
        let files = found.documents.iter().filter_map(|(language, markdown)| {
            let digest = version.document(*language)?;
            Some(File {
                language: p.language_name(*language),
                code: code(*language),
                lang: (*language != p.language).then_some(code(*language)),
                sha256: digest.sha256.to_string(),
                html: markdown::html(markdown, 3),
            })
        });
        let template = One {
            id: id.to_owned(),
            title_html,
            version: line(&p, &found.facts, version, now),
            files: files.collect(),
            specification_sha256: version.specification_sha256.to_string(),
            summary: SpecificationView::of(&p, &found.specification),
            p: &p,
        };
        Ok(Some(page(StatusCode::OK, &template)))
    }

    async fn find(&self, id: &str, label: &str) -> Result<Option<PublicVersion>> {
        match (AgreementId::parse(id), VersionLabel::parse(label)) {
            (Ok(id), Ok(label)) => self.site.verbs.version(&id, &label).await,
            _ => Ok(None),
        }
    }

    async fn file(&self, id: &str, label: &str, name: &str) -> Result<Option<Response>> {
        let saved_as = format!("{id}-{label}.{name}");
        if name == SPECIFICATION {
            let found = self.find(id, label).await?;
            return Ok(found.map(|found| file(&saved_as, JSON, found.canonical)));
        }
        let Some(wanted) = name.strip_suffix(".md").and_then(language) else { return Ok(None) };
        let Some(found) = self.find(id, label).await? else { return Ok(None) };
        let markdown = found.documents.into_iter().find(|(language, _)| *language == wanted);
        Ok(markdown.map(|(_, markdown)| file(&saved_as, MARKDOWN, markdown)))
    }
}

fn listed(p: &Frame<'_>, one: &AgreementFacts, now: Timestamp) -> Listed {
    let (kind, types) = match one.kind {
        AgreementKind::GeneralTerms => (p.t.general_terms, String::new()),
        AgreementKind::Dpa => (p.t.dpa, p.types(&one.content_types)),
    };
    Listed {
        id: one.agreement_id.to_string(),
        title_html: p.pick(&one.titles).html(),
        kind,
        types,
        versions: one.versions.iter().rev().map(|version| line(p, one, version, now)).collect(),
    }
}

fn line(p: &Frame<'_>, facts: &AgreementFacts, version: &Version, now: Timestamp) -> VersionLine {
    let current = facts.in_force(now).is_some_and(|current| current.label == version.label);
    let state = if version.withdrawn {
        p.t.state_withdrawn
    } else if current {
        p.t.state_in_force
    } else if version.effective > now {
        p.t.state_scheduled
    } else {
        p.t.state_superseded
    };
    VersionLine {
        label: version.label.to_string(),
        state,
        current,
        effective: p.day(version.effective),
        effective_exact: version.effective.to_string(),
        published: p.day(version.published),
    }
}

/// `GET /`.
pub(super) async fn home(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let visit = Visit::of(&site, &uri, &headers);
    let p = visit.frame("/");
    let title = p.t.home_h1;
    page(StatusCode::OK, &Home { p: &p.titled(title) })
}

/// `GET /agreements`.
pub(super) async fn agreements(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let visit = Visit::of(&site, &uri, &headers);
    visit.answer(visit.list(None).await)
}

/// `GET /agreements/{id}`.
pub(super) async fn agreement(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let visit = Visit::of(&site, &uri, &headers);
    visit.answer(visit.list(Some(&id)).await)
}

/// `GET /agreements/{id}/{version}`.
pub(super) async fn version(
    State(site): State<Arc<Site>>,
    Path((id, label)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let visit = Visit::of(&site, &uri, &headers);
    visit.answer(visit.one(&id, &label).await)
}

/// The name of a version's specification as a file.
const SPECIFICATION: &str = "specification.json";

/// `GET /agreements/{id}/{version}/{lang}.md`, or `…/specification.json`.
pub(super) async fn text(
    State(site): State<Arc<Site>>,
    Path((id, label, name)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let visit = Visit::of(&site, &uri, &headers);
    visit.answer(visit.file(&id, &label, &name).await)
}

/// `GET /keys`.
pub(super) async fn keys(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let visit = Visit::of(&site, &uri, &headers);
    let p = visit.frame("/keys");
    let title = p.t.keys_h1;
    page(StatusCode::OK, &KeysPage { p: &p.titled(title), keys: site.verbs.keys() })
}

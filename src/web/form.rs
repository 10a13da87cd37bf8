//! A link's page: shown by GET, acted on by POST, with one address for all steps.

use super::{
    Site,
    answer::{self, Asked, Filled, Step, preferred},
    faults::is_of_the_person,
    frame::{Frame, code},
    pages::text_language,
    posted::Typed,
    refusal::{self, Refusal},
};
use crate::{
    domain::vocabulary::Language,
    service::{
        error::Result,
        form::view::{Fault, Field, Form, Letterhead, Page, Posted},
    },
};
use axum::{
    extract::{Form as Fields, FromRequest, Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header::LOCATION};
use std::sync::Arc;

/// A posted form, as its pairs.
type Pairs = Vec<(String, String)>;

/// A link that is being shown or acted on.
struct Link<'a> {
    site: &'a Site,
    token: &'a str,
    path: String,
    /// The language asked for, and the one for pages that know no company.
    asked: Asked,
    fallback: Language,
}

/// Whether this is a link at all, and not asked for too often.
pub(super) fn admit(site: &Site, token: &str, writes: bool) -> std::result::Result<(), Refusal> {
    // 32 bytes in base64url: nothing else goes into pages and headers.
    if token.len() != 43 || !token.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_') {
        return Err(Refusal::Unknown);
    }
    site.limits.link(token, writes, site.clock.now()).map_err(Refusal::SlowDown)
}

/// `GET /a/{token}`. Changes nothing.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let asked = Asked::of(&uri);
    let fallback = asked.or(preferred(&headers));
    if let Err(refusal) = admit(&site, &token, false) {
        return refusal.page(&site, fallback);
    }
    let link = Link { site: &site, path: format!("{}/a/{token}", site.root), token: &token, asked, fallback };
    link.answer(link.now().await)
}

/// `POST /a/{token}`.
pub(super) async fn act(State(site): State<Arc<Site>>, Path(token): Path<String>, request: Request) -> Response {
    let fallback = preferred(request.headers());
    if let Err(refusal) = admit(&site, &token, true) {
        return refusal.page(&site, fallback);
    }
    let typed = match Fields::<Pairs>::from_request(request, &()).await {
        Ok(Fields(pairs)) => Typed::read(pairs),
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => return Refusal::Large.page(&site, fallback),
        Err(_) => return Refusal::Method.page(&site, fallback),
    };
    let fallback = typed.lang.unwrap_or(fallback);
    let asked = Asked { language: typed.lang, flash: None };
    let link = Link { site: &site, path: format!("{}/a/{token}", site.root), token: &token, asked, fallback };
    link.answer(link.act(typed).await)
}

impl Link<'_> {
    fn answer(&self, answer: Result<Response>) -> Response {
        answer.unwrap_or_else(|error| refusal::of(self.site, self.fallback, &error))
    }

    /// The page of the link as it is now.
    async fn now(&self) -> Result<Response> {
        Ok(self.shown(&self.site.verbs.open(self.token).await?))
    }

    fn shown(&self, page: &Page) -> Response {
        match page {
            Page::Unknown => Refusal::Unknown.page(self.site, self.fallback),
            page => answer::link(self.site, &self.path, page, &self.asked),
        }
    }

    async fn act(&self, typed: Typed) -> Result<Response> {
        let verbs = &self.site.verbs;
        match typed.act.as_str() {
            "forward" => {
                let posted = verbs.forward(self.token, &typed.recipient).await?;
                self.posted(posted, "forward", &typed, Step::About).await
            }
            "not-ours" => self.posted(verbs.not_ours(self.token).await?, "", &typed, Step::About).await,
            "resend" => self.posted(verbs.resend(self.token).await?, "resend", &typed, Step::About).await,
            "contest" => {
                let posted = verbs.contest(self.token, typed.reason.trim()).await?;
                self.posted(posted, "contest", &typed, Step::About).await
            }
            "second" => {
                let posted = verbs.second(self.token, &typed.second_email).await?;
                self.posted(posted, "second", &typed, Step::About).await
            }
            _ => match verbs.open(self.token).await? {
                Page::Form(form) => self.step(&form, typed).await,
                page => Ok(self.shown(&page)),
            },
        }
    }

    /// A step of the form, or the way between two.
    async fn step(&self, form: &Form, mut typed: Typed) -> Result<Response> {
        let language = self.asked.or(form.head.language);
        if typed.shown != form.shown.to_string() {
            return Ok(self.form(form, &typed, Step::Changed, Vec::new()));
        }
        let verbs = &self.site.verbs;
        match typed.act.as_str() {
            "person" => Ok(self.form(form, &typed, Step::Person, Vec::new())),
            "review" => {
                let faults = verbs.check(self.token, &typed.acceptance(text_language(form, language))).await?;
                let step = if faults.is_empty() { Step::Accept } else { Step::Person };
                Ok(self.form(form, &typed, step, faults))
            }
            "accept" => {
                let posted = verbs.accept(self.token, typed.acceptance(text_language(form, language))).await?;
                self.posted(posted, "", &typed, Step::Accept).await
            }
            "decline" => Ok(self.form(form, &typed, Step::Decline, Vec::new())),
            "decline-confirm" => {
                let second = typed.at == "decline-confirm";
                let confirmed = second && typed.confirm;
                let posted = verbs.decline(self.token, typed.decline(text_language(form, language), confirmed)).await?;
                match posted {
                    // The second page is where it is confirmed: on the first one that is not missing yet.
                    Posted::Faults(faults) if !second => {
                        let faults: Vec<_> = faults.into_iter().filter(|(field, _)| *field != Field::Confirm).collect();
                        let step = if faults.is_empty() { Step::DeclineConfirm } else { Step::Decline };
                        Ok(self.form(form, &typed, step, faults))
                    }
                    posted => self.posted(posted, "", &typed, Step::DeclineConfirm).await,
                }
            }
            "back" => Ok(self.form(form, &typed, Step::About, Vec::new())),
            // The button to switch the language. What was ticked was about texts in the other one.
            _ => {
                let step = match typed.at.as_str() {
                    "person" => Step::Person,
                    "accept" => Step::Accept,
                    "decline" => Step::Decline,
                    "decline-confirm" => Step::DeclineConfirm,
                    _ => Step::About,
                };
                if step != Step::DeclineConfirm {
                    typed.authority = false;
                }
                typed.agree.clear();
                Ok(self.form(form, &typed, step, Vec::new()))
            }
        }
    }

    fn form(&self, form: &Form, typed: &Typed, step: Step, faults: Vec<(Field, Fault)>) -> Response {
        let language = self.asked.or(form.head.language);
        answer::form(self.site, Filled { path: &self.path, form, typed, language, faults, posted: true }, step)
    }

    /// What a post led to. `done` is what the next page tells about it; `step` is where its faults are shown.
    async fn posted(&self, posted: Posted, done: &str, typed: &Typed, step: Step) -> Result<Response> {
        Ok(match posted {
            Posted::Done => self.onward(done),
            Posted::Elsewhere if done == "resend" => match self.site.verbs.open(self.token).await? {
                Page::Closed(head, _) => {
                    let p = self.frame(&head);
                    let (h1, lead) = (p.t.no_resend_h1, p.t.no_resend_lead);
                    let p = p.titled(h1);
                    answer::message(StatusCode::GONE, &p, vec![p.say(h1), p.say(lead)], None)
                }
                page => self.shown(&page),
            },
            Posted::Elsewhere => self.now().await?,
            Posted::TooOften => self.too_often(&self.site.verbs.open(self.token).await?),
            Posted::Changed => match self.site.verbs.open(self.token).await? {
                Page::Form(form) => self.form(&form, typed, Step::Changed, Vec::new()),
                page => self.shown(&page),
            },
            Posted::Faults(faults) => match self.site.verbs.open(self.token).await? {
                Page::Form(form) => {
                    // An earlier page shows its own faults; the later ones are found again when the reader is back.
                    let of_decline = |field: &Field| *field != Field::Confirm;
                    let (step, mut faults) = match step {
                        Step::Accept if faults.iter().any(|(field, _)| is_of_the_person(field)) => {
                            (Step::Person, faults)
                        }
                        Step::DeclineConfirm if faults.iter().any(|(field, _)| of_decline(field)) => {
                            (Step::Decline, faults)
                        }
                        step => (step, faults),
                    };
                    faults.retain(|(field, _)| match step {
                        Step::Person => is_of_the_person(field),
                        Step::Decline => of_decline(field),
                        _ => true,
                    });
                    self.form(&form, typed, step, faults)
                }
                Page::WaitsForSecond(head, waiting) => {
                    let mut p = self.frame(&head);
                    p.faults = faults;
                    let title = p.t.wait_title;
                    answer::wait(&p.titled(title), &waiting, typed, None)
                }
                page => self.shown(&page),
            },
        })
    }

    fn frame<'a>(&'a self, head: &'a Letterhead) -> Frame<'a> {
        Frame::new(self.site, self.asked.or(head.language), self.path.clone()).about(head)
    }

    /// To the page of the link, which shows what is now: a reload does not post again.
    fn onward(&self, done: &str) -> Response {
        let mut place = self.path.clone();
        if let Some(language) = self.asked.language {
            place.push_str("?lang=");
            place.push_str(code(language));
        }
        if !done.is_empty() {
            place.push(if place.contains('?') { '&' } else { '?' });
            place.push_str("done=");
            place.push_str(done);
        }
        (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
    }

    /// Too many mails were asked for.
    fn too_often(&self, page: &Page) -> Response {
        let head = match page {
            Page::Unknown => return Refusal::SlowDown(60).page(self.site, self.fallback),
            Page::Form(form) => &form.head,
            Page::NothingToAccept(head)
            | Page::WaitsForSecond(head, _)
            | Page::Accepted(head, _)
            | Page::Declined(head, _)
            | Page::NotOurs(head)
            | Page::Closed(head, _)
            | Page::Contest(head, _) => head,
        };
        let p = self.frame(head);
        let (h1, lead) = (p.t.too_often_h1, p.t.too_often_lead);
        let p = p.titled(h1);
        answer::message(StatusCode::TOO_MANY_REQUESTS, &p, vec![p.say(h1), p.say(lead)], None)
    }
}

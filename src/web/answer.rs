//! From what a link leads to, to the page that shows it, with its status.

use super::{
    Site,
    fields::Fields,
    frame::{Frame, Switch},
    page::page,
    pages::{self, ContestPage, Finished, Message, Wait},
    posted::{Typed, language},
    refusal::Refusal,
    texts::Texts,
};
use crate::{
    domain::vocabulary::Language,
    service::form::view::{Closing, Fault, Field, Form, Page, Waiting},
};
use axum::{extract::Query, response::Response};
use http::{HeaderMap, StatusCode, Uri, header::ACCEPT_LANGUAGE};

/// Which page of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    About,
    /// The first step again, because what is offered has changed.
    Changed,
    Person,
    Accept,
    Decline,
    DeclineConfirm,
}

/// The language that a browser asks for, of the two there are; Swedish where it asks for neither.
pub(super) fn preferred(headers: &HeaderMap) -> Language {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (0.0, Language::Sv);
    for part in wanted.split(',') {
        let (range, weight) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>).unwrap_or(0.0);
        let primary = range.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        if let Some(language) = language(&primary)
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
}

/// What the address of a page says beside its path.
#[derive(Default)]
pub(super) struct Asked {
    pub language: Option<Language>,
    /// What a post has just done.
    pub flash: Option<String>,
}

impl Asked {
    /// An address that cannot be read asks for nothing.
    pub fn of(uri: &Uri) -> Self {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
        let mut asked = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "lang" => asked.language = language(&value),
                "done" => asked.flash = Some(value),
                _ => {}
            }
        }
        asked
    }

    /// Whether the reader has just done this.
    fn did(&self, what: &str) -> bool {
        self.flash.as_deref() == Some(what)
    }

    /// The language asked for, else this one.
    pub fn or(&self, other: Language) -> Language {
        self.language.unwrap_or(other)
    }
}

/// The sentence that tells what a post has done.
fn flash(t: &'static Texts, done: Option<&str>) -> Option<&'static str> {
    match done? {
        "second" => Some(t.sent_second),
        "contest" => Some(t.sent_contest),
        _ => None,
    }
}

/// A page of the form.
pub(super) struct Filled<'a> {
    /// The address of the link's page.
    pub path: &'a str,
    pub form: &'a Form,
    pub typed: &'a Typed,
    pub language: Language,
    pub faults: Vec<(Field, Fault)>,
    /// Whether it answers a post: then the language is switched by a button, so that nothing typed is lost.
    pub posted: bool,
}

/// Shows one page of the form.
pub(super) fn form(site: &Site, filled: Filled<'_>, step: Step) -> Response {
    let Filled { path, form, typed, language, faults, posted } = filled;
    let mut p = Frame::new(site, language, path.to_owned()).about(&form.head);
    let (types, expires) = (p.types(&form.content_types), p.moment(form.expires));
    p = p.word("types", types).word("expires", expires);
    let status = match step {
        Step::Changed => StatusCode::CONFLICT,
        _ if faults.is_empty() => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    p.faults = faults;
    let (number, title, enter) = match step {
        Step::About | Step::Changed => (1, p.t.about_title, "person"),
        Step::Person => (2, p.t.person_title, "review"),
        Step::Accept => (3, p.t.accept_title, "accept"),
        Step::Decline | Step::DeclineConfirm => (0, p.t.no_title, "decline-confirm"),
    };
    p.step = number;
    if posted {
        p.switch = Switch::Button(enter);
    }
    let p = &p.titled(title);
    match step {
        Step::About | Step::Changed => page(status, &pages::About::of(p, form, typed, step == Step::Changed)),
        Step::Person => page(status, &pages::Person::of(p, form, typed)),
        Step::Accept => page(status, &pages::Accept::of(p, form, typed)),
        Step::Decline => page(status, &pages::Decline::of(p, form, typed)),
        Step::DeclineConfirm => page(status, &pages::DeclineConfirm::of(p, form, typed)),
    }
}

/// Shows what a link leads to, as it is now.
pub(super) fn link(site: &Site, path: &str, shown: &Page, asked: &Asked) -> Response {
    let head = match shown {
        Page::Unknown => return Refusal::Unknown.page(site, asked.or(Language::Sv)),
        Page::Form(it) => {
            let (typed, language) = (Typed::proposed(it), asked.or(it.head.language));
            let filled = Filled { path, form: it, typed: &typed, language, faults: Vec::new(), posted: false };
            return form(site, filled, Step::About);
        }
        Page::NothingToAccept(head)
        | Page::WaitsForSecond(head, _)
        | Page::Accepted(head, _)
        | Page::Declined(head, _)
        | Page::NotOurs(head)
        | Page::Closed(head, _)
        | Page::Contest(head, _) => head,
    };
    let p = Frame::new(site, asked.or(head.language), path.to_owned()).about(head);
    let flash = flash(p.t, asked.flash.as_deref());
    let said = |title, texts: Vec<String>| (title, texts);
    let t = p.t;
    let (title, texts) = match shown {
        Page::Accepted(_, done) => {
            let (p, typed) = (&p.titled(t.done_title), &Typed::default());
            return page(StatusCode::OK, &Finished { p, head, done, fields: Fields { p, typed, offered: &[] }, flash });
        }
        Page::WaitsForSecond(_, waiting) => {
            let typed = Typed { second_email: waiting.second_email.clone(), ..Typed::default() };
            return wait(&p.titled(t.wait_title), waiting, &typed, flash);
        }
        Page::Contest(_, contest) => {
            let (p, typed) = (&p.titled(t.contest_title), &Typed::default());
            let fields = Fields { p, typed, offered: &[] };
            return page(StatusCode::OK, &ContestPage { p, head, contest, fields, flash });
        }
        Page::Declined(_, time) => {
            let lead = p.say1(t.declined_lead, "time", p.moment(*time));
            said(t.declined_title, vec![p.say(t.declined_h1), lead, p.say(t.declined_undo)])
        }
        Page::NotOurs(_) => said(t.not_ours_title, vec![p.say(t.not_ours_h1), p.say(t.not_ours_lead)]),
        // What the reader has just done says more than that the link is closed by it.
        Page::Closed(..) if asked.did("forward") => {
            said(t.sent_forward_h1, vec![p.say(t.sent_forward_h1), p.say(t.sent_forward)])
        }
        Page::Closed(..) if asked.did("resend") => {
            said(t.sent_resend_h1, vec![p.say(t.sent_resend_h1), p.say(t.sent_resend)])
        }
        Page::Closed(_, Closing::Expired) => said(t.closed_title, vec![p.say(t.expired_h1), p.say(t.expired_lead)]),
        Page::Closed(_, Closing::Superseded) => {
            said(t.closed_title, vec![p.say(t.superseded_h1), p.say(t.superseded_lead)])
        }
        Page::Closed(_, Closing::Cancelled) => {
            said(t.closed_title, vec![p.say(t.cancelled_h1), p.say(t.cancelled_lead)])
        }
        Page::NothingToAccept(_) | Page::Unknown | Page::Form(_) => {
            said(t.nothing_title, vec![p.say(t.nothing_h1), p.say(t.nothing_lead)])
        }
    };
    let done = asked.did("forward") || asked.did("resend");
    let resend = match shown {
        Page::Closed(_, Closing::Expired) if !done => Some(t.resend_a.to_owned()),
        Page::Closed(_, Closing::Superseded) if !done => Some(format!("{} {}", t.resend_a, t.resend_newer)),
        _ => None,
    };
    let status = if matches!(shown, Page::Closed(..)) && !done { StatusCode::GONE } else { StatusCode::OK };
    message(status, &p.titled(title), texts, resend)
}

/// The page on which the second signatory can be sent a new link.
pub(super) fn wait(p: &Frame<'_>, waiting: &Waiting, typed: &Typed, flash: Option<&'static str>) -> Response {
    let status = if p.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let fields = Fields { p, typed, offered: &[] };
    page(status, &Wait { p, waiting, fields, offered: &[], flash })
}

/// A heading and a few sentences; `resend` offers a new link, and says where it goes.
pub(super) fn message(status: StatusCode, p: &Frame<'_>, texts: Vec<String>, resend: Option<String>) -> Response {
    let mut texts = texts.into_iter();
    let h1 = texts.next().unwrap_or_default();
    page(status, &Message { p, h1, texts: texts.collect(), resend })
}

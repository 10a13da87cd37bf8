//! Pages for what cannot be shown or done.

use super::{
    Site,
    frame::{Frame, Switch},
    page::page,
    pages::Message,
    texts::Texts,
};
use crate::{
    domain::vocabulary::Language,
    service::error::{Error, ErrorReason},
};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};

/// The shortest wait that a person is asked for, in seconds.
const A_WHILE: u64 = 5;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No such link, and nothing more is told.
    Unknown,
    /// No such page.
    Lost,
    /// Too many requests; one succeeds after so many seconds.
    SlowDown(u64),
    /// A fault of ours.
    Broken,
    /// It took too long, or the database is away.
    Late,
    /// Posted from another website.
    Foreign,
    /// Too much text.
    Large,
    /// Another method than the page has.
    Method,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::Unknown | Self::Lost => StatusCode::NOT_FOUND,
            Self::SlowDown(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Late => StatusCode::SERVICE_UNAVAILABLE,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Large => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    fn texts(self, t: &'static Texts) -> (&'static str, &'static str) {
        match self {
            Self::Unknown => (t.unknown_h1, t.unknown_lead),
            Self::Lost => (t.lost_h1, t.lost_lead),
            Self::SlowDown(_) => (t.slow_down_h1, t.slow_down_lead),
            Self::Broken => (t.broken_h1, t.broken_lead),
            Self::Late => (t.late_h1, t.late_lead),
            Self::Foreign => (t.foreign_h1, t.foreign_lead),
            Self::Large => (t.large_h1, t.large_lead),
            Self::Method => (t.method_h1, t.method_lead),
        }
    }

    /// The page.
    pub fn page(self, site: &Site, language: Language) -> Response {
        let mut p = Frame::new(site, language, String::new());
        let wait = match self {
            Self::SlowDown(seconds) => Some(seconds.max(A_WHILE)),
            Self::Late => Some(A_WHILE),
            _ => None,
        };
        if let Some(seconds) = wait {
            p = p.word("seconds", seconds.to_string());
        }
        let (h1, lead) = self.texts(p.t);
        // Nothing of the address is repeated.
        p.switch = Switch::Link(format!("?lang={}", p.t.other_lang));
        let p = p.titled(h1);
        let mut texts = vec![p.say(lead)];
        if self == Self::Unknown {
            texts.push(p.say(p.t.unknown_help));
        }
        let mut response = page(self.status(), &Message { h1: p.say(h1), texts, resend: None, p: &p });
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The page for a service's error, whose cause is logged here and nowhere shown.
pub(super) fn of(site: &Site, language: Language, error: &Error) -> Response {
    let away = error.reason == ErrorReason::DatabaseUnavailable;
    let cause = error.told();
    if away {
        tracing::warn!(cause, "a page could not be shown");
        Refusal::Late.page(site, language)
    } else {
        tracing::error!(cause, "a page could not be shown");
        Refusal::Broken.page(site, language)
    }
}

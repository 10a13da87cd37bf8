//! The pages of a link, each a template with the values it shows.

use super::{
    card::Card,
    fields::Fields,
    frame::{Frame, Switch, escaped},
    posted::{PERSON, TERMS, Typed},
};
use crate::{
    domain::vocabulary::{AuthorityBasis, Language},
    service::form::view::{Contest, Contestable, Done, Field, Form, Letterhead, Waiting},
};
use askama::Template;

type Hidden<'a> = Vec<(&'static str, &'a str)>;

/// The first step: what it is about, and the ways out.
#[derive(Template)]
#[template(path = "about.html", config = "src/web/templates/askama.toml")]
pub(super) struct About<'a> {
    p: &'a Frame<'a>,
    form: &'a Form,
    head: &'a Letterhead,
    fields: Fields<'a>,
    cards: Vec<Card>,
    joint: Option<String>,
    /// Whether something accepted earlier goes on counting.
    earlier_counts: bool,
    /// What is offered has changed since it was shown.
    changed: bool,
    forward_open: bool,
    link_switch: bool,
    at: &'static str,
    shown: String,
    hidden: Hidden<'a>,
    offered: &'a [crate::service::form::view::Offered],
}

/// The language of the full texts. One act has one: the first signatory's for the second one, so that both accept the
/// same; else the page's, if all texts are in it; else one that all are in.
pub(super) fn text_language(form: &Form, page: Language) -> Language {
    let in_all = |language: &Language| {
        form.offered.iter().all(|one| one.documents.iter().any(|document| document.language == *language))
    };
    match &form.joint {
        Some(joint) => joint.language,
        None => [page].iter().chain(Language::ALL).copied().find(in_all).unwrap_or(page),
    }
}

impl<'a> About<'a> {
    pub fn of(p: &'a Frame<'a>, form: &'a Form, typed: &'a Typed, changed: bool) -> Self {
        let joint = form
            .joint
            .as_ref()
            .map(|joint| p.say_with(p.t.about_joint, &[("first", &joint.first_name), ("time", &p.moment(joint.time))]));
        Self {
            p,
            form,
            head: &form.head,
            fields: Fields { p, typed, offered: &form.offered },
            cards: form.offered.iter().map(|one| Card::of(p, one, text_language(form, p.language))).collect(),
            joint,
            earlier_counts: form.offered.iter().any(|one| one.deadline.is_some()),
            changed,
            forward_open: p.faults.iter().any(|(field, _)| *field == Field::Recipient),
            link_switch: matches!(p.switch, Switch::Link(_)),
            at: "about",
            shown: form.shown.to_string(),
            hidden: typed.carried(&[PERSON, TERMS].concat()),
            offered: &form.offered,
        }
    }

    /// The sentence about what was accepted earlier; the title is HTML already.
    fn earlier(&self, title_html: &str, deadline: &str) -> String {
        around(self.p, self.p.t.about_earlier, title_html, deadline)
    }
}

/// A sentence with a title that is HTML and words that are not.
fn around(p: &Frame<'_>, text: &str, title_html: &str, deadline: &str) -> String {
    let (before, after) = text.split_once("{title}").unwrap_or((text, ""));
    let [before, after] = [before, after].map(|part| escaped(&p.say1(part, "deadline", deadline)));
    format!("{before}{title_html}{after}")
}

/// One reason to be allowed to sign, to choose.
struct Choice {
    value: &'static str,
    label: &'static str,
    help: &'static str,
}

/// What may be chosen: only a sole trader is one.
fn choices(p: &Frame<'_>, head: &Letterhead) -> Vec<Choice> {
    let t = p.t;
    let company = [
        ("AUTHORISED_SIGNATORY", AuthorityBasis::AuthorisedSignatory, t.signatory_help),
        ("MANAGING_DIRECTOR", AuthorityBasis::ManagingDirector, t.director_help),
        ("POSITION", AuthorityBasis::Position, t.position_help),
        ("POWER_OF_ATTORNEY", AuthorityBasis::PowerOfAttorney, t.attorney_help),
    ];
    let sole = [
        ("SOLE_TRADER", AuthorityBasis::SoleTrader, t.sole_help),
        ("POWER_OF_ATTORNEY", AuthorityBasis::PowerOfAttorney, t.attorney_help),
    ];
    let offered: &[_] = if head.organisation_number.is_some() { &company } else { &sole };
    offered.iter().map(|(value, basis, help)| Choice { value, label: p.basis_name(Some(*basis)), help }).collect()
}

/// The longest time that an undelivered item would be kept for (R8); 0 where that is not offered.
fn days(form: &Form) -> u32 {
    form.offered.iter().map(|one| one.specification.undelivered_retention_days).max().unwrap_or(0)
}

/// The second step: who accepts, and on which terms.
#[derive(Template)]
#[template(path = "person.html", config = "src/web/templates/askama.toml")]
pub(super) struct Person<'a> {
    p: &'a Frame<'a>,
    form: &'a Form,
    typed: &'a Typed,
    fields: Fields<'a>,
    choices: Vec<Choice>,
    basis_fault: Option<String>,
    group_open: bool,
    days: u32,
    at: &'static str,
    shown: String,
    hidden: Hidden<'a>,
    offered: &'a [crate::service::form::view::Offered],
}

impl<'a> Person<'a> {
    pub fn of(p: &'a Frame<'a>, form: &'a Form, typed: &'a Typed) -> Self {
        Self {
            p,
            form,
            typed,
            fields: Fields { p, typed, offered: &form.offered },
            choices: choices(p, &form.head),
            basis_fault: p.fault_at("authority_basis", &form.offered),
            group_open: !typed.covered.is_empty()
                || typed.group_permission
                || p.faults.iter().any(|(field, _)| matches!(field, Field::Covered | Field::GroupPermission)),
            days: days(form),
            at: "person",
            shown: form.shown.to_string(),
            hidden: Vec::new(),
            offered: &form.offered,
        }
    }
}

/// The third step: everything once more, and the button.
#[derive(Template)]
#[template(path = "accept.html", config = "src/web/templates/askama.toml")]
pub(super) struct Accept<'a> {
    p: &'a Frame<'a>,
    form: &'a Form,
    typed: &'a Typed,
    fields: Fields<'a>,
    covered: Vec<&'a str>,
    statement: &'static str,
    authority: &'static str,
    /// The second signatory's name, where one is still to come.
    second: Option<&'a str>,
    days: u32,
    at: &'static str,
    shown: String,
    hidden: Hidden<'a>,
    offered: &'a [crate::service::form::view::Offered],
}

impl<'a> Accept<'a> {
    pub fn of(p: &'a Frame<'a>, form: &'a Form, typed: &'a Typed) -> Self {
        let covered: Vec<&str> = match &form.joint {
            Some(joint) => joint.covered.iter().map(String::as_str).collect(),
            None => {
                typed.covered.split(['\n', '\r', ',', ';']).map(str::trim).filter(|line| !line.is_empty()).collect()
            }
        };
        let alone = covered.is_empty();
        Self {
            p,
            form,
            typed,
            fields: Fields { p, typed, offered: &form.offered },
            covered,
            statement: if alone { p.t.statement } else { p.t.statement_covered },
            authority: if alone { p.t.authority } else { p.t.authority_covered },
            second: (typed.two && form.joint.is_none()).then_some(typed.second_name.as_str()),
            days: days(form),
            at: "accept",
            shown: form.shown.to_string(),
            hidden: typed.carried(&[PERSON, TERMS].concat()),
            offered: &form.offered,
        }
    }
}

/// What a no leads to, for each agreement, as HTML.
fn effects(p: &Frame<'_>, form: &Form) -> Vec<String> {
    if !form.connected {
        return [p.t.no_effect_first, p.t.no_effect_others, p.t.no_effect_unsaved]
            .map(|text| escaped(&p.say(text)))
            .to_vec();
    }
    let effect = |one: &crate::service::form::view::Offered| {
        let title_html = p.pick(&one.titles).html();
        match one.deadline {
            Some(deadline) => around(p, p.t.no_effect_later, &title_html, &p.moment(deadline)),
            None => around(p, p.t.no_effect_now, &title_html, ""),
        }
    };
    form.offered.iter().map(effect).collect()
}

/// The first page of a decline: who, and what it leads to.
#[derive(Template)]
#[template(path = "decline.html", config = "src/web/templates/askama.toml")]
pub(super) struct Decline<'a> {
    p: &'a Frame<'a>,
    typed: &'a Typed,
    fields: Fields<'a>,
    choices: Vec<Choice>,
    basis_fault: Option<String>,
    effects: Vec<String>,
    /// Whether the no is kept with who gave it and why.
    keeps: bool,
    at: &'static str,
    shown: String,
    hidden: Hidden<'a>,
    offered: &'a [crate::service::form::view::Offered],
}

impl<'a> Decline<'a> {
    pub fn of(p: &'a Frame<'a>, form: &'a Form, typed: &'a Typed) -> Self {
        Self {
            p,
            typed,
            fields: Fields { p, typed, offered: &form.offered },
            choices: choices(p, &form.head),
            basis_fault: p.fault_at("authority_basis", &form.offered),
            effects: effects(p, form),
            keeps: form.connected,
            at: "decline",
            shown: form.shown.to_string(),
            hidden: typed.carried(TERMS),
            offered: &form.offered,
        }
    }
}

/// The second page of a decline: the same once more, to confirm.
#[derive(Template)]
#[template(path = "decline_confirm.html", config = "src/web/templates/askama.toml")]
pub(super) struct DeclineConfirm<'a> {
    p: &'a Frame<'a>,
    typed: &'a Typed,
    fields: Fields<'a>,
    effects: Vec<String>,
    at: &'static str,
    shown: String,
    hidden: Hidden<'a>,
    offered: &'a [crate::service::form::view::Offered],
}

impl<'a> DeclineConfirm<'a> {
    pub fn of(p: &'a Frame<'a>, form: &'a Form, typed: &'a Typed) -> Self {
        Self {
            p,
            typed,
            fields: Fields { p, typed, offered: &form.offered },
            effects: effects(p, form),
            at: "decline-confirm",
            shown: form.shown.to_string(),
            hidden: typed.carried(&[PERSON, TERMS, &["reason", "authority"]].concat()),
            offered: &form.offered,
        }
    }
}

/// A finished acceptance.
#[derive(Template)]
#[template(path = "done.html", config = "src/web/templates/askama.toml")]
pub(super) struct Finished<'a> {
    pub p: &'a Frame<'a>,
    pub head: &'a Letterhead,
    pub done: &'a Done,
    pub fields: Fields<'a>,
    pub flash: Option<&'static str>,
}

/// The first of two has accepted.
#[derive(Template)]
#[template(path = "wait.html", config = "src/web/templates/askama.toml")]
pub(super) struct Wait<'a> {
    pub p: &'a Frame<'a>,
    pub waiting: &'a Waiting,
    pub fields: Fields<'a>,
    pub offered: &'a [crate::service::form::view::Offered],
    pub flash: Option<&'static str>,
}

/// Was this right?
#[derive(Template)]
#[template(path = "contest.html", config = "src/web/templates/askama.toml")]
pub(super) struct ContestPage<'a> {
    pub p: &'a Frame<'a>,
    pub head: &'a Letterhead,
    pub contest: &'a Contest,
    pub fields: Fields<'a>,
    pub flash: Option<&'static str>,
}

/// A page of a few sentences.
#[derive(Template)]
#[template(path = "message.html", config = "src/web/templates/askama.toml")]
pub(super) struct Message<'a> {
    pub p: &'a Frame<'a>,
    pub h1: String,
    pub texts: Vec<String>,
    /// Where a new link would go, if one is offered.
    pub resend: Option<String>,
}

//! The fields of the forms: each with its label, its hint, and its fault next to it.

use super::{frame::Frame, posted::Typed};
use crate::service::form::view::Offered;
use askama::Template;

/// A field to type in.
#[derive(Template)]
#[template(path = "field.html", config = "src/web/templates/askama.toml")]
pub(super) struct TextField<'a> {
    id: &'static str,
    name: &'static str,
    label: &'a str,
    hint: String,
    value: &'a str,
    fault: Option<String>,
    email: bool,
    area: bool,
    required: bool,
    autocomplete: &'static str,
}

/// A box to tick.
#[derive(Template)]
#[template(path = "tick.html", config = "src/web/templates/askama.toml")]
pub(super) struct TickField<'a> {
    id: String,
    name: &'static str,
    value: &'a str,
    label: String,
    hint: &'a str,
    ticked: bool,
    fault: Option<String>,
}

/// Makes the fields of one page.
pub(super) struct Fields<'a> {
    pub p: &'a Frame<'a>,
    pub typed: &'a Typed,
    pub offered: &'a [Offered],
}

impl Fields<'_> {
    /// A field to type in, by its name.
    pub fn text(&self, id: &'static str) -> TextField<'_> {
        let t = self.p.t;
        let (label, hint, email, required, autocomplete) = match id {
            "full_name" => (t.full_name, t.full_name_hint, false, true, "name"),
            "role" => (t.role, t.role_hint, false, true, "organization-title"),
            "email" => (t.email, t.email_hint, true, true, "email"),
            "second_name" => (t.second_name, "", false, true, "off"),
            "second_email" => (t.second_email, t.second_email_hint, true, true, "off"),
            "contact" => (t.contact, t.contact_hint, true, true, "off"),
            "covered" => (t.covered, t.covered_hint, false, false, "off"),
            "recipient" => (t.forward_label, t.forward_hint, true, true, "off"),
            "decline_reason" => (t.no_reason, t.no_reason_hint, false, false, "off"),
            _ => (t.wrong_reason, t.wrong_reason_hint, false, false, "off"),
        };
        let name = if id == "decline_reason" { "reason" } else { id };
        TextField {
            id,
            name,
            label,
            hint: self.p.say(hint),
            value: self.typed.text(name),
            fault: self.p.fault_at(id, self.offered),
            email,
            area: matches!(id, "covered" | "reason" | "decline_reason"),
            required,
            autocomplete,
        }
    }

    /// The second signatory's address on the page that waits for them.
    pub fn second_again(&self) -> TextField<'_> {
        TextField { label: self.p.t.wait_label, hint: self.p.t.wait_hint.to_owned(), ..self.text("second_email") }
    }

    /// The address of who declines: nothing is confirmed to it.
    pub fn email_of_no(&self) -> TextField<'_> {
        TextField { hint: self.p.t.no_email_hint.to_owned(), ..self.text("email") }
    }

    /// A box of the second step or of a declaration, by its name.
    pub fn tick(&self, name: &'static str, label: impl AsRef<str>, hint: &'static str) -> TickField<'_> {
        TickField {
            id: name.to_owned(),
            name,
            value: "on",
            label: label.as_ref().to_owned(),
            hint,
            ticked: self.typed.ticked(name),
            fault: self.p.fault_at(name, self.offered),
        }
    }

    /// The statement about one agreement.
    pub fn statement<'s>(&'s self, one: &'s Offered, text: &str) -> TickField<'s> {
        let id = format!("agree-{}", one.agreement_id);
        let title = self.p.pick(&one.titles).text;
        TickField {
            name: "agree",
            value: one.agreement_id.as_str(),
            label: self.p.say_with(text, &[("title", title), ("version", one.version.as_str())]),
            hint: "",
            ticked: self.typed.agree.iter().any(|ticked| ticked == one.agreement_id.as_str()),
            fault: self.p.fault_at(&id, self.offered),
            id,
        }
    }
}

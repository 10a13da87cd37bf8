//! What is wrong with what was typed. Everything at once, each fault with its field.

use super::{
    context::{self, Context},
    view::{AcceptInput, Fault, Field, PersonInput},
};
use crate::{
    domain::{
        authority::{Same, fits, same_person},
        ids::AgreementId,
        organisation_number::{LegalNumber, OrganisationNumber},
        recording::Signer,
        rules::COVERED_COMPANIES,
        text::{self, InvalidText},
        time::Timestamp,
        vocabulary::AuthorityBasis,
    },
    service::{Services, error::Result, link::LinkToken},
    store::Reader,
};
use std::sync::Arc;

/// Which step of the form is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Who accepts.
    Person,
    /// The statements, and all before them.
    Accept,
}

/// Faults, each with its field.
pub(super) type Faults = Vec<(Field, Fault)>;

/// What is wrong with a step. Changes nothing; a link that leads elsewhere by now has no faults.
pub async fn check(services: &Arc<Services>, token: &LinkToken, input: &AcceptInput, step: Step) -> Result<Faults> {
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    match context::of_form(reader, token.sha256(), now).await? {
        Some(context) if context.state.is_open() => {
            Ok(judge(reader, &context, input, step, now).await?.err().unwrap_or_default())
        }
        _ => Ok(Vec::new()),
    }
}

/// What was typed, once nothing is wrong with it.
pub(super) struct Good {
    /// The person.
    pub(super) signer: Signer,
    /// The second signatory's name and address.
    pub(super) second: Option<(String, String)>,
    /// The contact point; absent for a second signatory, who leaves the first one's.
    pub(super) contact: Option<String>,
    /// The companies covered.
    pub(super) covered: Vec<LegalNumber>,
}

/// Judges a step.
pub(super) async fn judge(
    reader: &mut dyn Reader,
    context: &Context,
    input: &AcceptInput,
    step: Step,
    now: Timestamp,
) -> Result<std::result::Result<Good, Faults>> {
    let mut faults = Vec::new();
    let signer = person(context, &input.person, &mut faults);
    if context.is_second()
        && let Some(first) = context.first_person(reader).await?
    {
        let own = (input.person.full_name.as_str(), input.person.email.as_str());
        one_person_twice((&first.full_name, &first.email), own, (Field::FullName, Field::Email), &mut faults);
    }
    let wanted = context.invitation.two_signatories || input.second.is_some();
    let second = if wanted && !context.is_second() { second(context, input, &mut faults) } else { None };
    let (mut contact, mut covered) = (None, Vec::new());
    if !context.is_second() {
        contact = address(context, &input.contact, Field::Contact, &mut faults);
        covered = companies(context, input, &mut faults);
    }
    if step == Step::Accept {
        for offer in context.offers(now) {
            let id: &AgreementId = &offer.agreement.agreement_id;
            if !input.ticked.iter().any(|ticked| ticked == id.as_str()) {
                faults.push((Field::Statement(id.clone()), Fault::Missing));
            }
        }
        if !input.authority_declared {
            faults.push((Field::Authority, Fault::Missing));
        }
    }
    Ok(match signer {
        Some(signer) if faults.is_empty() => Ok(Good { signer, second, contact, covered }),
        _ => Err(faults),
    })
}

/// A person, as a signatory.
pub(super) fn person(context: &Context, input: &PersonInput, faults: &mut Faults) -> Option<Signer> {
    let full_name = line(&input.full_name, Field::FullName, text::name, faults);
    let role = line(&input.role, Field::Role, text::name, faults);
    let email = address(context, &input.email, Field::Email, faults);
    let basis = input.authority_basis.filter(|basis| *basis != AuthorityBasis::NotRecorded);
    match basis {
        None => faults.push((Field::AuthorityBasis, Fault::Missing)),
        Some(basis) if !fits(basis, context.sender.number) => {
            faults.push((Field::AuthorityBasis, Fault::NotASoleTrader));
        }
        Some(_) => {}
    }
    let authority_basis = basis?;
    Some(Signer { full_name: Some(full_name?), role: Some(role?), email: Some(email?), authority_basis })
}

/// Says so where two signatories are the same person, at the field of the second that shows it.
pub(super) fn one_person_twice(
    one: (&str, &str),
    other: (&str, &str),
    (name, address): (Field, Field),
    faults: &mut Faults,
) {
    match same_person(one, other) {
        Some(Same::Address) => faults.push((address, Fault::SamePerson)),
        Some(Same::Name) => faults.push((name, Fault::SamePerson)),
        None => {}
    }
}

fn second(context: &Context, input: &AcceptInput, faults: &mut Faults) -> Option<(String, String)> {
    let typed = input.second.clone().unwrap_or_default();
    let name = line(&typed.full_name, Field::SecondName, text::name, faults);
    let email = address(context, &typed.email, Field::SecondEmail, faults);
    let own = (input.person.full_name.as_str(), input.person.email.as_str());
    one_person_twice(own, (&typed.full_name, &typed.email), (Field::SecondName, Field::SecondEmail), faults);
    Some((name?, email?))
}

fn companies(context: &Context, input: &AcceptInput, faults: &mut Faults) -> Vec<LegalNumber> {
    let mut covered: Vec<LegalNumber> = Vec::new();
    let mut note = |fault| {
        if !faults.contains(&(Field::Covered, fault)) {
            faults.push((Field::Covered, fault));
        }
    };
    let lines = input.covered.split(['\n', '\r', ',', ';']).map(str::trim).filter(|line| !line.is_empty());
    for (place, line) in lines.enumerate() {
        if place >= COVERED_COMPANIES {
            note(Fault::TooMany);
            break;
        }
        match OrganisationNumber::parse(line).ok().and_then(OrganisationNumber::legal) {
            None => note(Fault::NotANumber),
            Some(number) if context.sender.number == Some(number) => note(Fault::Itself),
            Some(number) if covered.contains(&number) => note(Fault::Twice),
            Some(number) => covered.push(number),
        }
    }
    if !input.covered.trim().is_empty() && !input.group_permission {
        faults.push((Field::GroupPermission, Fault::Missing));
    }
    covered
}

/// An address at the company: one of the integrator's own can neither sign nor be asked, and is no contact point.
pub(super) fn address(context: &Context, typed: &str, field: Field, faults: &mut Faults) -> Option<String> {
    let email = line(typed, field.clone(), text::email, faults);
    if email.as_deref().is_some_and(|email| context.sides().is_integrators(email)) {
        faults.push((field, Fault::IntegratorsAddress));
    }
    email
}

/// A line of text. White space around it is nobody's mistake.
fn line(
    typed: &str,
    field: Field,
    parse: fn(&str) -> std::result::Result<String, InvalidText>,
    faults: &mut Faults,
) -> Option<String> {
    let typed = typed.trim();
    let fault = match parse(typed) {
        Ok(text) => return Some(text),
        Err(_) if typed.is_empty() => Fault::Missing,
        Err(InvalidText::TooLong(_)) => Fault::TooLong,
        Err(InvalidText::Email) => Fault::NotAnAddress,
        Err(_) => Fault::Invisible,
    };
    faults.push((field, fault));
    None
}

//! What is wrong with what was typed. Everything at once, each fault with its field.

use super::{
    context::{self, Context},
    view::{AcceptInput, Fault, Field, PersonInput},
};
use crate::{
    domain::{
        ids::AgreementId,
        organisation_number::{LegalNumber, OrganisationNumber},
        recording::Signer,
        rules::COVERED_COMPANIES,
        text::{self, InvalidText},
        time::Timestamp,
        vocabulary::AuthorityBasis,
    },
    service::{
        Services,
        error::Result,
        link::LinkToken,
        private::{self, Person},
    },
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
    if let Some(first) = first(reader, context).await? {
        same_person(&first.full_name, &first.email, &input.person.full_name, &input.person.email)
            .into_iter()
            .for_each(|same| faults.push((if same { Field::Email } else { Field::FullName }, Fault::SamePerson)));
    }
    let wanted = context.invitation.two_signatories || input.second.is_some();
    let second = if wanted && !context.is_second() { second(context, input, &mut faults) } else { None };
    let (mut contact, mut covered) = (None, Vec::new());
    if !context.is_second() {
        contact = line(&input.contact, Field::Contact, text::email, &mut faults);
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
    let email = line(&input.email, Field::Email, text::email, faults);
    if email.as_deref().is_some_and(|email| context.is_integrators(email)) {
        faults.push((Field::Email, Fault::IntegratorsAddress));
    }
    let basis = input.authority_basis.filter(|basis| *basis != AuthorityBasis::NotRecorded);
    match basis {
        None => faults.push((Field::AuthorityBasis, Fault::Missing)),
        Some(AuthorityBasis::SoleTrader) if context.sender.number.is_some() => {
            faults.push((Field::AuthorityBasis, Fault::NotASoleTrader));
        }
        Some(_) => {}
    }
    let authority_basis = basis?;
    Some(Signer { full_name: Some(full_name?), role: Some(role?), email: Some(email?), authority_basis })
}

/// The person that the first signature is by, for a second signatory.
async fn first(reader: &mut dyn Reader, context: &Context) -> Result<Option<Person>> {
    match context.signature.as_ref().filter(|_| context.is_second()).and_then(|one| one.signatory.person) {
        Some(record) => private::body::<Person>(reader, record.record_id).await,
        None => Ok(None),
    }
}

/// Whether two are the same person: by address (true), or else by name (false). Two persons who bear the same name and
/// sign together are so rare that they may ask the operator.
fn same_person(name: &str, email: &str, other_name: &str, other_email: &str) -> Option<bool> {
    let plain = |name: &str| name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    if !email.is_empty() && text::same_address(email.trim(), other_email.trim()) {
        Some(true)
    } else {
        (!plain(name).is_empty() && plain(name) == plain(other_name)).then_some(false)
    }
}

fn second(context: &Context, input: &AcceptInput, faults: &mut Faults) -> Option<(String, String)> {
    let typed = input.second.clone().unwrap_or_default();
    let name = line(&typed.full_name, Field::SecondName, text::name, faults);
    let email = line(&typed.email, Field::SecondEmail, text::email, faults);
    if email.as_deref().is_some_and(|email| context.is_integrators(email)) {
        faults.push((Field::SecondEmail, Fault::IntegratorsAddress));
    }
    let own = &input.person;
    match same_person(&own.full_name, &own.email, &typed.full_name, &typed.email) {
        Some(true) => faults.push((Field::SecondEmail, Fault::SamePerson)),
        Some(false) => faults.push((Field::SecondName, Fault::SamePerson)),
        None => {}
    }
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

/// A line of text. White space around it is nobody's mistake.
pub(super) fn line(
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

//! The mails in English.

use super::{
    Attachment, Operator, agreements, checkpoint,
    draft::{Draft, shortened},
    named, row, title,
};
use crate::{
    domain::{
        dates,
        vocabulary::{IntegratorKind, Language},
    },
    service::mail::letter::{Content, Parties},
};

const EN: Language = Language::En;
/// Names in a subject are cut here.
const LONGEST: usize = 50;

/// What the integrator is to the company.
fn kind(kind: IntegratorKind) -> &'static str {
    match kind {
        IntegratorKind::PayrollBureau => "your payroll bureau",
        IntegratorKind::OutputVendor => "your mailing provider",
        IntegratorKind::SystemVendor => "your system provider",
    }
}

fn company(parties: &Parties) -> &str {
    if parties.sender_name.trim().is_empty() { "your company" } else { &parties.sender_name }
}

/// How what the mail tells of can be contested.
fn contestable(draft: &mut Draft, integrator: &str, what: &str, link: &str) {
    draft.heading("Is it wrong?");
    draft.say(&format!(
        "Tell us here, and {integrator} and we will know. If it cannot be settled within five working days, \
         the {what} stops counting."
    ));
    draft.link(link);
}

/// The mail.
pub(super) fn draft(content: &Content, operator: &Operator) -> Draft {
    let us = named(operator, "the digital mailbox");
    let mut draft = match content {
        Content::Invitation { .. } => invitation(content, us),
        Content::Confirmation { .. } => confirmation(content),
        Content::AcceptanceAttested { parties, agreements: accepted, time, contest_link } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} has recorded an acceptance for {}",
                shortened(integrator, LONGEST),
                shortened(company, LONGEST)
            ));
            draft.say("Hello,");
            draft.say(&format!(
                "{integrator}, {}, has told us that somebody who may enter into agreements for {company} accepted this \
                 on {}:",
                kind(parties.integrator_kind),
                dates::moment(EN, *time)
            ));
            draft.items(&agreements(accepted, EN, "agreement"));
            draft.say("If that is right, you need not do anything.");
            contestable(&mut draft, integrator, "acceptance", contest_link);
            draft
        }
        Content::AcceptanceGiven { parties, agreements: accepted, time, contest_link } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} has accepted agreements through {}",
                shortened(company, LONGEST),
                shortened(integrator, LONGEST)
            ));
            draft.say("Hello,");
            draft.say(&format!(
                "Somebody who followed a link that {integrator}, {}, asked us to send, and who declared to have the right \
                 to enter into agreements for {company}, accepted this on {}:",
                kind(parties.integrator_kind),
                dates::moment(EN, *time)
            ));
            draft.items(&agreements(accepted, EN, "agreement"));
            draft.say(&format!(
                "It holds for {company}, whoever sends its mail. If that is right, you need not do anything."
            ));
            contestable(&mut draft, integrator, "acceptance", contest_link);
            draft
        }
        Content::DeclineGiven { parties, agreements: declined, time } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} has declined agreements through {}",
                shortened(company, LONGEST),
                shortened(integrator, LONGEST)
            ));
            draft.say("Hello,");
            draft.say(&format!(
                "Somebody who followed a link that {integrator}, {}, asked us to send, and who declared to have the right \
                 to decide on agreements for {company}, said no to this on {}:",
                kind(parties.integrator_kind),
                dates::moment(EN, *time)
            ));
            draft.items(&agreements(declined, EN, "agreement"));
            draft.say(&format!(
                "The no holds for {company}, whoever sends its mail: mail that needs these agreements can be stopped. What \
                 was accepted before goes on counting for as long as it did."
            ));
            draft.heading("Is it wrong?");
            draft.say(&format!("The company can accept after all, through a new link. Ask {integrator} for one."));
            draft.say(&match &operator.email {
                Some(email) => format!("If nobody at the company has said no, write to us: {email}"),
                None => format!("If nobody at the company has said no, tell {us}."),
            });
            draft
        }
        Content::ConnectionConfirmed { parties, time, contest_link } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} is now connected through {}",
                shortened(company, LONGEST),
                shortened(integrator, LONGEST)
            ));
            draft.say("Hello,");
            draft.say(&format!(
                "Since {} it is confirmed that {integrator}, {}, may send mail for {company} to {us}.",
                dates::day(EN, *time),
                kind(parties.integrator_kind)
            ));
            draft.say("If that is right, you need not do anything.");
            contestable(&mut draft, integrator, "confirmation", contest_link);
            draft
        }
        Content::NewVersion { parties, agreement, effective, accept_by, page } => {
            let name = title(&agreement.titles, EN, "the agreement");
            let mut draft = Draft::new(&format!("New version of {name}"));
            draft.say("Hello,");
            draft.say(&format!(
                "Version {} of {name} is in force from {}. You get this mail because {}, {}, sends mail for {} to {us}.",
                agreement.version,
                dates::day(EN, *effective),
                parties.integrator_name,
                kind(parties.integrator_kind),
                company(parties)
            ));
            draft.say(&match accept_by {
                Some(deadline) => format!(
                    "The new version must be accepted by {}. If it has not been accepted by then, your mail may be \
                     stopped. If you have not got a link to accept it, ask {} for one.",
                    dates::last_day(EN, *deadline),
                    parties.integrator_name
                ),
                None => "You need not do anything: what you have accepted already goes on counting.".to_owned(),
            });
            draft.say("Read the new version here:");
            draft.link(page);
            draft
        }
        Content::Contested { integrator_name, integrator_id, sender_id, agreements: contested, subject, until } => {
            let mut draft = Draft::new(&format!("Contested: what {} has stated", shortened(integrator_name, LONGEST)));
            let what = if contested.is_empty() {
                draft.say(&format!("A company has contested that {integrator_name} may send mail for it."));
                "Connection"
            } else {
                draft.say(&format!("A company has contested that it accepted this through {integrator_name}:"));
                draft.items(&agreements(contested, EN, "agreement"));
                "Acceptance"
            };
            draft.say("Whoever may see which company it is finds it by these:");
            draft.items(&[
                format!("{what}: {subject}"),
                format!("Sender: {sender_id}"),
                format!("Integrator: {integrator_id}"),
            ]);
            draft.say(&format!(
                "It counts to and including {}. If it is not settled by then, what was contested stops counting.",
                dates::last_day(EN, *until)
            ));
            draft
        }
        Content::Checkpoint { note } => {
            let (origin, size) = checkpoint(note);
            let mut draft = Draft::new(&format!("Checkpoint {size} of {origin}"));
            draft.say(
                "Keep this mail. It shows what the ledger held, and with it one can tell if anything in it is changed \
                 or removed afterwards.",
            );
            draft.verbatim(note);
            draft.attachment = Some(Attachment { name: "checkpoint.txt".to_owned(), text: note.clone() });
            draft
        }
    };
    if !matches!(content, Content::Checkpoint { .. } | Content::Contested { .. }) {
        draft.foot(&format!("This mail comes from {us}. We never ask for payment or passwords."), EN);
        if let Some(notice) = &operator.privacy_notice {
            draft.foot("How we handle personal data:", EN);
            draft.foot_link(notice);
        }
    }
    draft
}

fn invitation(content: &Content, us: &str) -> Draft {
    let Content::Invitation {
        parties,
        link,
        expires,
        check_code,
        agreements: offered,
        first_signatory,
        forwarded,
        reminder,
    } = content
    else {
        return Draft::new("");
    };
    let (integrator, company) = (&parties.integrator_name, company(parties));
    let mut draft = Draft::new(&format!(
        "{}{} asks {} to read and accept agreements",
        if *reminder { "Reminder: " } else { "" },
        shortened(integrator, LONGEST),
        shortened(company, LONGEST)
    ));
    draft.say("Hello,");
    draft.say(&format!(
        "{integrator}, {}, sends mail for {company} to {us}, a digital mailbox. For that, somebody who may enter into \
         agreements for {company} needs to read and accept{}",
        kind(parties.integrator_kind),
        if offered.is_empty() { " agreements." } else { ":" }
    ));
    if !offered.is_empty() {
        draft.items(&agreements(offered, EN, "agreement"));
    }
    if let Some(first) = first_signatory {
        draft.say(&format!(
            "{first} has accepted already, and has said that the two of you do so together. Nothing counts until you \
             have accepted too."
        ));
    }
    if *forwarded {
        draft.say("Somebody at the company got this question before you and passed it on to this address.");
    }
    if *reminder {
        draft.say("This is a reminder. If you have answered already, you need not do anything.");
    }
    draft.say(&format!("Read and answer by {}:", dates::last_day(EN, *expires)));
    draft.link(link);
    draft.say(
        "Opening the link binds you to nothing. On the page you can also pass the question on to the right person, say \
         that it is not about your company, or decline. The link takes one answer only, so do not forward this mail; \
         pass the question on from the page instead.",
    );
    draft.heading("Is this mail genuine?");
    draft.say(&format!("Call {integrator} on a number that you have already, and ask for the code. They should say:"));
    draft.code(check_code);
    if first_signatory.is_none() && !forwarded {
        draft.foot(&format!("We got your address from {integrator}."), EN);
    }
    draft.foot("Sidan finns också på svenska: öppna länken och välj svenska.", Language::Sv);
    draft
}

fn confirmation(content: &Content) -> Draft {
    let Content::Confirmation {
        parties,
        agreements: accepted,
        signatories,
        time,
        receipt,
        contest_link,
        to_contact_point,
    } = content
    else {
        return Draft::new("");
    };
    let company = company(parties);
    let mut draft = Draft::new(&format!("Confirmation: {} has accepted agreements", shortened(company, LONGEST)));
    draft.say("Hello,");
    let who = if signatories.is_empty() { "Somebody".to_owned() } else { row(signatories, "and") };
    draft.say(&format!("{who} accepted this for {company} on {}:", dates::moment(EN, *time)));
    draft.items(&agreements(accepted, EN, "agreement"));
    draft.say(&format!(
        "This mail confirms it; you need not do anything more. {}, {}, sends mail for you.",
        parties.integrator_name,
        kind(parties.integrator_kind)
    ));
    if *to_contact_point {
        draft.say("You get this mail because this address is the company's contact point.");
    }
    if let Some((name, text)) = receipt {
        draft.heading("Keep the receipt");
        draft.say(&format!(
            "The receipt comes with this mail as the file {name}. It shows what was accepted, when and by whom, and it \
             can be verified without us, also many years from now."
        ));
        draft.attachment = Some(Attachment { name: name.clone(), text: text.clone() });
    }
    draft.heading("Was this wrong?");
    draft.say(&format!("Tell us here, and {} and we will know:", parties.integrator_name));
    draft.link(contest_link);
    draft
}

//! The mails in Swedish.

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

const SV: Language = Language::Sv;
/// Names in a subject are cut here.
const LONGEST: usize = 50;

/// What the integrator is to the company.
fn kind(kind: IntegratorKind) -> &'static str {
    match kind {
        IntegratorKind::PayrollBureau => "er lönebyrå",
        IntegratorKind::OutputVendor => "er leverantör av utskick",
        IntegratorKind::SystemVendor => "er systemleverantör",
    }
}

fn company(parties: &Parties) -> &str {
    if parties.sender_name.trim().is_empty() { "ert företag" } else { &parties.sender_name }
}

/// How what the mail tells of can be contested.
fn contestable(draft: &mut Draft, integrator: &str, what: &str, link: &str) {
    draft.heading("Stämmer det inte?");
    draft.say(&format!(
        "Säg till här, så får {integrator} och vi veta det. Kan det inte redas ut inom fem arbetsdagar upphör \
         {what} att gälla."
    ));
    draft.link(link);
}

/// The mail.
pub(super) fn draft(content: &Content, operator: &Operator) -> Draft {
    let us = named(operator, "den digitala brevlådan");
    let mut draft = match content {
        Content::Invitation { .. } => invitation(content, us),
        Content::Confirmation { .. } => confirmation(content),
        Content::AcceptanceAttested { parties, agreements: accepted, time, contest_link } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} har registrerat ett godkännande för {}",
                shortened(integrator, LONGEST),
                shortened(company, LONGEST)
            ));
            draft.say("Hej!");
            draft.say(&format!(
                "{integrator}, {}, har meddelat oss att någon som får ingå avtal för {company} har godkänt det här, den \
                 {}:",
                kind(parties.integrator_kind),
                dates::moment(SV, *time)
            ));
            draft.items(&agreements(accepted, SV, "avtal"));
            draft.say("Stämmer det behöver ni inte göra något.");
            contestable(&mut draft, integrator, "godkännandet", contest_link);
            draft
        }
        Content::AcceptanceGiven { parties, agreements: accepted, time, contest_link } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} har godkänt avtal genom {}",
                shortened(company, LONGEST),
                shortened(integrator, LONGEST)
            ));
            draft.say("Hej!");
            draft.say(&format!(
                "Någon som följde en länk som {integrator}, {}, bad oss skicka, och som försäkrade sig ha rätt att ingå \
                 avtal för {company}, godkände det här den {}:",
                kind(parties.integrator_kind),
                dates::moment(SV, *time)
            ));
            draft.items(&agreements(accepted, SV, "avtal"));
            draft.say(&format!(
                "Det gäller för {company}, vem som än skickar posten. Stämmer det behöver ni inte göra något."
            ));
            contestable(&mut draft, integrator, "godkännandet", contest_link);
            draft
        }
        Content::DeclineGiven { parties, agreements: declined, time } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} har tackat nej till avtal genom {}",
                shortened(company, LONGEST),
                shortened(integrator, LONGEST)
            ));
            draft.say("Hej!");
            draft.say(&format!(
                "Någon som följde en länk som {integrator}, {}, bad oss skicka, och som försäkrade sig ha rätt att besluta \
                 om avtal för {company}, tackade nej till det här den {}:",
                kind(parties.integrator_kind),
                dates::moment(SV, *time)
            ));
            draft.items(&agreements(declined, SV, "avtal"));
            draft.say(&format!(
                "Det gäller för {company}, vem som än skickar posten: post som kräver de här avtalen kan stoppas. Det som \
                 godkändes tidigare gäller så länge som det annars hade gjort."
            ));
            draft.heading("Stämmer det inte?");
            draft.say(&format!("Företaget kan godkänna ändå, genom en ny länk. Be {integrator} om en."));
            draft.say(&match &operator.email {
                Some(email) => format!("Har ingen på företaget tackat nej, skriv till oss: {email}"),
                None => format!("Har ingen på företaget tackat nej, säg till {us}."),
            });
            draft
        }
        Content::ConnectionConfirmed { parties, time, contest_link } => {
            let (integrator, company) = (&parties.integrator_name, company(parties));
            let mut draft = Draft::new(&format!(
                "{} är nu anslutet genom {}",
                shortened(company, LONGEST),
                shortened(integrator, LONGEST)
            ));
            draft.say("Hej!");
            draft.say(&format!(
                "Sedan den {} är det bekräftat att {integrator}, {}, får skicka post för {company} till {us}.",
                dates::day(SV, *time),
                kind(parties.integrator_kind)
            ));
            draft.say("Stämmer det behöver ni inte göra något.");
            contestable(&mut draft, integrator, "bekräftelsen", contest_link);
            draft
        }
        Content::NewVersion { parties, agreement, effective, accept_by, page } => {
            let name = title(&agreement.titles, SV, "avtalet");
            let mut draft = Draft::new(&format!("Ny version av {name}"));
            draft.say("Hej!");
            draft.say(&format!(
                "Version {} av {name} gäller från och med den {}. Ni får det här mejlet därför att {}, {}, skickar \
                 post för {} till {us}.",
                agreement.version,
                dates::day(SV, *effective),
                parties.integrator_name,
                kind(parties.integrator_kind),
                company(parties)
            ));
            draft.say(&match accept_by {
                Some(deadline) => format!(
                    "Den nya versionen behöver godkännas senast den {}. Har den inte godkänts då kan er post komma \
                     att stoppas. Har ni inte fått någon länk till godkännandet, be {} om en.",
                    dates::last_day(SV, *deadline),
                    parties.integrator_name
                ),
                None => "Ni behöver inte göra något: det som ni redan har godkänt fortsätter att gälla.".to_owned(),
            });
            draft.say("Läs den nya versionen här:");
            draft.link(page);
            draft
        }
        Content::Contested { integrator_name, integrator_id, sender_id, agreements: contested, subject, until } => {
            let mut draft =
                Draft::new(&format!("Bestritt: det som {} har uppgett", shortened(integrator_name, LONGEST)));
            let what = if contested.is_empty() {
                draft.say(&format!("Ett företag har bestritt att {integrator_name} får skicka post för det."));
                "Koppling"
            } else {
                draft.say(&format!("Ett företag har bestritt att det har godkänt det här genom {integrator_name}:"));
                draft.items(&agreements(contested, SV, "avtal"));
                "Godkännande"
            };
            draft.say("Den som får se vilket företag det är hittar det med de här:");
            draft.items(&[
                format!("{what}: {subject}"),
                format!("Avsändare: {sender_id}"),
                format!("Integratör: {integrator_id}"),
            ]);
            draft.say(&format!(
                "Det gäller till och med den {}. Har det inte avgjorts då upphör det bestridda att gälla.",
                dates::last_day(SV, *until)
            ));
            draft
        }
        Content::Checkpoint { note } => {
            let (origin, size) = checkpoint(note);
            let mut draft = Draft::new(&format!("Kontrollpunkt {size} för {origin}"));
            draft.say(
                "Spara det här mejlet. Det visar vad liggaren innehöll, och med det märks det om något i den ändras \
                 eller försvinner i efterhand.",
            );
            draft.verbatim(note);
            draft.attachment = Some(Attachment { name: "checkpoint.txt".to_owned(), text: note.clone() });
            draft
        }
    };
    if !matches!(content, Content::Checkpoint { .. } | Content::Contested { .. }) {
        draft.foot(&format!("Mejlet kommer från {us}. Vi ber aldrig om betalning eller lösenord."), SV);
        if let Some(notice) = &operator.privacy_notice {
            draft.foot("Så behandlar vi personuppgifter:", SV);
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
        "{}{} ber {} att läsa och godkänna avtal",
        if *reminder { "Påminnelse: " } else { "" },
        shortened(integrator, LONGEST),
        shortened(company, LONGEST)
    ));
    draft.say("Hej!");
    draft.say(&format!(
        "{integrator}, {}, skickar post för {company} till {us}, en digital brevlåda. För det behöver någon som får \
         ingå avtal för {company} läsa och godkänna{}",
        kind(parties.integrator_kind),
        if offered.is_empty() { " avtal." } else { ":" }
    ));
    if !offered.is_empty() {
        draft.items(&agreements(offered, SV, "avtal"));
    }
    if let Some(first) = first_signatory {
        draft.say(&format!(
            "{first} har redan godkänt och har angett att ni är två som gör det tillsammans. Det gäller först när \
             också du har godkänt."
        ));
    }
    if *forwarded {
        draft.say("Någon på företaget har fått frågan före dig och skickat den vidare hit.");
    }
    if *reminder {
        draft.say("Det här är en påminnelse. Har ni redan svarat behöver ni inte göra något.");
    }
    draft.say(&format!("Läs och svara senast den {}:", dates::last_day(SV, *expires)));
    draft.link(link);
    draft.say(
        "Att öppna länken förbinder er inte till något. På sidan kan du också skicka frågan vidare till rätt person, \
         säga att det inte gäller ert företag, eller tacka nej. Länken räcker till ett enda svar. Vidarebefordra därför \
         inte mejlet; skicka frågan vidare från sidan i stället.",
    );
    draft.heading("Är mejlet äkta?");
    draft.say(&format!("Ring {integrator} på ett nummer som ni redan har och be om koden. De ska säga:"));
    draft.code(check_code);
    if first_signatory.is_none() && !forwarded {
        draft.foot(&format!("Din adress har vi fått av {integrator}."), SV);
    }
    draft.foot("The page is also available in English: open the link and choose English.", Language::En);
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
    let mut draft = Draft::new(&format!("Bekräftelse: {} har godkänt avtal", shortened(company, LONGEST)));
    draft.say("Hej!");
    let who = if signatories.is_empty() { "Någon".to_owned() } else { row(signatories, "och") };
    draft.say(&format!("{who} godkände det här för {company}, den {}:", dates::moment(SV, *time)));
    draft.items(&agreements(accepted, SV, "avtal"));
    draft.say(&format!(
        "Det här mejlet bekräftar det; ni behöver inte göra något mer. {}, {}, skickar post för er.",
        parties.integrator_name,
        kind(parties.integrator_kind)
    ));
    if *to_contact_point {
        draft.say("Ni får mejlet därför att den här adressen är företagets kontaktpunkt.");
    }
    if let Some((name, text)) = receipt {
        draft.heading("Spara kvittot");
        draft.say(&format!(
            "Kvittot följer med som filen {name}. Det visar vad som godkändes, när och av vem, och det går att \
             kontrollera utan oss, också om många år."
        ));
        draft.attachment = Some(Attachment { name: name.clone(), text: text.clone() });
    }
    draft.heading("Blev det fel?");
    draft.say(&format!("Säg till här, så får {} och vi veta det:", parties.integrator_name));
    draft.link(contest_link);
    draft
}

//! The words of a receipt for people, in Swedish and in English: who, what, when, what it proves and what not.

use super::{Person, Summary};
use crate::domain::{
    ledger::{
        Event,
        event::{Accepted, Covered, Evidence},
    },
    time::Timestamp,
    vocabulary::{Assurance, AuthorityBasis, EvidenceKind, Language, Method},
};

/// No line of the words is wider.
const WIDTH: usize = 80;
/// Where the values stand.
const COLUMN: usize = 14;

/// The words, Swedish first. They end with a line break, and no line in them is wider than 80 columns.
pub fn words(summary: &Summary) -> String {
    let mut page = Page { text: String::new(), language: Language::Sv };
    page.tell(summary);
    page.text.push('\n');
    page.line("", &"-".repeat(WIDTH), 0);
    page.text.push('\n');
    page.language = Language::En;
    page.tell(summary);
    page.text
}

struct Page {
    text: String,
    language: Language,
}

impl Page {
    fn say(&self, sv: &'static str, en: &'static str) -> &'static str {
        match self.language {
            Language::Sv => sv,
            Language::En => en,
        }
    }

    /// A text after a label, in lines that fit. Characters that no reader sees are left out, so that no name can look
    /// like another line.
    fn line(&mut self, label: &str, text: &str, column: usize) {
        let mut line = format!("{label:column$}");
        let mut width = line.chars().count();
        let mut begun = false;
        for word in text.split_whitespace() {
            let word: Vec<char> = word.chars().filter(|c| !c.is_control()).collect();
            if begun && width + 1 + word.len() <= WIDTH {
                line.push(' ');
                width += 1;
            } else if begun {
                self.end(&line);
                (line, width) = (" ".repeat(column), column);
            }
            for character in word {
                if width == WIDTH {
                    self.end(&line);
                    (line, width) = (" ".repeat(column), column);
                }
                line.push(character);
                width += 1;
            }
            begun = true;
        }
        self.end(&line);
    }

    fn end(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn fact(&mut self, sv: &'static str, en: &'static str, text: &str) {
        let label = self.say(sv, en);
        self.line(label, text, COLUMN);
    }

    fn paragraph(&mut self, sv: &'static str, en: &'static str) {
        let text = self.say(sv, en);
        self.line("", text, 0);
    }

    fn item(&mut self, text: &str) {
        self.line("-", text, 2);
    }

    fn gap(&mut self) {
        self.text.push('\n');
    }

    fn tell(&mut self, summary: &Summary) {
        let Event::AcceptanceRecorded {
            integrator_id,
            accepted,
            method,
            assurance,
            accept_time,
            evidence,
            covered,
            retroactive_delivery,
            ..
        } = &summary.entry.event
        else {
            return;
        };
        let context = &summary.context;
        self.paragraph("KVITTO PÅ ETT GODKÄNNANDE (in English below)", "RECEIPT FOR AN ACCEPTANCE");
        self.gap();
        let number = context.organisation_number.as_ref().map(|number| format!(" ({number})")).unwrap_or_default();
        self.fact("Företag", "Company", &format!("{}{number}", context.sender_name));
        self.fact("Genom", "Through", &format!("{} ({integrator_id})", context.integrator_name));
        for (one, titles) in accepted.iter().zip(&context.agreements) {
            let own = titles.titles.iter().find(|title| title.language == self.language);
            let title = own.or(titles.titles.first()).map(|title| title.text.as_str()).unwrap_or_default();
            self.accepted(one, title);
        }
        for person in &summary.people {
            self.person(person);
        }
        self.fact("Godkänt", "Accepted", &time(*accept_time));
        self.fact("Antecknat", "Recorded", &time(summary.entry.time));
        let how = method_words(*method, self.language);
        self.fact("Hur", "How", how);
        let how_sure = assurance_words(*assurance, self.language);
        self.fact("Säkerhet", "Assurance", how_sure);
        for (one, note) in evidence.iter().zip(&summary.evidence) {
            self.evidence(one, note.as_deref());
        }
        if let Some(contact) = &summary.contact {
            self.fact("Kontakt", "Contact point", contact);
        }
        self.covered(covered);
        let keeps = if *retroactive_delivery { self.say("ja", "yes") } else { self.say("nej", "no") };
        self.fact(
            "Sparas",
            "Kept",
            &format!(
                "{}{keeps}",
                self.say("försändelser som inte kunnat lämnas: ", "items that could not be delivered: ")
            ),
        );
        self.gap();
        self.proves(summary);
    }

    fn accepted(&mut self, one: &Accepted, title: &str) {
        self.fact("Avtal", "Agreement", &format!("{title} ({}), version {}", one.agreement_id, one.version));
        let language = match (one.language, self.language) {
            (Language::Sv, Language::Sv) => "på svenska",
            (Language::En, Language::Sv) => "på engelska",
            (Language::Sv, Language::En) => "in Swedish",
            (Language::En, Language::En) => "in English",
        };
        self.line("", &format!("{} {language}, SHA-256:", self.say("texten", "the text")), COLUMN);
        self.line("", &one.document_sha256.to_string(), COLUMN);
        self.line("", self.say("specifikationen, SHA-256:", "the specification, SHA-256:"), COLUMN);
        self.line("", &one.specification_sha256.to_string(), COLUMN);
    }

    fn person(&mut self, person: &Person) {
        let who = match &person.known {
            Some(known) => known.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", "),
            None => self.say("uppgifterna finns inte kvar", "the data is no longer kept").to_owned(),
        };
        self.fact("Av", "By", &who);
        let basis = authority_words(person.authority_basis, self.language);
        self.line("", basis, COLUMN);
    }

    fn evidence(&mut self, one: &Evidence, note: Option<&str>) {
        let what = evidence_words(one.kind, self.language);
        self.fact("Underlag", "Evidence", &note.map_or(what.to_owned(), |note| format!("{what}: {note}")));
        if let Some(digest) = one.sha256 {
            self.line("", &format!("SHA-256: {digest}"), COLUMN);
        }
    }

    fn covered(&mut self, covered: &[Covered]) {
        let numbers: Vec<String> = covered.iter().map(|one| one.number.to_string()).collect();
        if !numbers.is_empty() {
            self.fact("Gäller även", "Also covers", &numbers.join(", "));
        }
    }

    fn proves(&mut self, summary: &Summary) {
        let (entry, checkpoint) = (&summary.entry, &summary.checkpoint);
        self.paragraph("Vad kvittot bevisar", "What this receipt proves");
        let place = format!(
            "{} {} {} {}/{}, {} {}.",
            self.say(
                "Godkännandet står, just så som här, som nummer",
                "The acceptance stands, exactly as here, as number"
            ),
            entry.revision,
            self.say("i liggaren", "in the ledger"),
            checkpoint.name,
            checkpoint.ledger_id,
            self.say(
                "som hade så här många poster när kvittot skrevs under:",
                "which had this many entries when the receipt was signed:"
            ),
            checkpoint.size,
        );
        self.item(&place);
        self.item(self.say(
            "Texten och specifikationen är de vars SHA-256 står ovan. Den som har filerna kan räkna efter.",
            "The text and the specification are those whose SHA-256 stand above. Who has the files can check.",
        ));
        self.item(self.say(
            "Personuppgifterna ovan är de som antecknades. I liggaren står de inte i klartext.",
            "The personal data above is what was recorded. The ledger itself does not hold it in the clear.",
        ));
        self.item(self.say(
            "Ingen kan i efterhand ändra, ta bort eller skjuta in poster före den utan att detta kvitto visar det.",
            "Nobody can later change, remove or insert entries before it without this receipt showing it.",
        ));
        self.gap();
        self.paragraph("Vad det inte bevisar", "What it does not prove");
        self.item(self.say(
            "Att godkännandet gäller i dag. Det kan ha ersatts eller hävts senare.",
            "That the acceptance still counts today. It may have been replaced or invalidated later.",
        ));
        self.item(self.say(
            "Att personen är den som uppges, mer än raden Säkerhet säger.",
            "That the person is who is named, beyond what the line Assurance says.",
        ));
        self.item(self.say(
            "Att klockan gick rätt. Ordningen mellan posterna ligger fast.",
            "That the clock was right. The order of the entries is fixed.",
        ));
        self.item(self.say(
            "Företagets namn och nummer, och namnen på den det gick genom och på avtalen: för dem svarar den som skrev under kvittot.",
            "The company's name and number, and the names of whom it went through and of the agreements: whoever signed the receipt answers for those.",
        ));
        self.gap();
        self.paragraph(
            "Kvittot kontrolleras utan tjänsten: ombord receipt verify FIL --key NYCKEL. Spara filen oförändrad; varje byte räknas.",
            "The receipt is verified without the service: ombord receipt verify FILE --key KEY. Keep the file as it is; every byte counts.",
        );
    }
}

/// A time to the second, in UTC.
fn time(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default())
}

fn of(language: Language, sv: &'static str, en: &'static str) -> &'static str {
    if language == Language::Sv { sv } else { en }
}

fn method_words(method: Method, language: Language) -> &'static str {
    let (sv, en) = match method {
        Method::IntegratorForm => ("i ett formulär hos den det gick genom", "in a form of whom it went through"),
        Method::SignedDocument => ("med ett underskrivet dokument", "by a signed document"),
        Method::ElectronicIdentification => {
            ("med e-legitimation hos den det gick genom", "by electronic identification at whom it went through")
        }
        Method::Import => ("fört över från en äldre uppgift", "taken over from an older record"),
        Method::HostedForm => (
            "i tjänstens eget formulär, genom en länk som skickades med e-post",
            "in the service's own form, through a link sent by e-mail",
        ),
    };
    of(language, sv, en)
}

fn assurance_words(assurance: Assurance, language: Language) -> &'static str {
    let (sv, en) = match assurance {
        Assurance::Imported => ("enligt en äldre uppgift", "according to an older record"),
        Assurance::IntegratorAttested => ("intygat av den det gick genom", "attested by whom it went through"),
        Assurance::SenderConfirmed => (
            "personen öppnade länken i sin e-post och godkände själv",
            "the person opened the mailed link and accepted in person",
        ),
        Assurance::EidVerified => {
            ("underskriften är kontrollerad av tjänsten", "the signature was verified by the service")
        }
    };
    of(language, sv, en)
}

fn authority_words(basis: AuthorityBasis, language: Language) -> &'static str {
    let (sv, en) = match basis {
        AuthorityBasis::AuthorisedSignatory => ("firmatecknare", "authorised signatory"),
        AuthorityBasis::ManagingDirector => ("verkställande direktör", "managing director"),
        AuthorityBasis::PowerOfAttorney => ("enligt fullmakt", "by power of attorney"),
        AuthorityBasis::Position => ("behörig genom sin ställning", "authorised by position"),
        AuthorityBasis::SoleTrader => ("enskild näringsidkare", "sole trader"),
        AuthorityBasis::NotRecorded => ("behörigheten är inte antecknad", "the authority was not recorded"),
    };
    of(language, sv, en)
}

fn evidence_words(kind: EvidenceKind, language: Language) -> &'static str {
    let (sv, en) = match kind {
        EvidenceKind::SignedScan => ("inläst underskrivet dokument", "scan of a signed document"),
        EvidenceKind::ClickRecord => ("logg över klicket", "record of the click"),
        EvidenceKind::EidReference => ("e-legitimationens referens", "reference of the electronic identification"),
        EvidenceKind::Instruction => ("företagets uppdrag", "the company's instruction"),
        EvidenceKind::Other => ("annat", "other"),
    };
    of(language, sv, en)
}

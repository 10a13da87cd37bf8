//! Pages with everything on them that there can be.

use crate::{
    domain::{
        ids::{AgreementId, Digest, VersionLabel},
        recording::Signer,
        specification::{LocalText, Specification},
        time::Timestamp,
        vocabulary::{AgreementKind, AuthorityBasis, ContentType, IntegratorKind, Language},
    },
    service::form::view::{
        Closing, Contest, Contestable, Done, DoneDocument, Form, Joint, Letterhead, Offered, OfferedDocument, Page,
        Waiting,
    },
};

/// A name that tries to become markup.
pub const HOSTILE: &str = "<script>alert(1)</script>\"'&<b>{sender}";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn texts(sv: &str, en: &str) -> Vec<LocalText> {
    vec![
        LocalText { language: Language::Sv, text: sv.to_owned() },
        LocalText { language: Language::En, text: en.to_owned() },
    ]
}

/// The samples write their categories with one more level, as the API does.
fn specification(json: &str) -> Specification {
    let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
    for list in ["personal_data_categories", "data_subject_categories"] {
        for one in value[list].as_array_mut().unwrap() {
            *one = one["texts"].take();
        }
    }
    let mut text = value.to_string();
    for (small, large) in [("\"sv\"", "\"SV\""), ("\"en\"", "\"EN\"")] {
        text = text.replace(&format!("\"language\":{small}"), &format!("\"language\":{large}"));
    }
    serde_json::from_str(&text).unwrap()
}

pub fn offered(deadline: Option<Timestamp>) -> Vec<Offered> {
    let one = |id: &str, kind, titles, documents: [&str; 2], json: &str, deadline| {
        let document = |language, markdown: &str| OfferedDocument {
            language,
            markdown: markdown.to_owned(),
            sha256: Digest::of(markdown.as_bytes()),
        };
        Offered {
            agreement_id: AgreementId::parse(id).unwrap(),
            kind,
            titles,
            version: VersionLabel::parse("2026-01").unwrap(),
            effective: time("2026-01-01T00:00:00Z"),
            documents: vec![document(Language::Sv, documents[0]), document(Language::En, documents[1])],
            accepted_in: None,
            specification: specification(json),
            specification_sha256: Digest::of(json.as_bytes()),
            deadline,
        }
    };
    vec![
        one(
            "general-terms",
            AgreementKind::GeneralTerms,
            texts("Allmänna villkor för avsändare", "General terms for senders"),
            [
                include_str!("../../cli/samples/general-terms.sv.md"),
                include_str!("../../cli/samples/general-terms.en.md"),
            ],
            include_str!("../../cli/samples/general-terms.spec.json"),
            None,
        ),
        one(
            "dpa-payslip",
            AgreementKind::Dpa,
            texts("Personuppgiftsbiträdesavtal för lönebesked", "Data processing agreement for payslips"),
            [include_str!("../../cli/samples/dpa-payslip.sv.md"), include_str!("../../cli/samples/dpa-payslip.en.md")],
            include_str!("../../cli/samples/dpa-payslip-2.spec.json"),
            deadline,
        ),
    ]
}

fn head(sole_trader: bool) -> Letterhead {
    Letterhead {
        integrator_name: "Lönebyrån i Norr AB".to_owned(),
        integrator_kind: IntegratorKind::PayrollBureau,
        sender_name: if sole_trader { "Åsas Trädgård" } else { "Bageriet Åberg & Öst AB" }.to_owned(),
        organisation_number: (!sole_trader).then(|| "559999-9017".to_owned()),
        check_code: "K7WP-4XMB".to_owned(),
        language: Language::Sv,
    }
}

fn form() -> Form {
    Form {
        head: head(false),
        expires: time("2026-12-22T13:05:00Z"),
        offered: offered(None),
        shown: Digest::of(b"shown"),
        two_signatories: false,
        connected: true,
        joint: None,
        contact: Some("dataskydd@bageriet.example".to_owned()),
        content_types: vec![ContentType::Payslip],
    }
}

fn done() -> Done {
    let accepted = offered(None).into_iter().map(|one| DoneDocument {
        agreement_id: one.agreement_id,
        titles: one.titles,
        version: one.version,
        language: Language::Sv,
        document_sha256: one.documents[0].sha256,
        specification_sha256: one.specification_sha256,
    });
    Done {
        time: time("2026-11-22T09:31:00Z"),
        contestable: true,
        accepted: accepted.collect(),
        signatories: vec![Signer {
            full_name: Some("Åsa Ölmeback".to_owned()),
            role: Some("Ekonomichef".to_owned()),
            email: Some("asa.olmeback@bageriet.example".to_owned()),
            authority_basis: AuthorityBasis::Position,
        }],
        contact: Some("dataskydd@bageriet.example".to_owned()),
        covered: vec!["556016-0680".to_owned()],
        retroactive_delivery: true,
        receipt: Some(("ombord-receipt-0190a1b2.txt".to_owned(), "ombord-receipt/1\nåäö\n".to_owned())),
        contested: None,
        invalidated: false,
    }
}

/// Every page, by a name.
pub const NAMES: &[&str] = &[
    "form",
    "two",
    "sole",
    "joint",
    "newer",
    "hostile",
    "nothing",
    "waits",
    "accepted",
    "contested",
    "invalid",
    "declined",
    "not-ours",
    "expired",
    "superseded",
    "cancelled",
    "contest",
    "contest-again",
    "contest-over",
    "connection",
];

pub fn page(name: &str) -> Page {
    let until = || Some(time("2026-11-28T00:00:00Z"));
    let contest = |about, contested, over| {
        Page::Contest(
            head(false),
            Box::new(Contest { about, time: time("2026-11-20T08:00:00Z"), contested, over, settled: false }),
        )
    };
    let acceptance = || {
        let titles = offered(None).into_iter().map(|one| (one.titles, one.version));
        Contestable::Acceptance(titles.collect())
    };
    match name {
        "form" => Page::Form(Box::new(form())),
        "two" => Page::Form(Box::new(Form { two_signatories: true, contact: None, ..form() })),
        "sole" => Page::Form(Box::new(Form { head: head(true), content_types: Vec::new(), ..form() })),
        "newer" => Page::Form(Box::new(Form { offered: offered(until()).split_off(1), ..form() })),
        "joint" => {
            let joint = Joint {
                first_name: "Åsa Ölmeback".to_owned(),
                time: time("2026-11-22T09:31:00Z"),
                language: Language::En,
                contact: Some("dataskydd@bageriet.example".to_owned()),
                covered: vec!["556016-0680".to_owned()],
                retroactive_delivery: true,
            };
            Page::Form(Box::new(Form { joint: Some(joint), ..form() }))
        }
        "hostile" => {
            let mut form = form();
            form.head.sender_name = HOSTILE.to_owned();
            form.head.integrator_name = HOSTILE.to_owned();
            form.contact = Some(HOSTILE.to_owned());
            for one in &mut form.offered {
                one.titles = texts(HOSTILE, HOSTILE);
                one.specification.purpose = texts(HOSTILE, HOSTILE);
                one.specification.sub_processors[..].iter_mut().for_each(|sub| {
                    sub.name = HOSTILE.to_owned();
                    sub.country = "US".to_owned();
                });
                one.documents[0].markdown =
                    format!("# {HOSTILE}\n\n{HOSTILE}\n\n[x](javascript:alert(1))\n\n{HOSTILE}");
            }
            Page::Form(Box::new(form))
        }
        "nothing" => Page::NothingToAccept(head(false)),
        "waits" => {
            let waiting =
                Waiting { second_email: "bo@bageriet.example".to_owned(), expires: Some(time("2026-12-22T13:05:00Z")) };
            Page::WaitsForSecond(head(false), waiting)
        }
        "accepted" => Page::Accepted(head(false), Box::new(done())),
        "contested" => Page::Accepted(head(false), Box::new(Done { contested: until(), ..done() })),
        "invalid" => Page::Accepted(head(false), Box::new(Done { invalidated: true, receipt: None, ..done() })),
        "declined" => Page::Declined(head(false), time("2026-11-22T09:31:00Z")),
        "not-ours" => Page::NotOurs(head(false)),
        "expired" => Page::Closed(head(false), Closing::Expired),
        "superseded" => Page::Closed(head(false), Closing::Superseded),
        "cancelled" => Page::Closed(head(false), Closing::Cancelled),
        "contest" => contest(acceptance(), None, false),
        "contest-again" => contest(acceptance(), until(), false),
        "contest-over" => contest(acceptance(), None, true),
        "connection" => contest(Contestable::Connection, None, false),
        _ => Page::Unknown,
    }
}

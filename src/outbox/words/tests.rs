use super::*;
use crate::{
    domain::{
        ids::{IntegratorId, MessageId, SenderId, VersionLabel},
        time::Timestamp,
        vocabulary::IntegratorKind,
    },
    service::mail::letter::{Content, Parties},
};

const LINK: &str = "https://brev.example/a/Zm9yZXZlcnlvbmVhbmRub2JvZHlhbmRmb3JldmVyeW9uZQ";
const BOTH: [Language; 2] = [Language::Sv, Language::En];

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn parties(name: &str) -> Parties {
    Parties {
        integrator_name: format!("Lönebyrån {name}"),
        integrator_kind: IntegratorKind::PayrollBureau,
        sender_name: format!("Bageriet {name}"),
    }
}

fn terms(name: &str) -> Named {
    let titles = [(Language::Sv, "Villkor"), (Language::En, "Terms")];
    let titles = titles.map(|(language, text)| LocalText { language, text: format!("{text} {name}") });
    Named { titles: titles.to_vec(), version: VersionLabel::parse("2026-01").unwrap() }
}

/// One of each, with this text wherever somebody else chooses the words.
fn contents(name: &str) -> Vec<Content> {
    let invitation = |first_signatory: Option<String>, forwarded, reminder| Content::Invitation {
        parties: parties(name),
        link: LINK.to_owned(),
        expires: time("2026-12-22T10:14:00Z"),
        check_code: "K7QM-2XPD".to_owned(),
        agreements: vec![terms(name), terms("two")],
        first_signatory,
        forwarded,
        reminder,
    };
    let confirmation = |receipt, to_contact_point| Content::Confirmation {
        parties: parties(name),
        agreements: vec![terms(name)],
        signatories: vec![format!("Åsa {name}"), "Bo Ek".to_owned()],
        time: time("2026-11-22T09:04:59Z"),
        receipt,
        contest_link: LINK.to_owned(),
        to_contact_point,
    };
    vec![
        invitation(None, false, false),
        invitation(Some(format!("Åsa {name}")), true, true),
        confirmation(Some((format!("ombord-receipt-1{name}.txt"), format!("ombord-receipt/1\n{name}\n"))), false),
        confirmation(None, true),
        Content::AcceptanceAttested {
            parties: parties(name),
            agreements: vec![terms(name)],
            time: time("2026-11-22T09:04:59Z"),
            contest_link: LINK.to_owned(),
        },
        Content::AcceptanceGiven {
            parties: parties(name),
            agreements: vec![terms(name)],
            time: time("2026-11-22T09:04:59Z"),
            contest_link: LINK.to_owned(),
        },
        Content::DeclineGiven {
            parties: parties(name),
            agreements: vec![terms(name), terms("two")],
            time: time("2026-11-22T09:04:59Z"),
        },
        Content::ConnectionConfirmed {
            parties: parties(name),
            time: time("2026-11-22T09:04:59Z"),
            contest_link: LINK.to_owned(),
        },
        Content::NewVersion {
            parties: parties(name),
            agreement: terms(name),
            effective: time("2026-12-31T23:00:00Z"),
            accept_by: Some(time("2027-01-31T23:00:00Z")),
            page: LINK.to_owned(),
        },
        Content::NewVersion {
            parties: parties(name),
            agreement: terms(name),
            effective: time("2026-12-31T23:00:00Z"),
            accept_by: None,
            page: LINK.to_owned(),
        },
        contested(name, vec![terms(name), terms("two")]),
        contested(name, Vec::new()),
        Content::Checkpoint { note: format!("brev.example/0198\n1234\nroot=\n\n— brev {name}\n") },
    ]
}

/// What the operator is told of a contest.
fn contested(name: &str, agreements: Vec<Named>) -> Content {
    Content::Contested {
        integrator_name: parties(name).integrator_name,
        integrator_id: IntegratorId::parse("lonebyran").unwrap(),
        sender_id: SenderId("0198c1d2-0000-7000-8000-000000000002".parse().unwrap()),
        agreements,
        subject: "0198c1d2-0000-7000-8000-000000000001".to_owned(),
        until: time("2026-11-28T00:00:00Z"),
    }
}

fn operator() -> Operator {
    Operator {
        name: "Brevlådan AB".to_owned(),
        privacy_notice: Some("https://brev.example/integritet".to_owned()),
        email: None,
    }
}

fn written(language: Language, content: Content) -> Written {
    let message_id = MessageId("0198c1d2-0000-7000-8000-000000000001".parse().unwrap());
    write(&Letter { message_id, to: "lon@company.example".to_owned(), language, content }, &operator())
}

/// What a browser would show of the HTML, roughly: tags out, entities back.
fn shown(html: &str) -> String {
    let (_, body) = html.split_once("<body").unwrap();
    let words: String =
        body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| format!("{text} ")).collect();
    let words = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(words, |text, (from, to)| text.replace(from, to));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_mail_says_the_same_in_text_and_html() {
    for language in BOTH {
        for content in contents("i Norr & Söner AB") {
            let mail = written(language, content);
            let text = mail.text.replace("\n-- \n", "\n").replace("\n- ", "\n").replace("- Vil", "Vil");
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            assert_eq!(text, shown(&mail.html).to_lowercase());
            assert!(!mail.subject.is_empty() && mail.subject.chars().count() <= 150);
            assert!(
                mail.text.lines().all(|line| line.chars().count() <= 72 || line.starts_with("https://")),
                "{}",
                mail.text
            );
        }
    }
}

#[test]
fn the_link_stands_once_in_full_and_alone() {
    for language in BOTH {
        for content in contents("x") {
            let has_link = !matches!(
                content,
                Content::Contested { .. } | Content::Checkpoint { .. } | Content::DeclineGiven { .. }
            );
            let mail = written(language, content);
            assert_eq!(mail.text.lines().filter(|line| *line == LINK).count(), usize::from(has_link));
            assert_eq!(mail.text.matches(LINK).count(), usize::from(has_link));
            assert_eq!(mail.html.matches(&format!("<a href=\"{LINK}\">{LINK}</a>")).count(), usize::from(has_link));
            assert!(!mail.subject.contains("://"));
        }
    }
}

#[test]
fn nothing_is_loaded_and_nothing_watches() {
    for language in BOTH {
        for content in contents("x") {
            let html = written(language, content).html.to_lowercase();
            for word in
                ["<img", "<script", "<link", "<iframe", "<object", "src=", "@import", "url(", "http://", "onload"]
            {
                assert!(!html.contains(word), "{word}");
            }
            assert!(html.contains("color-scheme") && html.contains("<title>"));
        }
    }
}

#[test]
fn an_invitation_names_the_integrator_first_the_last_day_and_the_code() {
    let mail = written(Language::Sv, contents("i Norr").remove(0));
    assert_eq!(mail.subject, "Lönebyrån i Norr ber Bageriet i Norr att läsa och godkänna avtal");
    let first = mail.text.lines().nth(2).unwrap();
    assert!(first.starts_with("Lönebyrån i Norr, er lönebyrå, skickar post för Bageriet i Norr"), "{first}");
    let joined = |mail: &Written| mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "- Villkor i Norr, version 2026-01 ",
        "senast den 21 december 2026: https://",
        "Ring Lönebyrån i Norr på ett nummer som ni redan har",
        "De ska säga: K7QM-2XPD",
        "Vi ber aldrig om betalning",
        "https://brev.example/integritet",
        "choose English",
    ] {
        assert!(joined(&mail).contains(part), "{part}\n{}", mail.text);
    }
    let mail = written(Language::En, contents("i Norr").remove(1));
    assert_eq!(mail.subject, "Reminder: Lönebyrån i Norr asks Bageriet i Norr to read and accept agreements");
    for part in ["Åsa i Norr has accepted already", "passed it on", "by 21 December 2026:", "- Terms i Norr, version"]
    {
        assert!(joined(&mail).contains(part), "{part}\n{}", mail.text);
    }
}

#[test]
fn a_confirmation_brings_the_receipt_to_the_byte() {
    for language in BOTH {
        let mail = written(language, contents("x").remove(2));
        let file = mail.attachment.unwrap();
        assert_eq!((file.name.as_str(), file.text.as_str()), ("ombord-receipt-1x.txt", "ombord-receipt/1\nx\n"));
        assert!(mail.text.contains("ombord-receipt-1x.txt") && mail.text.contains("22 "));
        assert!(written(language, contents("x").remove(3)).attachment.is_none());
    }
    let note = written(Language::En, contents("x").pop().unwrap());
    assert_eq!(note.subject, "Checkpoint 1234 of brev.example/0198");
    assert_eq!(note.attachment.unwrap().text, "brev.example/0198\n1234\nroot=\n\n— brev x\n");
}

#[test]
fn the_operator_is_told_what_is_contested_and_how_to_look_it_up() {
    let joined = |content| written(Language::En, content).text.split_whitespace().collect::<Vec<_>>().join(" ");
    let act = joined(contested("i Norr", vec![terms("x")]));
    for part in [
        "that it accepted this through Lönebyrån i Norr: - Terms x, version 2026-01 ",
        "- Acceptance: 0198c1d2-0000-7000-8000-000000000001 - Sender: 0198c1d2-0000-7000-8000-000000000002 ",
        "- Integrator: lonebyran It counts to and including 27 November 2026.",
    ] {
        assert!(act.contains(part), "{part}\n{act}");
    }
    let connection = joined(contested("i Norr", Vec::new()));
    assert!(connection.contains("that Lönebyrån i Norr may send mail for it. "), "{connection}");
    assert!(connection.contains("- Connection: 0198c1d2-"), "{connection}");
}

#[test]
fn hostile_names_are_words_and_nothing_else() {
    for name in [
        "</p><script>alert(1)</script><img src=x onerror=alert(1)>",
        "\" onmouseover=\"x",
        "x\r\nBcc: a@b.se\r\n\r\nhttps://evil.example/",
        "x\u{2028}https://evil.example/ \u{202e}gro",
        "&lt;script&gt;",
    ] {
        for language in BOTH {
            for content in contents(name) {
                // A note is shown and attached as it is; the escaping is what guards it.
                let verbatim = matches!(content, Content::Checkpoint { .. });
                let mail = written(language, content);
                assert!(!mail.html.contains("<script") && !mail.html.contains("<img") && !mail.html.contains("\" on"));
                assert!(!mail.subject.chars().any(char::is_control));
                if !verbatim {
                    assert!(!mail.text.contains("https://evil") && !mail.html.contains("https://evil"));
                    assert!(!mail.text.contains(['\u{202e}', '\u{2028}', '\r']));
                }
            }
        }
    }
}

#[test]
fn what_was_erased_or_left_out_leaves_no_hole() {
    for language in BOTH {
        for mut content in contents("x") {
            if let Content::Invitation { parties, agreements, .. } | Content::Confirmation { parties, agreements, .. } =
                &mut content
            {
                parties.sender_name = String::new();
                agreements.iter_mut().for_each(|named| named.titles.clear());
            }
            if let Content::Confirmation { signatories, .. } = &mut content {
                signatories.clear();
            }
            let message_id = MessageId("0198c1d2-0000-7000-8000-000000000001".parse().unwrap());
            let letter = Letter { message_id, to: "lon@company.example".to_owned(), language, content };
            let mail = write(&letter, &Operator::default());
            assert!(
                !mail.text.contains("  ,") && !mail.text.contains(" ,") && !mail.text.contains(" :"),
                "{}",
                mail.text
            );
        }
    }
}

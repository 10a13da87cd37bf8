//! What stands on the pages.

use super::{
    fake::Fake,
    get, link, post,
    samples::{HOSTILE, NAMES},
    site,
};
use crate::domain::ids::Digest;
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

fn shown() -> String {
    Digest::of(b"shown").to_string()
}

/// A person who is complete.
const PERSON: &[(&str, &str)] = &[
    ("full_name", "Åsa <Öl> \"meback\""),
    ("role", "Chef"),
    ("email", "asa@bageriet.example"),
    ("authority_basis", "POSITION"),
    ("contact", "dataskydd@bageriet.example"),
];

/// A link's sample, what is posted to it, and the status of the answer.
type Step = (&'static str, Vec<(&'static str, &'static str)>, u16);

/// Posts that lead to each page of the form.
fn steps() -> Vec<Step> {
    let with = |more: &[(&'static str, &'static str)]| [PERSON, more].concat();
    let two = [("two", "on"), ("second_name", "Bo"), ("second_email", "bo@bageriet.example")];
    let group = [("covered", "556016-0680"), ("group_permission", "on"), ("retroactive", "on")];
    vec![
        ("form", vec![("do", "person")], 200),
        ("form", vec![("do", "review"), ("two", "on"), ("covered", "1")], 422),
        ("form", with(&[("do", "review")]), 200),
        ("form", [with(&[("do", "review")]), two.to_vec(), group.to_vec()].concat(), 200),
        ("form", with(&[("do", "accept")]), 422),
        ("form", vec![("do", "accept")], 422),
        ("form", with(&[("do", "back")]), 200),
        ("form", vec![("do", "forward"), ("recipient", HOSTILE)], 422),
        ("form", vec![("do", "decline")], 200),
        ("form", vec![("do", "decline-confirm"), ("at", "decline")], 422),
        ("form", with(&[("do", "decline-confirm"), ("at", "decline"), ("authority", "on")]), 200),
        ("form", with(&[("do", "decline-confirm"), ("at", "decline-confirm"), ("authority", "on")]), 422),
        ("newer", vec![("do", "decline")], 200),
        ("sole", vec![("do", "person")], 200),
        ("two", vec![("do", "person")], 200),
        ("joint", vec![("do", "person")], 200),
        ("joint", with(&[("do", "review")]), 200),
        ("hostile", vec![("do", "person"), ("full_name", HOSTILE)], 200),
        ("waits", vec![("do", "second"), ("second_email", HOSTILE)], 422),
        ("superseded", vec![("do", "resend")], 429),
    ]
}

/// Every page in both languages, with where it came from.
async fn all() -> Vec<(String, String)> {
    let site = site(&Arc::<Fake>::default());
    let mut pages = Vec::new();
    for lang in ["sv", "en"] {
        for name in NAMES.iter().chain(&["none"]) {
            let answer = get(&site, &format!("{}?lang={lang}&done=contest", link(name))).await;
            let closed = ["expired", "superseded", "cancelled"].contains(name);
            let expected = if *name == "none" {
                404
            } else if closed {
                410
            } else {
                200
            };
            assert_eq!(answer.status, expected, "{name}");
            pages.push((format!("{name} {lang}"), answer.body));
        }
        for (name, form, status) in steps() {
            let mut posted = vec![("lang", lang)];
            let shown = shown();
            posted.push(("shown", &shown));
            posted.extend(&form);
            let answer = post(&site, &link(name), &posted).await;
            assert_eq!(answer.status, status, "{name} {form:?}");
            pages.push((format!("{name} {form:?} {lang}"), answer.body));
        }
        let answer = post(&site, &link("form"), &[("do", "review"), ("shown", "old"), ("lang", lang)]).await;
        assert_eq!(answer.status, 409);
        pages.push((format!("changed {lang}"), answer.body));
        for path in ["/", "/agreements", "/keys", "/nowhere"] {
            pages.push((format!("{path} {lang}"), get(&site, &format!("{path}?lang={lang}")).await.body));
        }
    }
    pages
}

/// The values of an attribute, wherever it stands.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let mark = format!(" {attribute}=\"");
    page.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn pages_are_complete_and_hold_nothing_hostile() {
    for (name, page) in all().await {
        let lang = name.rsplit(' ').next().unwrap();
        assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{name}");
        for wrong in [
            "<script",
            "javascript:",
            " style=",
            " on",
            "http-equiv",
            "<img",
            "<iframe",
            "{integrator}",
            "{operator}",
            "{time}",
        ] {
            let found = page.match_indices(wrong).find(|(at, _)| wrong != " on" || handler(&page[*at..]));
            assert!(found.is_none(), "{name} holds {wrong}: {}", &page[found.unwrap().0..][..80]);
        }
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert_eq!(page.matches("<main").count(), 1, "{name}");
        let ids = values(&page, "id");
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name} has an id twice: {ids:?}");
        for address in values(&page, "href") {
            let own = address.starts_with('/') || address.starts_with('#') || address.starts_with("?lang=");
            assert!(
                own || address == "https://example.com/privacy" || address.starts_with("mailto:"),
                "{name}: {address}"
            );
            if let Some(anchor) = address.strip_prefix('#') {
                assert!(ids.contains(&anchor), "{name}: nothing is #{anchor}");
            }
        }
        for described in values(&page, "aria-describedby").into_iter().chain(values(&page, "aria-labelledby")) {
            for id in described.split_whitespace() {
                assert!(ids.contains(&id), "{name}: nothing is {id}");
            }
        }
    }
}

/// Whether ` on` begins an attribute such as `onclick=`.
fn handler(text: &str) -> bool {
    let word: String = text[1..].chars().take_while(char::is_ascii_alphabetic).collect();
    word.len() > 2 && text[1 + word.len()..].starts_with('=')
}

#[tokio::test]
async fn every_field_has_a_label_and_faults_are_linked() {
    for (name, page) in all().await {
        let labels = values(&page, "for");
        for field in ["<input", "<textarea"] {
            for (at, _) in page.match_indices(field) {
                let tag = page[at..].split('>').next().unwrap();
                if !tag.contains("type=\"hidden\"") {
                    let id = values(tag, "id")[0];
                    assert!(labels.contains(&id), "{name}: {id} has no label");
                }
            }
        }
        assert_eq!(page.contains("aria-invalid"), page.contains("id=\"faults\"") && !only_radios(&page), "{name}");
        let error = page.contains("<title>Fel: ") || page.contains("<title>Error: ");
        assert_eq!(error, page.contains("role=\"alert\" tabindex=\"-1\" autofocus id=\"faults\""), "{name}");
    }
}

/// Whether the only faulty field is the group of radio buttons, which is marked as a whole.
fn only_radios(page: &str) -> bool {
    !page.contains("aria-invalid")
}

#[tokio::test]
async fn what_was_typed_is_kept_from_step_to_step_and_in_both_languages() {
    let site = site(&Arc::<Fake>::default());
    let shown = shown();
    let typed = [PERSON, &[("covered", "556016-0680\r\n559999-9017"), ("two", "on"), ("second_name", "Bo")]].concat();
    let escaped = "Åsa &#60;Öl&#62; &#34;meback&#34;";
    for (act, at) in [
        ("person", ""),
        ("review", ""),
        ("back", ""),
        ("decline", ""),
        ("accept", ""),
        ("", "person"),
        ("", "accept"),
        ("", "about"),
    ] {
        let form = [&typed[..], &[("do", act), ("at", at), ("shown", &shown), ("lang", "sv"), ("lang", "en")]].concat();
        let page = post(&site, &link("form"), &form).await.body;
        assert!(page.contains("<html lang=\"en\">"), "{act} {at}");
        assert!(page.contains(&format!("value=\"{escaped}\"")), "{act} {at}");
        assert!(page.contains("556016-0680\r\n559999-9017"), "{act} {at}");
        assert!(page.contains("value=\"POSITION\""), "{act} {at}");
        assert!(page.contains(&format!("name=\"shown\" value=\"{shown}\"")), "{act} {at}");
    }
}

#[tokio::test]
async fn posts_lead_back_to_the_page_of_the_link() {
    let fake = Arc::<Fake>::default();
    let (site, shown) = (site(&fake), shown());
    let all = [
        PERSON,
        &[
            ("do", "accept"),
            ("agree", "general-terms"),
            ("agree", "dpa-payslip"),
            ("authority", "on"),
            ("shown", &shown),
        ],
    ];
    let no = [
        PERSON,
        &[
            ("do", "decline-confirm"),
            ("at", "decline-confirm"),
            ("confirm", "on"),
            ("authority", "on"),
            ("shown", &shown),
        ],
    ];
    for (form, to) in [
        (all.concat(), ""),
        (no.concat(), ""),
        (vec![("do", "forward"), ("recipient", "bo@bageriet.example")], "?done=forward"),
        (vec![("do", "not-ours")], ""),
        (vec![("do", "resend"), ("lang", "en")], "?lang=en&done=resend"),
        (vec![("do", "contest")], "?done=contest"),
        (vec![("do", "second"), ("second_email", "bo@bageriet.example")], "?done=second"),
    ] {
        let before = fake.written.load(Ordering::SeqCst);
        let answer = post(&site, &link("form"), &form).await;
        assert_eq!(
            (answer.status, answer.headers["location"].to_str().unwrap()),
            (303, &*format!("{}{to}", link("form")))
        );
        assert_eq!(fake.written.load(Ordering::SeqCst), before + 1, "{form:?}");
    }
    // The confirmation of a decline counts on the second page only.
    let early = [
        PERSON,
        &[("do", "decline-confirm"), ("at", "decline"), ("confirm", "on"), ("authority", "on"), ("shown", &shown)],
    ];
    assert_eq!(post(&site, &link("form"), &early.concat()).await.status, 200);
}

#[tokio::test]
async fn nothing_is_ticked_that_the_reader_did_not_tick() {
    let site = site(&Arc::<Fake>::default());
    let shown = shown();
    let form =
        [PERSON, &[("do", "review"), ("agree", "general-terms"), ("authority", "on"), ("shown", &shown)]].concat();
    let again =
        [PERSON, &[("at", "accept"), ("agree", "general-terms"), ("authority", "on"), ("shown", &shown)]].concat();
    for page in [
        post(&site, &link("form"), &[("do", "person"), ("shown", &shown)]).await.body,
        post(&site, &link("form"), &again).await.body,
        get(&site, &link("form")).await.body,
    ] {
        assert!(!page.contains(" checked"));
    }
    let page = post(&site, &link("form"), &form).await.body;
    assert_eq!(page.matches("type=\"checkbox\"").count(), 3, "two agreements and the authority");
}

#[tokio::test]
async fn the_receipt_and_the_texts_are_files() {
    let site = site(&Arc::<Fake>::default());
    let receipt = get(&site, &format!("{}/receipt", link("accepted"))).await;
    assert_eq!(receipt.headers["content-disposition"], "attachment; filename=\"ombord-receipt-0190a1b2.txt\"");
    assert_eq!(
        (receipt.headers["content-type"].to_str().unwrap(), &*receipt.body),
        ("text/plain; charset=utf-8", "ombord-receipt/1\nåäö\n")
    );
    let text = get(&site, &format!("{}/document/dpa-payslip/2026-01/en", link("form"))).await;
    assert_eq!((text.status, &*text.body), (200, include_str!("../../cli/samples/dpa-payslip.en.md")));
    for path in ["document/dpa-payslip/2026-02/en", "document/dpa-payslip/2026-01/de", "receipt"] {
        assert_eq!(get(&site, &format!("{}/{path}", link("form"))).await.status, 404, "{path}");
    }
    assert_eq!(get(&site, &format!("{}/receipt", link("invalid"))).await.status, 404);
}

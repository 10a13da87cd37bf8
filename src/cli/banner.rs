//! What `serve --dev` prints: a token per role, a story of grpcurl lines that work as pasted from top to bottom, and the
//! ready-made senders.

use super::{
    demo::Who,
    dev_data::{DevData, INTEGRATOR},
};
use crate::domain::{
    ids::Digest,
    ledger::canonical::canonical,
    specification::{LocalText, ProcessingPlace, Specification},
    vocabulary::Language,
};
use std::{io::Write, net::SocketAddr, path::Path};

/// Who speaks in the lines below, by the variable that holds the token.
const TOKENS: &[(&str, Who, &str)] = &[
    ("OPERATOR", Who::Operator("anna"), "operator staff"),
    ("OPERATOR_2", Who::Operator("bo"), "a second operator, to approve exceptions"),
    ("INTEGRATOR", Who::Integrator("lonebyran"), "the integrator lonebyran"),
    ("GATEWAY", Who::Gateway, "the send gateway"),
    ("AUDITOR", Who::Auditor, "an auditor"),
    ("EXAMPLES", Who::Integrator(INTEGRATOR), "the integrator of most ready-made senders"),
];

/// Without it an interactive zsh takes a comment for a command. Other shells pass over it.
const ZSH_COMMENTS: &str = r#"[ -z "$ZSH_VERSION" ] || setopt interactive_comments"#;

/// The text that the lines publish, and its annex.
const TEXT: &str = "# Data processing agreement for other mail\n\nWe deliver what you send and keep it for 75 days.\n";
const ANNEX: &str = r#"{"purpose": [{"language": "en", "text": "To deliver mail"}], "personal_data_categories": [], "data_subject_categories": [], "processing_places": [{"country": "SE", "description": []}], "undelivered_retention_days": 390, "support_retention_days": 75, "sub_processors": []}"#;

/// One line: what it shows, who speaks, the RPC, and the request with `<…>` for what is put in.
struct Line(&'static str, &'static str, &'static str, &'static str);

const STORY: &[Line] = &[
    Line(
        "An integrator is let in.",
        "OPERATOR",
        "IntegratorService/CreateIntegrator",
        r#"{"request_id": "00000000-0000-4000-8000-000000000001", "integrator_id": "lonebyran", "display_name": "Lönebyrån i Norr AB", "organisation_number": "559999-9017", "kind": "INTEGRATOR_KIND_PAYROLL_BUREAU", "email_domains": ["lonebyran.example"]}"#,
    ),
    Line(
        "A data processing agreement, beside the general terms and the one for payslips that are there already.",
        "OPERATOR",
        "AgreementService/CreateAgreement",
        r#"{"request_id": "00000000-0000-4000-8000-000000000002", "agreement_id": "dpa-other", "kind": "AGREEMENT_KIND_DPA", "titles": [{"language": "en", "text": "DPA for other mail"}], "content_types": ["CONTENT_TYPE_OTHER"], "enforcement": "ENFORCEMENT_REQUIRED"}"#,
    ),
    Line(
        "Its first version.",
        "OPERATOR",
        "AgreementService/PublishAgreementVersion",
        r#"{"request_id": "00000000-0000-4000-8000-000000000003", "agreement_id": "dpa-other", "version": "1", "documents": [{"language": "en", "markdown": <text>}], "specification": <annex>, "change_class": "CHANGE_CLASS_MAJOR", "reacceptance_grace": "2592000s"}"#,
    ),
    Line(
        "The integrator registers a company.",
        "INTEGRATOR",
        "SenderService/RegisterSender",
        r#"{"request_id": "00000000-0000-4000-8000-000000000004", "organisation_number": "556016-0680", "legal_name": "Telefonaktiebolaget LM Ericsson", "external_reference": "K-1001", "content_types": ["CONTENT_TYPE_OTHER"], "contact_point": {"email": "dataskydd@ericsson.example"}}"#,
    ),
    Line(
        "May it send? DENY: nothing shows that the company wants this integrator.",
        "GATEWAY",
        "GateService/CheckSend",
        CHECK,
    ),
    Line(
        "Its authorised person has accepted both agreements; the integrator records it, in one act.",
        "INTEGRATOR",
        "AcceptanceService/RecordAcceptance",
        r#"{"request_id": "00000000-0000-4000-8000-000000000005", "external_reference": "K-1001", "documents": [{"agreement_id": "general-terms", "version": "<terms.version>", "language": "<terms.language>", "document_sha256": "<terms.document>", "specification_sha256": "<terms.specification>"}, {"agreement_id": "dpa-other", "version": "1", "language": "en", "document_sha256": "<dpa.document>", "specification_sha256": "<dpa.specification>"}], "signatories": [{"full_name": "Åsa Ölmeback", "role": "Ekonomichef", "email": "asa.olmeback@ericsson.example", "authority_basis": "AUTHORITY_BASIS_AUTHORISED_SIGNATORY"}], "authority_declared": true, "method": "ACCEPTANCE_METHOD_INTEGRATOR_FORM", "evidence": [{"kind": "EVIDENCE_KIND_CLICK_RECORD", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}"#,
    ),
    Line("May it send? ALLOW.", "GATEWAY", "GateService/CheckSend", CHECK),
    Line("Why?", "OPERATOR", "GateService/ExplainSend", CHECK),
    Line("What the ledger has of it.", "AUDITOR", "LedgerService/ListEntries", r#"{"integrator_id": "lonebyran"}"#),
];
const CHECK: &str =
    r#"{"organisation_number": "556016-0680", "integrator_id": "lonebyran", "content_type": "CONTENT_TYPE_OTHER"}"#;

/// Prints all of it.
pub(crate) fn print(
    out: &mut dyn Write,
    address: SocketAddr,
    mint: &dyn Fn(Who) -> String,
    mails: Option<&Path>,
    data: &DevData,
) -> anyhow::Result<()> {
    writeln!(
        out,
        "{ZSH_COMMENTS}\n# Ombord listens on {address}, for development only. Everything here can be pasted into a shell.\n"
    )?;
    for (variable, who, meaning) in TOKENS {
        writeln!(out, "# {meaning}\nexport {variable}={}", mint(*who))?;
    }
    if let Some(mails) = mails {
        writeln!(
            out,
            "\n# Mails are written as files, a moment after what they tell of; their links work.\nexport MAIL_FOLDER='{}'",
            mails.display().to_string().replace('\'', r"'\''")
        )?;
    }
    if let Some(trouble) = &data.trouble {
        writeln!(
            out,
            "\n# The database was not empty, and the ready-made senders could not all be made:\n# {trouble}"
        )?;
    }
    let filled = filled(data)?;
    for (place, Line(shows, token, rpc, request)) in (1..).zip(STORY) {
        // Without general terms in the database there is nothing to accept them by.
        let request = filled.iter().fold((*request).to_owned(), |text, (mark, value)| text.replace(mark, value));
        if request.contains('<') {
            continue;
        }
        writeln!(out, "\n# {place}. {shows}\n{}", call(address, token, rpc, &request))?;
    }
    senders(out, address, data)?;
    Ok(out.flush()?)
}

/// What is put into the lines: the digests that an acceptance must name.
fn filled(data: &DevData) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut filled = vec![
        ("<text>", serde_json::to_string(TEXT)?),
        ("<annex>", ANNEX.to_owned()),
        ("<dpa.document>", Digest::of(TEXT.as_bytes()).to_string()),
        ("<dpa.specification>", Digest::of(canonical(&annex())?.as_bytes()).to_string()),
    ];
    if let Some(terms) = data.terms.clone() {
        filled.extend([
            ("<terms.version>", terms.version),
            ("<terms.language>", terms.language),
            ("<terms.document>", terms.document_sha256),
            ("<terms.specification>", terms.specification_sha256),
        ]);
    }
    Ok(filled)
}

/// [`ANNEX`] as the service reads it.
fn annex() -> Specification {
    let text = LocalText { language: Language::En, text: "To deliver mail".to_owned() };
    Specification {
        purpose: vec![text],
        processing_places: vec![ProcessingPlace { country: "SE".to_owned(), description: Vec::new() }],
        undelivered_retention_days: 390,
        support_retention_days: 75,
        ..Specification::default()
    }
}

fn call(address: SocketAddr, token: &str, rpc: &str, request: &str) -> String {
    format!("grpcurl -plaintext -H \"authorization: Bearer ${token}\" -d '{request}' {address} ombord.v1.{rpc}")
}

/// The table of ready-made senders, each line a comment, and one call that asks about any of them.
fn senders(out: &mut dyn Write, address: SocketAddr, data: &DevData) -> anyhow::Result<()> {
    writeln!(
        out,
        "\n# A sender for each reason that calls alone bring about. Its external_reference is the name of the reason."
    )?;
    writeln!(out, "# {:<32} {:<15} {:<13} {:<8} answer", "reason", "integrator_id", "number", "type")?;
    for sender in &data.senders {
        let question = &sender.question;
        let content_type = question.content_type.as_str_name();
        let content_type = content_type.strip_prefix("CONTENT_TYPE_").unwrap_or(content_type);
        let answer =
            if sender.shows { sender.answer.clone() } else { format!("{}, without this reason", sender.answer) };
        let reason = sender.reason;
        writeln!(out, "# {reason:<32} {:<15} {:<13} {content_type:<8} {answer}", question.through, question.number)?;
    }
    writeln!(out, "# The others take a person who follows the link in a mail:")?;
    for (reason, how) in &data.by_a_person {
        writeln!(out, "# {reason:<32} {how}")?;
    }
    let request = format!(
        r#"{{"external_reference": "AGREEMENT_DECLINED", "integrator_id": "{INTEGRATOR}", "content_type": "CONTENT_TYPE_PAYSLIP"}}"#
    );
    writeln!(out, "{}", call(address, "GATEWAY", "GateService/CheckSend", &request))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb;

    fn printed() -> String {
        let terms = pb::AcceptedDocument { version: "1".to_owned(), language: "sv".to_owned(), ..Default::default() };
        let by_a_person = vec![("CONTESTED", "contest it")];
        let data = DevData { senders: Vec::new(), by_a_person, terms: Some(terms), trouble: None };
        let mut out = Vec::new();
        print(
            &mut out,
            "127.0.0.1:50051".parse().unwrap(),
            &|who| format!("{who:?}").replace(['"', '(', ')'], ""),
            Some(Path::new("/tmp/mail")),
            &data,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_line_is_json_in_one_pair_of_quotes_with_nothing_left_open() {
        let printed = printed();
        let lines: Vec<_> = printed.lines().filter(|line| line.starts_with("grpcurl")).collect();
        assert_eq!(lines.len(), STORY.len() + 1);
        for line in lines {
            let parts: Vec<_> = line.split('\'').collect();
            assert_eq!(parts.len(), 3, "{line}");
            assert!(!parts[1].contains('<'), "{line}");
            serde_json::from_str::<serde_json::Value>(parts[1]).unwrap();
            assert!(TOKENS.iter().any(|(variable, ..)| parts[0].contains(&format!("Bearer ${variable}\""))), "{line}");
        }
    }

    /// A shell that takes a comment for a command must not wait for the end of a quote.
    #[test]
    fn every_comment_is_a_line_of_its_own_without_quotes() {
        let printed = printed();
        for line in printed.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix('#') {
                Some(comment) => assert!(!comment.contains(['\'', '"', '`']), "{line}"),
                None => assert!(!line.contains(" # "), "{line}"),
            }
        }
    }

    #[test]
    fn the_digest_is_that_of_the_annex_in_the_line() {
        let sent: serde_json::Value = serde_json::from_str(ANNEX).unwrap();
        // The ledger writes languages in upper case.
        assert_eq!(canonical(&annex()).unwrap().to_lowercase(), canonical(&sent).unwrap().to_lowercase());
    }

    #[test]
    fn request_ids_are_uuids_each_used_once() {
        let printed = printed();
        let ids: Vec<_> = printed.split("\"request_id\": \"").skip(1).map(|rest| &rest[..36]).collect();
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
        assert!(ids.iter().all(|id| uuid::Uuid::try_parse(id).is_ok()));
    }
}

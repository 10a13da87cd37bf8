//! How questions read: the RPC, and what of the request matters.

use super::{
    call::{Act, Call, Company, Question, Version, When},
    words::short,
};

/// The RPC of a call, and what the request says.
pub(super) fn asked(call: &Call) -> (&'static str, String) {
    match call {
        Call::CreateIntegrator { slug, name, kind, domain, .. } => (
            "IntegratorService/CreateIntegrator",
            format!("{slug}: {name}, {}, staff at {domain}", short(kind.as_str_name(), "INTEGRATOR_KIND_")),
        ),
        Call::SuspendIntegrator { slug } => ("IntegratorService/SuspendIntegrator", (*slug).to_owned()),
        Call::CreateAgreement { agreement, kind, content_types, .. } => {
            let kind = short(kind.as_str_name(), "AGREEMENT_KIND_");
            let types: Vec<_> = content_types.iter().map(|t| short(t.as_str_name(), "CONTENT_TYPE_")).collect();
            let types = if types.is_empty() { String::new() } else { format!(" for {}", types.join(", ")) };
            ("AgreementService/CreateAgreement", format!("{agreement}: {kind}{types}, REQUIRED"))
        }
        Call::RequireMore { agreement, integrator, minimum } => (
            "AgreementService/SetEnforcement",
            format!(
                "{agreement} through {integrator}: REQUIRED, at least {}",
                short(minimum.as_str_name(), "ASSURANCE_")
            ),
        ),
        Call::ShowImpact(version) => {
            ("AgreementService/PublishAgreementVersion", format!("{}, validate_only", published(version)))
        }
        Call::Publish(version, acknowledged) => (
            "AgreementService/PublishAgreementVersion",
            format!("{}, acknowledged_denials {acknowledged}", published(version)),
        ),
        Call::Propose { integrator, reference, hours, reason } => {
            let whom = if reference.is_empty() {
                format!("all senders of {integrator}")
            } else {
                format!("{reference} of {integrator}")
            };
            ("ExceptionService/ProposeException", format!("{whom}, for {hours} hours: {reason:?}"))
        }
        Call::ApproveException => ("ExceptionService/ApproveException", "the exception just proposed".to_owned()),
        Call::EndException => ("ExceptionService/EndException", "the exception just proposed".to_owned()),
        Call::SuspendSender { reference, .. } => ("SenderService/SuspendSender", (*reference).to_owned()),
        Call::Invalidate => ("AcceptanceService/InvalidateAcceptance", "the acceptance recorded last".to_owned()),
        Call::Bounce(kind) => ("MailService/RecordDelivery", format!("the last mail of {}", kind.as_str_name())),
        Call::Register(company) => ("SenderService/RegisterSender", registered(company)),
        Call::RegisterAll(companies) => {
            let rows: Vec<_> = companies.iter().map(registered).collect();
            ("SenderService/BatchRegisterSenders", rows.join("\n"))
        }
        Call::Confirm { reference } => {
            ("SenderService/ConfirmConnection", format!("{reference}, evidence: INSTRUCTION"))
        }
        Call::EndConnection { reference } => ("SenderService/EndConnection", (*reference).to_owned()),
        Call::Accept(act) => ("AcceptanceService/RecordAcceptance", accepted(act)),
        Call::Invite { reference, email } => ("AcceptanceService/CreateInvitation", format!("{reference}: {email}")),
        Call::Follow { email } => ("the form", format!("by the link mailed to {email}")),
        Call::Verify { email } => ("ombord receipt verify", format!("the file mailed to {email}")),
        Call::Decline { reference, agreement, version } => {
            ("AcceptanceService/RecordDecline", format!("{reference}: {agreement} {version}"))
        }
        Call::EndCoverage { number } => ("AcceptanceService/EndGroupCoverage", (*number).to_owned()),
        Call::Status { reference } => ("AcceptanceService/GetAcceptanceStatus", (*reference).to_owned()),
        Call::Check(question) => ("GateService/CheckSend", questioned(question)),
        Call::CheckAll { through, numbers, at } => {
            ("GateService/BatchCheckSend", format!("PAYSLIP through {through}{}: {}", instant(*at), numbers.join(", ")))
        }
        Call::Explain(question) => ("GateService/ExplainSend", questioned(question)),
        Call::Ledger => ("LedgerService/ListEntries", "all".to_owned()),
    }
}

fn published(version: &Version) -> String {
    let from = if version.effective.is_empty() { "now" } else { version.effective };
    format!(
        "{} {}: sv, en, MAJOR, in force from {from}, {} hours to accept again",
        version.agreement, version.label, version.grace_hours
    )
}

fn registered(company: &Company) -> String {
    let contact =
        if company.contact.is_empty() { String::new() } else { format!(", contact point {}", company.contact) };
    format!("{}: {} {:?}{contact}", company.reference, company.number, company.name)
}

fn accepted(act: &Act) -> String {
    let documents: Vec<_> = act.documents.iter().map(|(agreement, version)| format!("{agreement} {version}")).collect();
    let mut text = format!("{}: {}", act.reference, documents.join(" and "));
    text.push_str(&format!("\nmethod {}", short(act.method.as_str_name(), "ACCEPTANCE_METHOD_")));
    for (word, value) in [("given", act.accept_time), ("by", act.signatory)] {
        if !value.is_empty() {
            text.push_str(&format!(", {word} {value}"));
        }
    }
    if !act.contact.is_empty() {
        text.push_str(&format!("\ncontact point {}", act.contact));
    }
    if act.retroactive {
        text.push_str("\nwith retroactive delivery");
    }
    let (covered, permitted) = act.covers;
    if !covered.is_empty() {
        let declared = if permitted { "with" } else { "without" };
        text.push_str(&format!("\nalso for {}, {declared} the declaration of their permission", covered.join(", ")));
    }
    text
}

fn questioned(question: &Question) -> String {
    let content_type = short(question.content_type.as_str_name(), "CONTENT_TYPE_");
    let through = if question.through.is_empty() { String::new() } else { format!(" through {}", question.through) };
    format!("may {} send {content_type}{through}{}?", question.number, instant(question.at))
}

fn instant(when: When) -> &'static str {
    match when {
        When::Now => "",
        When::Deadline => " at the deadline",
        When::ExceptionEnd => " at the exception's end",
    }
}

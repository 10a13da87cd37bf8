//! How calls and answers read: names without the prefixes that protobuf needs, and one line per fact.

use super::{
    call::{Act, Call, Company, Question, Version, When, Who},
    stage::Answer,
};
use crate::pb;
use std::fmt;
use tonic::Status;
use tonic_types::StatusExt;

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(subject) => write!(f, "operator {subject}"),
            Self::Integrator(slug) => write!(f, "integrator {slug}"),
            Self::Gateway => f.write_str("gateway"),
            Self::Auditor => f.write_str("auditor"),
        }
    }
}

/// `CREATED` of `REGISTRATION_OUTCOME_CREATED`.
pub(super) fn short(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// Whether a mutation changed anything.
pub(super) fn changed(changed: bool) -> &'static str {
    if changed { "changed" } else { "unchanged" }
}

/// The service's refusal: its reason, then what it says about it.
pub(super) fn refusal(status: &Status) -> Answer {
    let Some(info) = status.get_details_error_info() else {
        return Answer { said: vec![format!("failed: {:?}", status.code())], more: vec![status.message().to_owned()] };
    };
    let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    let mut more = vec![status.message().to_owned()];
    more.extend(violations.into_iter().map(|violation| format!("{}: {}", violation.field, violation.description)));
    Answer { said: vec![format!("refused: {}", info.reason)], more }
}

/// A reason with the agreement and the way out; `instant` names its deadline.
pub(super) fn reason(reason: &pb::ReasonDetail, instant: Option<&str>) -> String {
    let weight = if reason.severity() == pb::Severity::Deny { "deny" } else { "warn" };
    let mut line = format!("{weight} {}", code(reason.code()));
    if !reason.agreement_id.is_empty() {
        line = format!("{line} {}", reason.agreement_id);
    }
    if let Some(instant) = instant {
        line = format!("{line}, {instant}");
    }
    match &reason.remedy {
        Some(remedy) => format!("{line} → {}", way_out(remedy)),
        None => line,
    }
}

/// A reason's code.
pub(super) fn code(code: pb::Reason) -> &'static str {
    short(code.as_str_name(), "REASON_")
}

/// Who can clear it, and by what.
pub(super) fn way_out(remedy: &pb::Remedy) -> String {
    let actor = short(remedy.actor().as_str_name(), "REMEDY_ACTOR_");
    format!("{actor}: {}", short(remedy.action().as_str_name(), "REMEDY_ACTION_"))
}

/// A decision with its advice.
pub(super) fn decision(decision: pb::Decision, advice: pb::Advice) -> String {
    let word = short(decision.as_str_name(), "DECISION_");
    match advice {
        pb::Advice::Unspecified => word.to_owned(),
        advice => format!("{word}, {}", short(advice.as_str_name(), "ADVICE_")),
    }
}

/// A state of a connection.
pub(super) fn connection(state: pb::ConnectionState) -> &'static str {
    short(state.as_str_name(), "CONNECTION_STATE_")
}

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
            format!("{agreement} through {integrator}: REQUIRED, at least {}", short(minimum.as_str_name(), "ASSURANCE_")),
        ),
        Call::ShowImpact(version) => ("AgreementService/PublishAgreementVersion", format!("{}, validate_only", published(version))),
        Call::Publish(version, acknowledged) => {
            ("AgreementService/PublishAgreementVersion", format!("{}, acknowledged_denials {acknowledged}", published(version)))
        }
        Call::Propose { integrator, reference, hours, reason } => {
            let whom = if reference.is_empty() { format!("all senders of {integrator}") } else { format!("{reference} of {integrator}") };
            ("ExceptionService/ProposeException", format!("{whom}, for {hours} hours: {reason:?}"))
        }
        Call::ApproveException => ("ExceptionService/ApproveException", "the exception just proposed".to_owned()),
        Call::EndException => ("ExceptionService/EndException", "the exception just proposed".to_owned()),
        Call::SuspendSender { reference, .. } => ("SenderService/SuspendSender", (*reference).to_owned()),
        Call::Invalidate => ("AcceptanceService/InvalidateAcceptance", "the acceptance recorded last".to_owned()),
        Call::Register(company) => ("SenderService/RegisterSender", registered(company)),
        Call::RegisterAll(companies) => {
            let rows: Vec<_> = companies.iter().map(registered).collect();
            ("SenderService/BatchRegisterSenders", rows.join("\n"))
        }
        Call::Confirm { reference } => ("SenderService/ConfirmConnection", format!("{reference}, evidence: INSTRUCTION")),
        Call::EndConnection { reference } => ("SenderService/EndConnection", (*reference).to_owned()),
        Call::Accept(act) => ("AcceptanceService/RecordAcceptance", accepted(act)),
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
    format!("{} {}: sv, en, MAJOR, in force from {from}, {} hours to accept again", version.agreement, version.label, version.grace_hours)
}

fn registered(company: &Company) -> String {
    let contact = if company.contact.is_empty() { String::new() } else { format!(", contact point {}", company.contact) };
    format!("{}: {} {:?}{contact}", company.reference, company.number, company.name)
}

fn accepted(act: &Act) -> String {
    let documents: Vec<_> = act.documents.iter().map(|(agreement, version)| format!("{agreement} {version}")).collect();
    let mut text = format!("{}: {}", act.reference, documents.join(" and "));
    text.push_str(&format!(", {}", short(act.method.as_str_name(), "ACCEPTANCE_METHOD_")));
    for (word, value) in [("given", act.accept_time), ("by", act.signatory), ("contact point", act.contact)] {
        if !value.is_empty() {
            text.push_str(&format!(", {word} {value}"));
        }
    }
    if act.retroactive {
        text.push_str(", with retroactive delivery");
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

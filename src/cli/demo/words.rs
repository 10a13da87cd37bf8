//! How answers read: names without the prefixes that protobuf needs, and one line per fact.

use super::{call::Who, stage::Answer};
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
            Self::Person => f.write_str("the company's person"),
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
    // A single field stands in the message already.
    if violations.len() > 1 {
        more.extend(violations.into_iter().map(|violation| format!("{}: {}", violation.field, violation.description)));
    }
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

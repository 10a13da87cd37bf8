//! What the answers show.

use super::{Paired, texts, times};
use crate::{
    domain::{
        agreement::{DocumentDigest, EnforcementRule},
        impact::{Impact, Step},
        vocabulary::ChangeClass,
    },
    grpc::convert::reasons,
    pb,
    service::agreements::{VersionState, deadline, get::AgreementView, get_version::VersionView, publish::Published},
};

pub(super) fn agreement(view: AgreementView) -> pb::Agreement {
    let AgreementView { facts, enforced, version_in_force, latest_version, revision } = view;
    let label =
        |label: Option<crate::domain::ids::VersionLabel>| label.map(|label| label.to_string()).unwrap_or_default();
    pb::Agreement {
        agreement_id: facts.agreement_id.to_string(),
        kind: facts.kind.to_pb(),
        titles: texts::to_pb(&facts.titles),
        content_types: facts.content_types.iter().map(|content_type| content_type.to_pb()).collect(),
        enforcement: enforced.enforcement.to_pb(),
        minimum_assurance: enforced.minimum_assurance.to_pb(),
        enforcement_rules: facts.enforcement.iter().map(rule).collect(),
        version_in_force: label(version_in_force),
        latest_version: label(latest_version),
        create_time: Some(times::to_pb(facts.created)),
        revision,
    }
}

fn rule(rule: &EnforcementRule) -> pb::EnforcementRule {
    pb::EnforcementRule {
        integrator_id: rule.integrator_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        enforcement: rule.enforcement.to_pb(),
        minimum_assurance: rule.minimum_assurance.to_pb(),
        effective_time: Some(times::to_pb(rule.from)),
        revision: rule.revision,
    }
}

fn state(state: VersionState) -> i32 {
    let state = match state {
        VersionState::Scheduled => pb::AgreementVersionState::Scheduled,
        VersionState::InForce => pb::AgreementVersionState::InForce,
        VersionState::Superseded => pb::AgreementVersionState::Superseded,
        VersionState::Withdrawn => pb::AgreementVersionState::Withdrawn,
    };
    state as i32
}

fn digest(document: &DocumentDigest) -> pb::DocumentDigest {
    pb::DocumentDigest {
        language: texts::language(document.language).to_owned(),
        document_sha256: document.sha256.to_string(),
        pdf_sha256: document.pdf_sha256.map(|digest| digest.to_string()).unwrap_or_default(),
    }
}

pub(super) fn version(view: VersionView) -> pb::AgreementVersion {
    let VersionView { agreement_id, version, state: stands, withdrawn, revision } = view;
    let major = version.change_class == ChangeClass::Major;
    pb::AgreementVersion {
        agreement_id: agreement_id.to_string(),
        version: version.label.to_string(),
        state: state(stands),
        change_class: version.change_class.to_pb(),
        publish_time: Some(times::to_pb(version.published)),
        effective_time: Some(times::to_pb(version.effective)),
        reacceptance_grace: major
            .then(|| prost_types::Duration { seconds: i64::from(version.grace_seconds), nanos: 0 }),
        deadline_from: if major { version.deadline_from.to_pb() } else { 0 },
        deadline: deadline(&agreement_id, &version).map(times::to_pb),
        documents: version.documents.iter().map(digest).collect(),
        specification_sha256: version.specification_sha256.to_string(),
        withdraw_time: withdrawn.map(times::to_pb),
        revision,
    }
}

pub(super) fn published(published: Published) -> pb::PublishAgreementVersionResponse {
    pb::PublishAgreementVersionResponse {
        agreement_id: published.agreement_id.to_string(),
        version: published.version.to_string(),
        changed: published.changed,
        state: published.state.map_or(0, state),
        publish_time: Some(times::to_pb(published.published)),
        effective_time: Some(times::to_pb(published.effective)),
        deadline: published.deadline.map(times::to_pb),
        documents: published.documents.iter().map(digest).collect(),
        specification_sha256: published.specification_sha256.to_string(),
        impact: Some(impact(&published.impact)),
        revision: published.revision,
        ledger_id: published.ledger_id.to_string(),
    }
}

fn impact(impact: &Impact) -> pb::PublicationImpact {
    let count = |senders: u64| u32::try_from(senders).unwrap_or(u32::MAX);
    let step = |step: &Step| pb::ImpactStep {
        time: Some(times::to_pb(step.time)),
        reason: reasons::code(step.reason) as i32,
        newly_denied: count(step.newly_denied),
    };
    pb::PublicationImpact {
        denied_senders_total: count(impact.denied_senders),
        steps: impact.steps.iter().map(step).collect(),
    }
}

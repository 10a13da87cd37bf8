//! Answers of `AcceptanceService`. Those to changes are kept for a month and hold no personal data.

use crate::{
    domain::{
        ids::InvitationId,
        ledger::Author,
        reason::Reason,
        recording::Signer,
        standing::Outcome,
        vocabulary::{AuthorityBasis, ConnectionState},
    },
    grpc::{
        convert::{enums::Paired, reasons, senders::contact_warnings, texts, times},
        status as statuses,
    },
    pb,
    service::{
        acceptances::{
            Validity,
            batch_record::BatchRecorded,
            decline::Declined,
            get::AcceptanceView,
            list::AcceptanceSummary,
            record::{Recorded, RecordedDocument},
            status::{AgreementStatus, StatusView},
        },
        error::Error,
        outcome::Row,
        paging::Page,
        senders::evidence::GivenEvidence,
    },
};

fn outcome(created: bool) -> i32 {
    let outcome = if created { pb::RecordingOutcome::Created } else { pb::RecordingOutcome::Unchanged };
    outcome as i32
}

pub(super) fn state(invalidated: bool) -> i32 {
    validity(if invalidated { Validity::Invalidated } else { Validity::Valid })
}

fn validity(validity: Validity) -> i32 {
    let state = match validity {
        Validity::Valid => pb::AcceptanceState::Valid,
        Validity::Contested => pb::AcceptanceState::Contested,
        Validity::Invalidated => pb::AcceptanceState::Invalidated,
    };
    state as i32
}

fn invitations(ids: &[InvitationId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn document(one: RecordedDocument) -> pb::RecordedAcceptance {
    pb::RecordedAcceptance {
        acceptance_id: one.acceptance_id.map(|id| id.to_string()).unwrap_or_default(),
        agreement_id: one.agreement_id.to_string(),
        version: one.version.to_string(),
        state: if one.contested { validity(Validity::Contested) } else { state(one.invalidated) },
        assurance: one.assurance.to_pb(),
        effective_time: Some(times::to_pb(one.effective)),
        outcome: outcome(one.created),
    }
}

pub(super) fn recorded(recorded: Recorded) -> pb::RecordAcceptanceResponse {
    pb::RecordAcceptanceResponse {
        acceptances: recorded.documents.into_iter().map(document).collect(),
        sender_id: recorded.sender_id.to_string(),
        connection_id: recorded.connection_id.to_string(),
        external_reference: recorded.external_reference,
        connection_state: ConnectionState::Active.to_pb(),
        accept_time: Some(times::to_pb(recorded.accept_time)),
        record_time: Some(times::to_pb(recorded.record_time)),
        absent_fields: recorded.absent,
        warnings: contact_warnings(recorded.contact_quality, recorded.contact_of_integrator),
        revision: recorded.revision,
        ledger_id: recorded.ledger_id.to_string(),
    }
}

pub(super) fn batch(batch: BatchRecorded) -> pb::BatchRecordAcceptancesResponse {
    use pb::batch_record_acceptances_result::Result as Is;
    let total = |is: fn(&Row<Recorded>) -> bool| {
        u32::try_from(batch.rows.iter().filter(|row| is(row)).count()).unwrap_or(u32::MAX)
    };
    let created_total = total(|row| matches!(row, Row::Done(done) if done.documents.iter().any(|one| one.created)));
    let refused_total = total(|row| matches!(row, Row::Refused(_)));
    let unchanged_total = total(|row| matches!(row, Row::Done(done) if !done.documents.iter().any(|one| one.created)));
    let result = |row| match row {
        Row::Done(done) => Is::Response(recorded(done)),
        Row::Refused(refusal) => Is::Error(statuses::row(&Error::from(refusal))),
    };
    pb::BatchRecordAcceptancesResponse {
        results: batch
            .rows
            .into_iter()
            .map(|row| pb::BatchRecordAcceptancesResult { result: Some(result(row)) })
            .collect(),
        created_total,
        unchanged_total,
        refused_total,
        revision: batch.revision,
        ledger_id: batch.ledger_id.to_string(),
    }
}

pub(super) fn declined(declined: Declined) -> pb::RecordDeclineResponse {
    pb::RecordDeclineResponse {
        decline_id: declined.decline_id.to_string(),
        agreement_id: declined.agreement_id.to_string(),
        version: declined.version.to_string(),
        sender_id: declined.sender_id.to_string(),
        connection_id: declined.connection_id.to_string(),
        external_reference: declined.external_reference,
        connection_state: ConnectionState::Active.to_pb(),
        assurance: declined.assurance.to_pb(),
        outcome: outcome(declined.created),
        decline_time: Some(times::to_pb(declined.decline_time)),
        record_time: Some(times::to_pb(declined.record_time)),
        revision: declined.revision,
        ledger_id: declined.ledger_id.to_string(),
    }
}

fn authority_basis(basis: AuthorityBasis) -> i32 {
    let basis = match basis {
        AuthorityBasis::NotRecorded => pb::AuthorityBasis::Unspecified,
        AuthorityBasis::AuthorisedSignatory => pb::AuthorityBasis::AuthorisedSignatory,
        AuthorityBasis::ManagingDirector => pb::AuthorityBasis::ManagingDirector,
        AuthorityBasis::PowerOfAttorney => pb::AuthorityBasis::PowerOfAttorney,
        AuthorityBasis::Position => pb::AuthorityBasis::Position,
        AuthorityBasis::SoleTrader => pb::AuthorityBasis::SoleTrader,
    };
    basis as i32
}

fn signatory(signer: Signer) -> pb::Signatory {
    pb::Signatory {
        full_name: signer.full_name.unwrap_or_default(),
        role: signer.role.unwrap_or_default(),
        email: signer.email.unwrap_or_default(),
        authority_basis: authority_basis(signer.authority_basis),
    }
}

fn evidence(evidence: GivenEvidence) -> pb::Evidence {
    pb::Evidence {
        kind: evidence.kind.to_pb(),
        sha256: evidence.sha256.map(|digest| digest.to_string()).unwrap_or_default(),
        reference: evidence.reference.unwrap_or_default(),
    }
}

fn actor(author: Author) -> pb::Actor {
    pb::Actor {
        role: author.role.to_pb(),
        actor_id: author.actor_id.to_string(),
        integrator_id: author.integrator_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(super) fn acceptance(view: AcceptanceView) -> pb::Acceptance {
    let accepted = view.accepted;
    let coverage = view.coverage.into_iter();
    pb::Acceptance {
        acceptance_id: accepted.acceptance_id.to_string(),
        sender_id: view.sender_id.to_string(),
        external_reference: view.external_reference,
        integrator_id: view.integrator_id.to_string(),
        connection_id: view.connection_id.to_string(),
        state: validity(view.validity),
        document: Some(pb::AcceptedDocument {
            agreement_id: accepted.agreement_id.to_string(),
            version: accepted.version.to_string(),
            language: texts::language(accepted.language).to_owned(),
            document_sha256: accepted.document_sha256.to_string(),
            specification_sha256: accepted.specification_sha256.to_string(),
        }),
        signatories: view.signatories.into_iter().map(signatory).collect(),
        authority_declared: view.authority_declared,
        method: view.method.to_pb(),
        assurance: view.assurance.to_pb(),
        accept_time: Some(times::to_pb(view.accept_time)),
        record_time: Some(times::to_pb(view.record_time)),
        evidence: view.evidence.into_iter().map(evidence).collect(),
        contact_point: view.contact.map(|email| pb::ContactPoint { email }),
        coverage: coverage
            .map(|(number, end)| pb::GroupCoverage {
                organisation_number: number.to_string(),
                end_time: end.map(times::to_pb),
            })
            .collect(),
        group_permission_declared: view.group_permission_declared,
        retroactive_delivery: view.retroactive_delivery,
        absent_fields: view.absent,
        recorder: Some(actor(view.recorder)),
        invalidate_time: view.invalidated.map(times::to_pb),
        invalidation_reason: view.invalidation_reason.unwrap_or_default(),
        revision: view.revision,
        contest_deadline: view.contest_deadline.map(times::to_pb),
        invitation_ids: invitations(&view.invitations),
    }
}

fn summary(summary: AcceptanceSummary) -> pb::AcceptanceSummary {
    let row = summary.row;
    pb::AcceptanceSummary {
        acceptance_id: row.acceptance_id.to_string(),
        sender_id: row.sender_id.to_string(),
        external_reference: summary.external_reference,
        integrator_id: row.integrator_id.to_string(),
        state: validity(summary.validity),
        agreement_id: row.agreement_id.to_string(),
        version: row.version.to_string(),
        method: summary.method.to_pb(),
        assurance: summary.assurance.to_pb(),
        accept_time: Some(times::to_pb(summary.accept_time)),
        record_time: Some(times::to_pb(summary.record_time)),
        revision: row.changed_revision,
        contest_deadline: summary.contest_deadline.map(times::to_pb),
        invitation_ids: invitations(&summary.invitations),
    }
}

pub(super) fn page(page: Page<AcceptanceSummary>) -> pb::ListAcceptancesResponse {
    pb::ListAcceptancesResponse {
        acceptances: page.items.into_iter().map(summary).collect(),
        next_page_token: page.next_page_token,
        revision: page.revision,
    }
}

fn standing(outcome: Outcome) -> pb::Standing {
    match outcome {
        Outcome::Accepted => pb::Standing::Accepted,
        Outcome::AssuranceTooLow => pb::Standing::AssuranceTooLow,
        Outcome::Declined => pb::Standing::Declined,
        Outcome::ReacceptanceOverdue => pb::Standing::ReacceptanceOverdue,
        Outcome::Invalidated => pb::Standing::Invalidated,
        Outcome::CoverageEnded => pb::Standing::CoverageEnded,
        Outcome::NotAccepted => pb::Standing::NotAccepted,
    }
}

fn agreement(status: AgreementStatus) -> pb::AgreementStatus {
    let reason = |one: &crate::service::acceptances::status::StatusReason| {
        reasons::to_pb(&Reason {
            code: one.code,
            severity: one.severity,
            agreement_id: Some(&status.agreement_id),
            deadline: one.deadline,
            remedy: one.remedy,
        })
    };
    let accepted = status.accepted.as_ref();
    pb::AgreementStatus {
        reasons: status.reasons.iter().map(reason).collect(),
        agreement_id: status.agreement_id.to_string(),
        kind: status.kind.to_pb(),
        content_types: status.content_types.iter().map(|one| one.to_pb()).collect(),
        enforcement: status.in_force.enforcement.to_pb(),
        minimum_assurance: status.in_force.minimum_assurance.to_pb(),
        version_in_force: status.version_in_force.map(|label| label.to_string()).unwrap_or_default(),
        latest_version: status.latest_version.map(|label| label.to_string()).unwrap_or_default(),
        standing: standing(status.outcome) as i32,
        deadline: status.deadline.map(times::to_pb),
        accepted_version: accepted.map(|one| one.version.to_string()).unwrap_or_default(),
        accept_time: accepted.map(|one| times::to_pb(one.time)),
        assurance: accepted.map_or(0, |one| one.assurance.to_pb()),
        through_this_connection: accepted.is_some_and(|one| one.through_this_connection),
        acceptance_id: accepted.and_then(|one| one.acceptance_id).map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(super) fn status(view: StatusView) -> pb::GetAcceptanceStatusResponse {
    let (external_reference, connection_state) =
        view.connection.map_or((String::new(), 0), |(reference, state)| (reference, state.to_pb()));
    pb::GetAcceptanceStatusResponse {
        sender_id: view.sender_id.to_string(),
        external_reference,
        connection_state,
        agreements: view.agreements.into_iter().map(agreement).collect(),
        evaluate_time: Some(times::to_pb(view.evaluate)),
        revision: view.revision,
    }
}

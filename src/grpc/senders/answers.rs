//! Answers of `SenderService`. A sole trader's number is masked in every one of them.

use crate::{
    domain::{
        organisation_number::{LegalNumber, MASKED},
        vocabulary::ContentType,
    },
    grpc::{
        acceptances::invitations,
        convert::{enums::Paired, reasons, senders::contact_warnings, times},
        status,
    },
    pb,
    service::{
        checks::Answer,
        error::Error,
        outcome::Row,
        senders::{
            ConnectionView,
            batch_register::BatchRegistered,
            etag,
            get::{OwnView, SenderView},
            list::{Listed, ListedPage},
            register::{Outcome, Registered},
        },
    },
};

pub(super) fn registered(registered: Registered) -> pb::RegisterSenderResponse {
    let outcome = match registered.outcome {
        Outcome::Created => pb::RegistrationOutcome::Created,
        Outcome::Unchanged => pb::RegistrationOutcome::Unchanged,
        Outcome::Differs => pb::RegistrationOutcome::Differs,
    };
    pb::RegisterSenderResponse {
        outcome: outcome as i32,
        differing_fields: registered.differing,
        sender_id: registered.sender_id.map(|id| id.to_string()).unwrap_or_default(),
        connection_id: registered.connection_id.map(|id| id.to_string()).unwrap_or_default(),
        external_reference: registered.external_reference,
        connection_state: registered.state.to_pb(),
        create_time: registered.created.map(times::to_pb),
        etag: registered.etag,
        warnings: contact_warnings(registered.contact_quality, registered.contact_of_integrator),
        revision: registered.revision,
        ledger_id: registered.ledger_id.to_string(),
        invitation: registered.invitation.map(invitations::created),
    }
}

pub(super) fn batch(batch: BatchRegistered) -> pb::BatchRegisterSendersResponse {
    use pb::batch_register_senders_result::Result as Is;
    let total = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (created, unchanged) = (batch.count(Outcome::Created), batch.count(Outcome::Unchanged));
    let (differs, refused) = (batch.count(Outcome::Differs), batch.refused());
    let result = |row| match row {
        Row::Done(done) => Is::Response(registered(done)),
        Row::Refused(refusal) => Is::Error(status::row(&Error::from(refusal))),
    };
    pb::BatchRegisterSendersResponse {
        results: batch
            .rows
            .into_iter()
            .map(|row| pb::BatchRegisterSendersResult { result: Some(result(row)) })
            .collect(),
        created_total: total(created),
        unchanged_total: total(unchanged),
        differs_total: total(differs),
        refused_total: total(refused),
        revision: batch.revision,
        ledger_id: batch.ledger_id.to_string(),
    }
}

fn number(number: Option<LegalNumber>) -> String {
    number.map_or_else(|| MASKED.to_owned(), |number| number.to_string())
}

fn contact_point(email: Option<String>) -> Option<pb::ContactPoint> {
    email.map(|email| pb::ContactPoint { email })
}

fn connection(view: ConnectionView) -> pb::Connection {
    let row = view.row;
    pb::Connection {
        connection_id: row.connection_id.to_string(),
        sender_id: row.sender_id.to_string(),
        integrator_id: row.integrator_id.to_string(),
        external_reference: row.external_reference,
        state: view.state.to_pb(),
        legal_name: view.legal_name.unwrap_or_default(),
        content_types: row.content_types.into_iter().map(Paired::to_pb).collect(),
        contact_point: contact_point(view.contact),
        confirmation_basis: view.confirmed.map_or(0, |confirmed| confirmed.basis.to_pb()),
        create_time: Some(times::to_pb(row.created)),
        confirm_time: view.confirmed.map(|confirmed| times::to_pb(confirmed.time)),
        end_time: view.ended.map(times::to_pb),
        update_time: Some(times::to_pb(row.updated)),
        etag: etag(row.revision),
        revision: row.revision,
        contest_deadline: view.contested.map(times::to_pb),
    }
}

/// Whether a sender is suspended.
pub(super) fn state(suspended: bool) -> i32 {
    let state = if suspended { pb::SenderState::Suspended } else { pb::SenderState::Active };
    state as i32
}

pub(super) fn sender(view: SenderView) -> pb::Sender {
    let sole_trader = view.number.is_none();
    let (state, suspension_reason, suspend_time, contact) = match view.own {
        None => (0, None, None, None),
        Some(OwnView { suspension, suspension_reason, contact }) => {
            (state(suspension.is_some()), suspension_reason, suspension.map(|s| times::to_pb(s.since)), contact)
        }
    };
    pb::Sender {
        sender_id: view.sender_id.to_string(),
        organisation_number: number(view.number),
        sole_trader,
        state,
        suspension_reason: suspension_reason.unwrap_or_default(),
        suspend_time,
        contact_point: contact_point(contact),
        connections: view.connections.into_iter().map(connection).collect(),
    }
}

fn check((content_type, answer): (ContentType, Answer<'_>)) -> pb::SenderCheck {
    let (decision, advice) = crate::grpc::gate::decision(&answer);
    pb::SenderCheck {
        content_type: content_type.to_pb(),
        decision: decision as i32,
        advice: advice as i32,
        reasons: answer.ruling.reasons().map(|reason| reasons::to_pb(&reason)).collect(),
        next_scheduled_change_time: answer.next_change.map(times::to_pb),
    }
}

pub(super) fn page(mut page: ListedPage) -> pb::ListSendersResponse {
    let rows = std::mem::take(&mut page.rows);
    let row = |listed: Listed| pb::SenderRow {
        organisation_number: number(listed.facts.number),
        checks: page.checks(&listed).map(check).collect(),
        connection: Some(connection(listed.connection)),
    };
    pb::ListSendersResponse {
        senders: rows.into_iter().map(row).collect(),
        next_page_token: page.next_page_token.clone(),
        revision: page.revision,
        evaluate_time: Some(times::to_pb(page.evaluate)),
    }
}

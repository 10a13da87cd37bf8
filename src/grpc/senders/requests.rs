//! Requests of `SenderService`, all violations of each collected.

use crate::domain::text;
use crate::{
    domain::vocabulary::{ConnectionState, ContentType},
    grpc::convert::{Fields, filter_digest, reasons},
    pb,
    service::{
        caller::OperatorRight,
        error::Result,
        mutation::Stamp,
        senders::{
            batch_register::{BatchRegisterSenders, MOST_ROWS},
            confirm::ConfirmConnection,
            end::EndConnection,
            list::ListSenders,
            register::{RegisterSender, Registration},
            resolve::{SenderName, SenderRef},
            suspend::{ResumeSender, SuspendSender},
            update::UpdateSender,
        },
    },
};

/// Longest reason of a suspension, in characters.
const LONGEST_REASON: usize = 1000;

impl Fields {
    fn content_types(&mut self, field: &str, numbers: &[i32]) -> Vec<ContentType> {
        if numbers.is_empty() {
            self.fault(field, "must have at least one content type");
        }
        self.enums(field, numbers)
    }

    fn registration(&mut self, message: pb::RegisterSenderRequest) -> Option<Registration> {
        let organisation_number = self.organisation_number(&message.organisation_number);
        let legal_name = self.take("legal_name", text::name(&message.legal_name));
        let external_reference = self.reference("external_reference", &message.external_reference);
        let content_types = self.content_types("content_types", &message.content_types);
        let contact = self.contact_point(message.contact_point).flatten();
        let invitation = self.along("invitation", message.invitation);
        Some(Registration {
            organisation_number: organisation_number?,
            legal_name: legal_name?,
            external_reference: external_reference?,
            content_types,
            contact,
            invitation,
        })
    }
}

pub(super) fn register(message: pb::RegisterSenderRequest) -> Result<(Stamp, RegisterSender)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let validate_only = message.validate_only;
    let registration = fields.registration(message);
    let read = || Some((stamp?, RegisterSender { integrator_id, registration: registration?, validate_only }));
    fields.finish(read())
}

pub(super) fn batch_register(message: pb::BatchRegisterSendersRequest) -> Result<(Stamp, BatchRegisterSenders)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    if message.requests.is_empty() || message.requests.len() > MOST_ROWS {
        fields.fault("requests", format!("must have 1 to {MOST_ROWS} rows"));
    }
    let stamp = fields.finish(stamp)?;
    let rows = message.requests.into_iter().map(|request| row(request, &message.integrator_id)).collect();
    Ok((stamp, BatchRegisterSenders { integrator_id, rows, validate_only: message.validate_only }))
}

/// One row of a batch. What is wrong with it is its own outcome.
fn row(message: pb::RegisterSenderRequest, integrator_id: &str) -> Result<Registration> {
    let mut fields = Fields::default();
    if !message.request_id.is_empty() {
        fields.fault("request_id", "must be empty in a row; it is set on the batch");
    }
    if message.validate_only {
        fields.fault("validate_only", "must not be set in a row; it is set on the batch");
    }
    if !message.integrator_id.is_empty() && message.integrator_id != integrator_id {
        fields.fault("integrator_id", "must be empty or that of the batch");
    }
    let registration = fields.registration(message);
    fields.finish(registration)
}

pub(super) fn confirm(message: pb::ConfirmConnectionRequest) -> Result<(Stamp, ConfirmConnection)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let name = fields.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
    let evidence = fields.evidence(message.evidence);
    let read = || Some((stamp?, ConfirmConnection { name: name?, evidence }));
    fields.finish(read())
}

pub(super) fn get(message: &pb::GetSenderRequest) -> Result<SenderName> {
    let mut fields = Fields::default();
    let name = fields.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
    fields.finish(name)
}

pub(super) fn list(mut message: pb::ListSendersRequest) -> Result<ListSenders> {
    let mut fields = Fields::default();
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let states = fields.enums::<ConnectionState>("connection_states", &message.connection_states);
    let external_reference = match message.external_reference.as_str() {
        "" => None,
        text => fields.reference("external_reference", text),
    };
    let organisation_number = match message.organisation_number.as_str() {
        "" => None,
        text => fields.organisation_number(text),
    };
    let content_type = fields.optional_enum::<ContentType>("content_type", message.content_type);
    let evaluate_time = fields.time("evaluate_time", message.evaluate_time);
    let allows = match pb::Decision::try_from(message.decision) {
        Ok(pb::Decision::Unspecified) => None,
        Ok(pb::Decision::Allow) => Some(true),
        Ok(pb::Decision::Deny) => Some(false),
        Err(_) => {
            fields.fault("decision", "must be ALLOW or DENY, or left out");
            None
        }
    };
    let mut wanted = Vec::new();
    for (place, number) in message.reasons.iter().enumerate() {
        match reasons::code_of(*number) {
            Some(code) if !wanted.contains(&code) => wanted.push(code),
            Some(_) => {}
            None => fields.fault(&format!("reasons[{place}]"), "must be a reason of the gate's"),
        }
    }
    fields.finish(Some(ListSenders {
        page_size,
        page_token,
        filter,
        integrator_id,
        states,
        external_reference,
        organisation_number,
        content_type,
        evaluate_time,
        allows,
        reasons: wanted,
        changed_after_revision: message.changed_after_revision,
    }))
}

pub(super) fn update(message: pb::UpdateSenderRequest) -> Result<(Stamp, UpdateSender)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let name = fields.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
    if message.etag.is_empty() {
        fields.fault("etag", "must be that of the connection as it was read");
    }
    let legal_name = message.legal_name.and_then(|name| fields.take("legal_name", text::name(&name)));
    let external_reference =
        message.new_external_reference.and_then(|text| fields.reference("new_external_reference", &text));
    let content_types =
        message.content_types.map(|list| fields.content_types("content_types.content_types", &list.content_types));
    let contact = fields.contact_point(message.contact_point);
    let etag = message.etag;
    let read =
        || Some((stamp?, UpdateSender { name: name?, etag, legal_name, external_reference, content_types, contact }));
    fields.finish(read())
}

pub(super) fn end(message: &pb::EndConnectionRequest) -> Result<(Stamp, EndConnection)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let name = fields.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
    let read = || Some((stamp?, EndConnection { name: name? }));
    fields.finish(read())
}

/// The sender and the reason of a suspension or its end: it is for all integrators, so one is named only to say whose
/// reference is given.
fn of_all(
    fields: &mut Fields,
    integrator_id: &str,
    sender_id: &str,
    external_reference: &str,
    reason: &str,
) -> Option<(SenderName, String)> {
    let name = fields.sender_name(integrator_id, sender_id, external_reference);
    match &name {
        Some(SenderName { integrator_id: Some(_), sender: SenderRef::Id(_) }) => {
            fields.fault("integrator_id", "must be empty with sender_id: it is for all integrators");
        }
        Some(SenderName { integrator_id: None, sender: SenderRef::Reference(_) }) if integrator_id.is_empty() => {
            fields.fault("integrator_id", "must say whose external_reference it is");
        }
        _ => {}
    }
    let reason = fields.take("reason", text::one_line(reason, LONGEST_REASON));
    Some((name?, reason?))
}

pub(super) fn suspend(message: &pb::SuspendSenderRequest, right: OperatorRight<'_>) -> Result<(Stamp, SuspendSender)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let (integrator_id, sender_id) = (&message.integrator_id, &message.sender_id);
    let named = of_all(&mut fields, integrator_id, sender_id, &message.external_reference, &message.reason);
    let read = || named.and_then(|(name, reason)| Some((stamp?, SuspendSender::new(right, name, reason))));
    fields.finish(read())
}

pub(super) fn resume(message: &pb::ResumeSenderRequest, right: OperatorRight<'_>) -> Result<(Stamp, ResumeSender)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let (integrator_id, sender_id) = (&message.integrator_id, &message.sender_id);
    let named = of_all(&mut fields, integrator_id, sender_id, &message.external_reference, &message.reason);
    let read = || named.and_then(|(name, reason)| Some((stamp?, ResumeSender::new(right, name, reason))));
    fields.finish(read())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{
        caller::{Caller, Scopes},
        error::Error,
    };

    const ID: &str = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";

    fn fields<T>(result: Result<T>) -> Vec<String> {
        let error: Option<Error> = result.err();
        error.map_or(Vec::new(), |error| error.violations.into_iter().map(|v| v.field).collect())
    }

    fn good() -> pb::RegisterSenderRequest {
        pb::RegisterSenderRequest {
            organisation_number: "SE556016068001".into(),
            legal_name: "Exempel AB".into(),
            external_reference: "K-1001".into(),
            content_types: vec![pb::ContentType::Payslip as i32],
            ..Default::default()
        }
    }

    #[test]
    fn a_registration_lists_every_violation_at_once() {
        let message = pb::RegisterSenderRequest {
            organisation_number: "121212-1212".into(),
            content_types: vec![0],
            contact_point: Some(pb::ContactPoint { email: "nobody".into() }),
            ..Default::default()
        };
        let wanted = [
            "request_id",
            "organisation_number",
            "legal_name",
            "external_reference",
            "content_types[0]",
            "contact_point.email",
        ];
        assert_eq!(fields(register(message)), wanted);
        assert_eq!(fields(register(pb::RegisterSenderRequest { request_id: ID.into(), ..good() })), [""; 0]);
    }

    #[test]
    fn a_faulty_row_does_not_fail_the_batch() {
        let bad = pb::RegisterSenderRequest { organisation_number: "5560160681".into(), ..good() };
        let stamped = pb::RegisterSenderRequest { request_id: ID.into(), validate_only: true, ..good() };
        let foreign = pb::RegisterSenderRequest { integrator_id: "another".into(), ..good() };
        let requests = vec![good(), bad, stamped, foreign];
        let message = pb::BatchRegisterSendersRequest { request_id: ID.into(), requests, ..Default::default() };
        let (_, batch) = batch_register(message).unwrap_or_else(|error| panic!("{error:?}"));
        let rows: Vec<Vec<String>> = batch.rows.into_iter().map(fields).collect();
        let wanted: [&[&str]; 4] =
            [&[], &["organisation_number"], &["request_id", "validate_only"], &["integrator_id"]];
        assert_eq!(rows, wanted);
        let empty = pb::BatchRegisterSendersRequest { request_id: ID.into(), ..Default::default() };
        assert_eq!(fields(batch_register(empty)), ["requests"]);
    }

    #[test]
    fn an_update_needs_an_etag_and_tells_absent_from_empty() {
        let message = pb::UpdateSenderRequest { request_id: ID.into(), sender_id: ID.into(), ..Default::default() };
        assert_eq!(fields(update(message.clone())), ["etag"]);
        let kept = update(pb::UpdateSenderRequest { etag: "r1".into(), ..message.clone() });
        assert!(kept.is_ok_and(|(_, update)| update.contact.is_none() && update.content_types.is_none()));
        let contact_point = Some(pb::ContactPoint::default());
        let removed = update(pb::UpdateSenderRequest { etag: "r1".into(), contact_point, ..message.clone() });
        assert!(removed.is_ok_and(|(_, update)| update.contact == Some(None)));
        let content_types = Some(pb::ContentTypes::default());
        let none = update(pb::UpdateSenderRequest { etag: "r1".into(), content_types, ..message });
        assert_eq!(fields(none), ["content_types.content_types"]);
    }

    #[test]
    fn a_suspension_is_for_all_integrators() {
        let caller = Caller::from_claims("op".into(), None, Scopes::OPERATOR).unwrap();
        let right = caller.operator().unwrap();
        let message = |integrator: &str, sender: &str, reference: &str| pb::SuspendSenderRequest {
            request_id: ID.into(),
            integrator_id: integrator.into(),
            sender_id: sender.into(),
            external_reference: reference.into(),
            reason: "Konkurs".into(),
        };
        assert_eq!(fields(suspend(&message("", ID, ""), right)), [""; 0]);
        assert_eq!(fields(suspend(&message("lonebyran", "", "K-1"), right)), [""; 0]);
        assert_eq!(fields(suspend(&message("lonebyran", ID, ""), right)), ["integrator_id"]);
        assert_eq!(fields(suspend(&message("", "", "K-1"), right)), ["integrator_id"]);
    }

    #[test]
    fn a_list_takes_known_reasons_only() {
        let message = pb::ListSendersRequest { reasons: vec![33, 33, 999], decision: 7, ..Default::default() };
        assert_eq!(fields(list(message)), ["decision", "reasons[2]"]);
        let message = pb::ListSendersRequest { reasons: vec![33, 33], page_size: 5, ..Default::default() };
        let (one, other) = (list(message.clone()), list(pb::ListSendersRequest { page_size: 9, ..message }));
        assert!(one.is_ok_and(|one| one.reasons.len() == 1 && other.is_ok_and(|other| one.filter == other.filter)));
    }
}

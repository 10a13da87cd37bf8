//! The calls about senders and their connections.

use super::{
    call::Company,
    operator::REASON,
    stage::{Answer, Played, Stage},
    words::{self, changed, short},
};
use crate::{client::Client, pb};
use tonic_types::RpcStatusExt;

impl Stage<'_> {
    pub(super) async fn register(&mut self, client: Client, company: &Company) -> Played {
        let request = pb::RegisterSenderRequest { request_id: Self::new_id(), ..registration(company) };
        let response = client.senders().register_sender(request).await?.into_inner();
        let revision = self.wrote(&response.ledger_id, response.revision);
        Ok(Answer { said: registered(&response), more: vec![revision] })
    }

    pub(super) async fn register_all(&mut self, client: Client, companies: &[Company]) -> Played {
        let request = pb::BatchRegisterSendersRequest {
            request_id: Self::new_id(),
            integrator_id: String::new(),
            requests: companies.iter().map(registration).collect(),
            validate_only: false,
        };
        let response = client.senders().batch_register_senders(request).await?.into_inner();
        let revision = self.wrote(&response.ledger_id, response.revision);
        let mut answer = Answer { said: Vec::new(), more: vec![revision] };
        for (company, result) in companies.iter().zip(&response.results) {
            let line = match &result.result {
                Some(pb::batch_register_senders_result::Result::Response(response)) => registered(response).join(", "),
                Some(pb::batch_register_senders_result::Result::Error(status)) => {
                    let details = status.get_error_details();
                    let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
                    answer.more.extend(
                        fields
                            .iter()
                            .map(|fault| format!("{}: {} {}", company.reference, fault.field, fault.description)),
                    );
                    format!("refused: {}", details.error_info().map(|info| info.reason.as_str()).unwrap_or_default())
                }
                None => "no answer".to_owned(),
            };
            answer.said.push(format!("{}: {line}", company.reference));
        }
        Ok(answer)
    }

    pub(super) async fn confirm(&mut self, client: Client, reference: &str) -> Played {
        let request = pb::ConfirmConnectionRequest {
            request_id: Self::new_id(),
            external_reference: reference.to_owned(),
            evidence: vec![evidence(pb::EvidenceKind::Instruction)],
            ..Default::default()
        };
        let response = client.senders().confirm_connection(request).await?.into_inner();
        let said = vec![format!(
            "{}, connection {}",
            changed(response.changed),
            words::connection(response.connection_state())
        )];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn end_connection(&mut self, client: Client, reference: &str) -> Played {
        let request = pb::EndConnectionRequest {
            request_id: Self::new_id(),
            external_reference: reference.to_owned(),
            ..Default::default()
        };
        let response = client.senders().end_connection(request).await?.into_inner();
        let said = vec![format!(
            "{}, connection {}",
            changed(response.changed),
            words::connection(response.connection_state())
        )];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn suspend_sender(&mut self, client: Client, integrator: &str, reference: &str) -> Played {
        let request = pb::SuspendSenderRequest {
            request_id: Self::new_id(),
            integrator_id: integrator.to_owned(),
            external_reference: reference.to_owned(),
            reason: REASON.to_owned(),
            ..Default::default()
        };
        let response = client.senders().suspend_sender(request).await?.into_inner();
        let state = short(response.state().as_str_name(), "SENDER_STATE_");
        let said = vec![format!("{}, {state}", changed(response.changed))];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }
}

fn registration(company: &Company) -> pb::RegisterSenderRequest {
    let contact_point = (!company.contact.is_empty()).then(|| pb::ContactPoint { email: company.contact.to_owned() });
    pb::RegisterSenderRequest {
        organisation_number: company.number.to_owned(),
        legal_name: company.name.to_owned(),
        external_reference: company.reference.to_owned(),
        content_types: vec![pb::ContentType::Payslip.into()],
        contact_point,
        ..Default::default()
    }
}

fn registered(response: &pb::RegisterSenderResponse) -> Vec<String> {
    let outcome = short(response.outcome().as_str_name(), "REGISTRATION_OUTCOME_");
    let mut said = vec![format!("{outcome}, connection {}", words::connection(response.connection_state()))];
    if !response.differing_fields.is_empty() {
        said.push(format!("other than registered: {}", response.differing_fields.join(", ")));
    }
    said.extend(response.warnings.iter().map(|warning| words::reason(warning, None)));
    said
}

/// A pointer to evidence that the integrator keeps; the digest stands for that of a real file.
pub(super) fn evidence(kind: pb::EvidenceKind) -> pb::Evidence {
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    pb::Evidence { kind: kind.into(), sha256: sha256.to_owned(), reference: String::new() }
}

//! The calls about what senders accept and decline.

use super::{
    call::Act,
    integrator::evidence,
    operator::REASON,
    stage::{Answer, Played, Stage},
    words::{self, changed, short},
};
use crate::{client::Client, pb};
use tonic::Status;

/// The language that the people of these stories read.
const LANGUAGE: &str = "sv";

impl Stage<'_> {
    pub(super) async fn accept(&mut self, client: Client, act: &Act) -> Played {
        let mut request = pb::RecordAcceptanceRequest {
            request_id: Self::new_id(),
            external_reference: act.reference.to_owned(),
            method: act.method.into(),
            authority_declared: !act.signatory.is_empty(),
            signatories: signatories(act.signatory),
            covered_organisations: act.covers.0.iter().map(|number| (*number).to_owned()).collect(),
            group_permission_declared: act.covers.1,
            retroactive_delivery: act.retroactive,
            ..Default::default()
        };
        if act.method == pb::AcceptanceMethod::IntegratorForm {
            request.evidence.push(evidence(pb::EvidenceKind::ClickRecord));
        }
        if !act.contact.is_empty() {
            request.contact_point = Some(pb::ContactPoint { email: act.contact.to_owned() });
        }
        if !act.accept_time.is_empty() {
            let time = act.accept_time.parse().map_err(|_| Status::aborted("the story's time is no RFC 3339"))?;
            request.accept_time = Some(time);
        }
        for (agreement, version) in act.documents {
            request.documents.push(read(&client, agreement, version).await?);
        }
        let response = client.acceptances().record_acceptance(request).await?.into_inner();
        self.memory.acceptances = response.acceptances.iter().map(|a| a.acceptance_id.clone()).collect();
        let mut said: Vec<_> = response
            .acceptances
            .iter()
            .map(|recorded| {
                let outcome = short(recorded.outcome().as_str_name(), "RECORDING_OUTCOME_");
                let assurance = short(recorded.assurance().as_str_name(), "ASSURANCE_");
                format!("{outcome}: {} {}, {assurance}", recorded.agreement_id, recorded.version)
            })
            .collect();
        said.push(format!("connection {}", words::connection(response.connection_state())));
        if !response.absent_fields.is_empty() {
            said.push(format!("absent: {}", response.absent_fields.join(", ")));
        }
        said.extend(response.warnings.iter().map(|warning| words::reason(warning, None)));
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn decline(&mut self, client: Client, reference: &str, agreement: &str, version: &str) -> Played {
        let request = pb::RecordDeclineRequest {
            request_id: Self::new_id(),
            external_reference: reference.to_owned(),
            agreement_id: agreement.to_owned(),
            version: version.to_owned(),
            method: pb::AcceptanceMethod::IntegratorForm.into(),
            evidence: vec![evidence(pb::EvidenceKind::ClickRecord)],
            ..Default::default()
        };
        let response = client.acceptances().record_decline(request).await?.into_inner();
        let outcome = short(response.outcome().as_str_name(), "RECORDING_OUTCOME_");
        let said = vec![format!("{outcome}, connection {}", words::connection(response.connection_state()))];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    /// Invalidates the last of the acceptances recorded last.
    pub(super) async fn invalidate(&mut self, client: Client) -> Played {
        let acceptance_id = self.memory.acceptances.last().cloned().unwrap_or_default();
        let request =
            pb::InvalidateAcceptanceRequest { request_id: Self::new_id(), acceptance_id, reason: REASON.to_owned() };
        let response = client.acceptances().invalidate_acceptance(request).await?.into_inner();
        let said = vec![changed(response.changed).to_owned()];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    /// Ends the coverage of one company by the acceptances recorded last.
    pub(super) async fn end_coverage(&mut self, client: Client, number: &str) -> Played {
        let mut answer = Answer::default();
        for acceptance_id in self.memory.acceptances.clone() {
            let request = pb::EndGroupCoverageRequest {
                request_id: Self::new_id(),
                integrator_id: String::new(),
                acceptance_id,
                organisation_number: number.to_owned(),
            };
            let response = client.acceptances().end_group_coverage(request).await?.into_inner();
            answer.said.push(changed(response.changed).to_owned());
            answer.more.push(self.wrote(&response.ledger_id, response.revision));
        }
        Ok(answer)
    }

    pub(super) async fn status(&mut self, client: Client, reference: &str) -> Played {
        let request = pb::GetAcceptanceStatusRequest { external_reference: reference.to_owned(), ..Default::default() };
        let response = client.acceptances().get_acceptance_status(request).await?.into_inner();
        let mut said = vec![format!("connection {}", words::connection(response.connection_state()))];
        said.extend(response.agreements.iter().map(|agreement| {
            let standing = short(agreement.standing().as_str_name(), "STANDING_");
            format!("{}: {standing}", agreement.agreement_id)
        }));
        Ok(Answer { said, more: Vec::new() })
    }
}

/// Reads a text as the person must, and says which bytes were read.
pub(super) async fn read(client: &Client, agreement: &str, version: &str) -> Result<pb::AcceptedDocument, Status> {
    let request = pb::GetAgreementDocumentRequest {
        agreement_id: agreement.to_owned(),
        version: version.to_owned(),
        language: LANGUAGE.to_owned(),
    };
    let document = client.agreements().get_agreement_document(request).await?.into_inner();
    Ok(pb::AcceptedDocument {
        agreement_id: document.agreement_id,
        version: document.version,
        language: document.language,
        document_sha256: document.document_sha256,
        specification_sha256: document.specification_sha256,
    })
}

fn signatories(email: &str) -> Vec<pb::Signatory> {
    if email.is_empty() {
        return Vec::new();
    }
    vec![pb::Signatory {
        full_name: "Åsa Ölmeback".to_owned(),
        role: "Ekonomichef".to_owned(),
        email: email.to_owned(),
        authority_basis: pb::AuthorityBasis::AuthorisedSignatory.into(),
    }]
}

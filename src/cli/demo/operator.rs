//! The operator's calls: integrators, agreements, exceptions.

use super::{
    call::{Sample, Version},
    specification,
    stage::{Answer, Played, Stage},
    words::{changed, code, short},
};
use crate::{client::Client, pb};
use tonic::Status;

impl Stage<'_> {
    pub(super) async fn create_integrator(
        &mut self,
        client: Client,
        slug: &str,
        name: &str,
        number: &str,
        kind: pb::IntegratorKind,
        domain: &str,
    ) -> Played {
        let request = pb::CreateIntegratorRequest {
            request_id: Self::new_id(),
            integrator_id: slug.to_owned(),
            display_name: name.to_owned(),
            organisation_number: number.to_owned(),
            kind: kind.into(),
            email_domains: vec![domain.to_owned()],
        };
        let response = client.integrators().create_integrator(request).await?.into_inner();
        let state = short(response.state().as_str_name(), "INTEGRATOR_STATE_");
        let said = vec![format!("{}, {state}", changed(response.changed))];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn suspend_integrator(&mut self, client: Client, slug: &str) -> Played {
        let request = pb::SuspendIntegratorRequest {
            request_id: Self::new_id(),
            integrator_id: slug.to_owned(),
            reason: REASON.to_owned(),
        };
        let response = client.integrators().suspend_integrator(request).await?.into_inner();
        let said = vec![changed(response.changed).to_owned()];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn create_agreement(
        &mut self,
        client: Client,
        agreement: &str,
        kind: pb::AgreementKind,
        (sv, en): (&str, &str),
        content_types: &[pb::ContentType],
        minimum: pb::Assurance,
    ) -> Played {
        let request = pb::CreateAgreementRequest {
            request_id: Self::new_id(),
            agreement_id: agreement.to_owned(),
            kind: kind.into(),
            titles: vec![text("sv", sv), text("en", en)],
            content_types: content_types.iter().map(|t| i32::from(*t)).collect(),
            enforcement: pb::Enforcement::Required.into(),
            minimum_assurance: minimum.into(),
        };
        let response = client.agreements().create_agreement(request).await?.into_inner();
        let said = vec![changed(response.changed).to_owned()];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn require_more(
        &mut self,
        client: Client,
        agreement: &str,
        integrator: &str,
        minimum: pb::Assurance,
    ) -> Played {
        let request = pb::SetEnforcementRequest {
            request_id: Self::new_id(),
            agreement_id: agreement.to_owned(),
            integrator_id: integrator.to_owned(),
            enforcement: pb::Enforcement::Required.into(),
            minimum_assurance: minimum.into(),
            effective_time: None,
        };
        let response = client.agreements().set_enforcement(request).await?.into_inner();
        let said = vec![changed(response.changed).to_owned()];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    /// Publishes, or only shows the impact where nothing is acknowledged.
    pub(super) async fn publish(&mut self, client: Client, version: &Version, acknowledged: Option<u32>) -> Played {
        let Version { agreement, label, sample, effective, grace_hours } = version;
        let effective_time = match *effective {
            "" => None,
            time => Some(time.parse().map_err(|_| Status::aborted("the story's time is no RFC 3339"))?),
        };
        let request = pb::PublishAgreementVersionRequest {
            request_id: Self::new_id(),
            agreement_id: (*agreement).to_owned(),
            version: (*label).to_owned(),
            documents: documents(sample),
            specification: Some(specification::read(sample.specification)?),
            change_class: pb::ChangeClass::Major.into(),
            effective_time,
            reacceptance_grace: Some(prost_types::Duration { seconds: grace_hours * 3600, nanos: 0 }),
            deadline_from: pb::DeadlineFrom::Publication.into(),
            acknowledged_denials: acknowledged.unwrap_or_default(),
            validate_only: acknowledged.is_none(),
        };
        let response = client.agreements().publish_agreement_version(request).await?.into_inner();
        let impact = response.impact.clone().unwrap_or_default();
        let mut said = match acknowledged {
            None => vec![format!("would deny: {}", impact.denied_senders_total)],
            Some(_) => {
                self.memory.deadline = response.deadline;
                vec![format!(
                    "{}, {}",
                    changed(response.changed),
                    short(response.state().as_str_name(), "AGREEMENT_VERSION_STATE_")
                )]
            }
        };
        said.extend(impact.steps.iter().filter(|_| acknowledged.is_none()).map(|step| {
            let from = if step.time == response.deadline { "from the deadline on" } else { "from another instant on" };
            format!("{} by {}, {from}", step.newly_denied, code(step.reason()))
        }));
        let mut more: Vec<_> = response.deadline.iter().map(|deadline| format!("the deadline is {deadline}")).collect();
        if acknowledged.is_some() {
            more.push(self.wrote(&response.ledger_id, response.revision));
        }
        Ok(Answer { said, more })
    }

    pub(super) async fn propose(
        &mut self,
        client: Client,
        integrator: &str,
        reference: &str,
        hours: i64,
        reason: &str,
    ) -> Played {
        let (seconds, nanos) = self.now.plus_seconds(hours * 3600).parts();
        let request = pb::ProposeExceptionRequest {
            request_id: Self::new_id(),
            sender_id: String::new(),
            external_reference: reference.to_owned(),
            integrator_id: integrator.to_owned(),
            until: Some(prost_types::Timestamp { seconds, nanos }),
            reason: reason.to_owned(),
        };
        let response = client.exceptions().propose_exception(request).await?.into_inner();
        let state = short(response.state().as_str_name(), "EXCEPTION_STATE_").to_owned();
        let until = response.until.iter().map(|until| format!("until {until}")).collect::<Vec<_>>();
        let revision = self.wrote(&response.ledger_id, response.revision);
        self.memory.exception = response.exception_id;
        self.memory.exception_end = response.until;
        Ok(Answer { said: vec![state], more: until.into_iter().chain([revision]).collect() })
    }

    pub(super) async fn approve(&mut self, client: Client) -> Played {
        let exception_id = self.memory.exception.clone();
        let request = pb::ApproveExceptionRequest { request_id: Self::new_id(), exception_id };
        let response = client.exceptions().approve_exception(request).await?.into_inner();
        let state = short(response.state().as_str_name(), "EXCEPTION_STATE_").to_owned();
        Ok(Answer { said: vec![state], more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn end_exception(&mut self, client: Client) -> Played {
        let exception_id = self.memory.exception.clone();
        let request = pb::EndExceptionRequest { request_id: Self::new_id(), exception_id };
        let response = client.exceptions().end_exception(request).await?.into_inner();
        let state = short(response.state().as_str_name(), "EXCEPTION_STATE_").to_owned();
        Ok(Answer { said: vec![state], more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }

    pub(super) async fn bounce(&mut self, client: Client, kind: pb::MailKind) -> Played {
        let (mut last, mut page_token) = (None, String::new());
        loop {
            let request = pb::ListMailRequest { page_token, ..Default::default() };
            let page = client.mail().list_mail(request).await?.into_inner();
            last = page.mails.into_iter().rfind(|mail| mail.kind() == kind).or(last);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let mail = last.ok_or_else(|| Status::aborted("there is no such mail"))?;
        let request = pb::RecordDeliveryRequest {
            request_id: Self::new_id(),
            message_id: mail.message_id,
            outcome: pb::DeliveryOutcome::Bounced.into(),
        };
        let response = client.mail().record_delivery(request).await?.into_inner();
        let said = vec![changed(response.changed).to_owned()];
        Ok(Answer { said, more: vec![self.wrote(&response.ledger_id, response.revision)] })
    }
}

/// Why something is suspended or invalidated.
pub(super) const REASON: &str = "To show what it looks like";

fn text(language: &str, text: &str) -> pb::LocalizedText {
    pb::LocalizedText { language: language.to_owned(), text: text.to_owned() }
}

fn documents(sample: &Sample) -> Vec<pb::AgreementDocument> {
    [("sv", sample.sv), ("en", sample.en)]
        .map(|(language, markdown)| pb::AgreementDocument {
            language: language.to_owned(),
            markdown: markdown.to_owned(),
            pdf: Vec::new().into(),
        })
        .into()
}

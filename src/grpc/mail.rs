//! `MailService`: requests, answers, and the calls between them. No address and no link is in any of it.

use super::convert::{Fields, answer, enums::Paired, filter_digest, open, times};
use crate::{
    domain::{
        ids::MessageId,
        mail::{MailPurpose, MailState},
    },
    pb::{self, mail_service_server::MailService},
    service::{
        Services,
        caller::{Caller, OperatorRight},
        error::{Error, ErrorReason, Result},
        mail::{
            list_mail::{ListMail, list_mail},
            record_delivery::RecordDelivery,
            retry_mail::RetryMail,
        },
        mutation::{Stamp, mutate},
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `MailService`.
pub struct Mails(pub Arc<Services>);

/// The scope table lets nobody else get here; if it ever does, the call is refused.
fn operator(caller: &Caller) -> Result<OperatorRight<'_>> {
    caller.operator().ok_or_else(|| Error::new(ErrorReason::ScopeMissing, "this call is for the operator"))
}

/// The mail of a whole Message-ID header: the part before the @, the angle brackets off.
fn mail_of(text: &str) -> std::result::Result<MessageId, &'static str> {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>');
    let id = text.split_once('@').map_or(text, |(id, _)| id);
    id.parse().map_err(|_| "must be the id of a mail, or its whole Message-ID")
}

fn delivery(message: &pb::RecordDeliveryRequest) -> Result<(Stamp, RecordDelivery)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let message_id = fields.take("message_id", mail_of(&message.message_id));
    let bounced = match message.outcome() {
        pb::DeliveryOutcome::Delivered => Some(false),
        pb::DeliveryOutcome::Bounced => Some(true),
        pb::DeliveryOutcome::Unspecified => {
            fields.fault("outcome", "must be DELIVERED or BOUNCED");
            None
        }
    };
    let read = || Some((stamp?, RecordDelivery { message_id: message_id?, bounced: bounced? }));
    fields.finish(read())
}

fn retry(message: &pb::RetryMailRequest) -> Result<(Stamp, RetryMail)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let message_id = fields.take("message_id", message.message_id.parse());
    let read = || Some((stamp?, RetryMail { message_id: message_id? }));
    fields.finish(read())
}

fn list(mut message: pb::ListMailRequest) -> Result<ListMail> {
    let mut fields = Fields::default();
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let states = fields.enums::<MailState>("states", &message.states);
    fields.finish(Some(ListMail { page_size, page_token, filter, states }))
}

fn kind(purpose: &MailPurpose) -> pb::MailKind {
    match purpose {
        MailPurpose::Invitation { .. } => pb::MailKind::Invitation,
        MailPurpose::Reminder { .. } => pb::MailKind::Reminder,
        MailPurpose::Confirmation { .. } => pb::MailKind::Confirmation,
        MailPurpose::AcceptanceAttested { .. } => pb::MailKind::AcceptanceAttested,
        MailPurpose::AcceptanceGiven { .. } => pb::MailKind::AcceptanceGiven,
        MailPurpose::DeclineGiven { .. } => pb::MailKind::DeclineGiven,
        MailPurpose::ConnectionConfirmed { .. } => pb::MailKind::ConnectionConfirmed,
        MailPurpose::NewVersion { .. } => pb::MailKind::NewVersion,
        MailPurpose::Contested { .. } => pb::MailKind::Contested,
        MailPurpose::Checkpoint { .. } => pb::MailKind::Checkpoint,
    }
}

/// The kind behind the word that the domain has for it.
fn kind_named(name: &str) -> i32 {
    pb::MailKind::from_str_name(&format!("MAIL_KIND_{name}")).unwrap_or_default() as i32
}

#[tonic::async_trait]
impl MailService for Mails {
    async fn record_delivery(
        &self,
        request: Request<pb::RecordDeliveryRequest>,
    ) -> std::result::Result<Response<pb::RecordDeliveryResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = delivery(&message)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::RecordDeliveryResponse {
                    message_id: done.message_id.to_string(),
                    kind: kind_named(&done.kind),
                    state: done.state.to_pb(),
                    changed: done.changed,
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn list_mail(
        &self,
        request: Request<pb::ListMailRequest>,
    ) -> std::result::Result<Response<pb::ListMailResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (page, paused) = list_mail(&self.0, operator(&caller)?, list(message)?).await?;
                let mails = page.items.into_iter().map(|row| pb::Mail {
                    message_id: row.message_id.to_string(),
                    kind: kind(&row.purpose) as i32,
                    state: row.state.to_pb(),
                    attempts: row.attempts,
                    create_time: Some(times::to_pb(row.created)),
                    due_time: (row.state == MailState::Pending).then(|| times::to_pb(row.due)),
                    send_time: row.sent.map(times::to_pb),
                    fault: row.fault.unwrap_or_default(),
                });
                Ok(pb::ListMailResponse { mails: mails.collect(), next_page_token: page.next_page_token, paused })
            }
            .await,
        )
    }

    async fn retry_mail(
        &self,
        request: Request<pb::RetryMailRequest>,
    ) -> std::result::Result<Response<pb::RetryMailResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = retry(&message)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::RetryMailResponse {
                    message_id: done.message_id.to_string(),
                    state: done.state.to_pb(),
                    changed: done.changed,
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::InvitationId;

    const ID: &str = "0198c0de-0000-7000-8000-000000000001";

    #[test]
    fn a_mail_is_named_by_its_id_or_its_whole_header() {
        for text in [ID.to_owned(), format!("<{ID}@ombord.example>"), format!(" {ID}@ombord.example ")] {
            assert_eq!(mail_of(&text).map(|id| id.to_string()), Ok(ID.to_owned()), "{text}");
        }
        assert!(mail_of("<somebody@else.example>").is_err());
    }

    #[test]
    fn a_delivery_says_what_became_of_the_mail() {
        let message = pb::RecordDeliveryRequest { request_id: ID.into(), outcome: 7, ..Default::default() };
        let error = delivery(&message).err().unwrap();
        let fields: Vec<&str> = error.violations.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["message_id", "outcome"]);
        assert!(pb::MailKind::try_from(kind_named("NONE")).is_ok_and(|kind| kind == pb::MailKind::Unspecified));
    }

    #[test]
    fn every_kind_is_called_the_same_here_and_there() {
        let purpose = MailPurpose::Invitation { invitation_id: InvitationId(uuid::Uuid::nil()) };
        let revision = 1;
        let agreement_id = crate::domain::ids::AgreementId::parse("terms").unwrap();
        let version = crate::domain::ids::VersionLabel::parse("1").unwrap();
        for purpose in [
            purpose,
            MailPurpose::Reminder { invitation_id: InvitationId(uuid::Uuid::nil()) },
            MailPurpose::Confirmation { revision, to_contact_point: true, in_place: false },
            MailPurpose::AcceptanceAttested { revision },
            MailPurpose::AcceptanceGiven { revision },
            MailPurpose::DeclineGiven { revisions: vec![revision] },
            MailPurpose::ConnectionConfirmed { revision },
            MailPurpose::NewVersion { agreement_id, version },
            MailPurpose::Contested { revision },
            MailPurpose::Checkpoint { note: String::new() },
        ] {
            assert_eq!(kind_named(purpose.name()), kind(&purpose) as i32, "{}", purpose.name());
        }
    }
}

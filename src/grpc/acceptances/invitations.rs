//! Invitations and contests: requests, all violations of each collected, and answers.

use crate::{
    domain::{
        ids::InvitationId,
        invitation::check_code,
        text,
        vocabulary::{InvitationState, Language},
    },
    grpc::convert::{Fields, enums::Paired, filter_digest, texts, times},
    pb,
    service::{
        acceptances::resolve_contest::{Contested, Outcome, ResolveContest, Resolved},
        caller::OperatorRight,
        error::Result,
        invitations::{
            InvitationView, Invited,
            cancel::{CancelInvitation, Cancelled},
            create::{CreateInvitation, Created, NewInvitation},
            list::ListInvitations,
        },
        mutation::Stamp,
        paging::Page,
        senders::resolve::SenderRef,
    },
};

/// Longest reason for the end of a contest, in characters.
const LONGEST_REASON: usize = 1000;

impl Fields {
    /// Whom to invite.
    pub fn invitation(&mut self, recipient: &str, language: &str, two_signatories: bool) -> Option<NewInvitation> {
        let recipient = self.take("recipient_email", text::email(recipient));
        let language = match language {
            "" => Some(Language::Sv),
            code => self.take("language", texts::parse_language(code)),
        };
        Some(NewInvitation { recipient: recipient?, language: language?, two_signatories })
    }

    /// Whom to invite along with something else, if anybody.
    pub fn along(&mut self, field: &str, invitation: Option<pb::NewInvitation>) -> Option<NewInvitation> {
        let one = invitation?;
        self.within(field, |fields| fields.invitation(&one.recipient_email, &one.language, one.two_signatories))
    }

    /// A sender of a list's filter, by its id or its reference, or none.
    pub fn sender_filter(&mut self, sender_id: &str, external_reference: &str) -> Option<SenderRef> {
        match (sender_id.is_empty(), external_reference.is_empty()) {
            (true, true) => None,
            (false, false) => {
                self.fault("sender_id", "must not be given together with external_reference");
                None
            }
            _ => self.sender_ref(sender_id, external_reference),
        }
    }
}

pub(super) fn create(message: &pb::CreateInvitationRequest) -> Result<(Stamp, CreateInvitation)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let name = fields.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
    let invitation = fields.invitation(&message.recipient_email, &message.language, message.two_signatories);
    let read = || {
        let (name, invitation) = (name?, invitation?);
        Some((stamp?, CreateInvitation { name, invitation }))
    };
    fields.finish(read())
}

pub(super) fn get(message: &pb::GetInvitationRequest) -> Result<InvitationId> {
    let mut fields = Fields::default();
    let id = fields.take("invitation_id", message.invitation_id.parse());
    fields.finish(id)
}

pub(super) fn list(mut message: pb::ListInvitationsRequest) -> Result<ListInvitations> {
    let mut fields = Fields::default();
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let sender = fields.sender_filter(&message.sender_id, &message.external_reference);
    let states = fields.enums::<InvitationState>("states", &message.states);
    let changed_after_revision = message.changed_after_revision.min(1 << 53);
    fields.finish(Some(ListInvitations {
        page_size,
        page_token,
        filter,
        integrator_id,
        sender,
        states,
        changed_after_revision,
    }))
}

pub(super) fn cancel(message: &pb::CancelInvitationRequest) -> Result<(Stamp, CancelInvitation)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let invitation_id = fields.take("invitation_id", message.invitation_id.parse());
    let read = || Some((stamp?, CancelInvitation { integrator_id, invitation_id: invitation_id? }));
    fields.finish(read())
}

pub(super) fn resolve(
    message: &pb::ResolveContestRequest,
    right: OperatorRight<'_>,
) -> Result<(Stamp, ResolveContest)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let contested = if message.acceptance_id.is_empty() {
        for (field, given) in [("integrator_id", &message.integrator_id), ("sender_id", &message.sender_id)] {
            if given.is_empty() {
                fields.fault(field, "must be given, or acceptance_id instead of it");
            }
        }
        let id = (!message.sender_id.is_empty()).then_some(&message.sender_id[..]);
        id.and_then(|id| fields.sender_name(&message.integrator_id, id, "")).map(Contested::Connection)
    } else {
        for (field, given) in [("integrator_id", &message.integrator_id), ("sender_id", &message.sender_id)] {
            if !given.is_empty() {
                fields.fault(field, "must be empty with acceptance_id");
            }
        }
        fields.take("acceptance_id", message.acceptance_id.parse()).map(Contested::Acceptance)
    };
    let reason = fields.take("reason", text::one_line(&message.reason, LONGEST_REASON));
    let read = || {
        let (contested, reason) = (contested?, reason?);
        Some((stamp?, ResolveContest::new(right, contested, reason)))
    };
    fields.finish(read())
}

fn id(id: Option<InvitationId>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// What was made along with something else.
pub fn created(invited: Invited) -> pb::CreatedInvitation {
    pb::CreatedInvitation {
        invitation_id: id(invited.invitation_id),
        state: InvitationState::Created.to_pb(),
        check_code: invited.check_code,
        expire_time: Some(times::to_pb(invited.expires)),
        superseded_invitation_id: id(invited.superseded),
    }
}

pub(super) fn made(done: Created) -> pb::CreateInvitationResponse {
    let made = created(done.invited);
    pb::CreateInvitationResponse {
        invitation_id: made.invitation_id,
        state: made.state,
        check_code: made.check_code,
        expire_time: made.expire_time,
        superseded_invitation_id: made.superseded_invitation_id,
        sender_id: done.sender_id.to_string(),
        connection_id: done.connection_id.to_string(),
        external_reference: done.external_reference,
        revision: done.revision,
        ledger_id: done.ledger_id.to_string(),
    }
}

pub(super) fn cancelled(done: &Cancelled) -> pb::CancelInvitationResponse {
    pb::CancelInvitationResponse {
        invitation_id: done.invitation_id.to_string(),
        state: InvitationState::Cancelled.to_pb(),
        changed: done.changed,
        end_time: Some(times::to_pb(done.time)),
        revision: done.revision,
        ledger_id: done.ledger_id.to_string(),
    }
}

pub(super) fn resolved(done: &Resolved) -> pb::ResolveContestResponse {
    let (acceptance_id, acceptance_state, connection_state) = match done.outcome {
        Outcome::Acceptance { acceptance_id, invalidated } => {
            (acceptance_id.to_string(), super::answers::state(invalidated), 0)
        }
        Outcome::Connection(state) => (String::new(), 0, state.to_pb()),
    };
    pb::ResolveContestResponse {
        acceptance_id,
        acceptance_state,
        connection_state,
        changed: done.changed,
        revision: done.revision,
        ledger_id: done.ledger_id.to_string(),
    }
}

pub(super) fn invitation(view: InvitationView) -> pb::Invitation {
    let row = view.row;
    pb::Invitation {
        invitation_id: row.invitation_id.to_string(),
        sender_id: row.sender_id.to_string(),
        external_reference: view.external_reference,
        integrator_id: row.integrator_id.to_string(),
        connection_id: row.connection_id.to_string(),
        state: view.state.to_pb(),
        check_code: check_code(row.invitation_id),
        language: texts::language(row.language).to_owned(),
        two_signatories: row.two_signatories,
        first_signed: row.signature_revision.is_some(),
        joint_with_invitation_id: id(row.joint_with),
        replaces_invitation_id: id(row.replaces),
        forwarded: view.forwarded,
        recipient_email: view.recipient.unwrap_or_default(),
        acceptance_ids: view.acceptances.iter().map(ToString::to_string).collect(),
        create_time: Some(times::to_pb(row.created)),
        send_time: row.sent.map(times::to_pb),
        expire_time: Some(times::to_pb(row.expires)),
        end_time: view.ended.map(times::to_pb),
        reminder_count: row.reminders,
        revision: row.revision,
    }
}

pub(super) fn page(page: Page<InvitationView>) -> pb::ListInvitationsResponse {
    pb::ListInvitationsResponse {
        invitations: page.items.into_iter().map(invitation).collect(),
        next_page_token: page.next_page_token,
        revision: page.revision,
    }
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

    #[test]
    fn an_invitation_lists_every_violation_at_once() {
        let message = pb::CreateInvitationRequest { language: "fi".into(), ..Default::default() };
        assert_eq!(fields(create(&message)), ["request_id", "sender_id", "recipient_email", "language"]);
        let message = pb::CreateInvitationRequest {
            request_id: ID.into(),
            sender_id: ID.into(),
            recipient_email: "asa@company.example".into(),
            ..Default::default()
        };
        assert!(create(&message).is_ok_and(|(_, verb)| verb.invitation.language == Language::Sv));
    }

    #[test]
    fn a_contest_is_of_an_acceptance_or_of_a_connection() {
        let caller = Caller::from_claims("op".into(), None, Scopes::OPERATOR).unwrap();
        let right = caller.operator().unwrap();
        let message = |acceptance: &str, integrator: &str, sender: &str| pb::ResolveContestRequest {
            request_id: ID.into(),
            acceptance_id: acceptance.into(),
            integrator_id: integrator.into(),
            sender_id: sender.into(),
            reason: "Bolaget bekräftade per telefon".into(),
        };
        assert_eq!(fields(resolve(&message(ID, "", ""), right)), [""; 0]);
        assert_eq!(fields(resolve(&message("", "lonebyran", ID), right)), [""; 0]);
        assert_eq!(fields(resolve(&message("", "", ""), right)), ["integrator_id", "sender_id"]);
        assert_eq!(fields(resolve(&message(ID, "lonebyran", ""), right)), ["integrator_id"]);
    }

    #[test]
    fn a_list_takes_the_states_of_the_api() {
        let message = pb::ListInvitationsRequest { states: vec![1, 0, 99], ..Default::default() };
        assert_eq!(fields(list(message)), ["states[1]", "states[2]"]);
        let every: Vec<i32> = InvitationState::ALL.iter().map(|state| state.to_pb()).collect();
        assert_eq!(every, (1..=9).collect::<Vec<i32>>());
    }
}

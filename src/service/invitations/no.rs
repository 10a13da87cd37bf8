//! A no to an integrator from which nothing of the sender's has come yet.
//!
//! Whoever answered was named by the integrator alone, so the no takes nothing away from what came through others, and is
//! no act of the sender's. But the integrator asked, and cannot attest the opposite afterwards: only somebody at the sender
//! can, on the form, or the operator, who was shown what the sender signed.

use crate::{
    domain::{
        ids::ConnectionId,
        vocabulary::{InvitationState, Method},
    },
    service::{
        error::{Error, ErrorReason, Result, Violation},
        write::Write,
    },
    store::InvitationFilter,
};

/// How many answers over one connection are looked at, the newest among them.
const MOST_ANSWERS: u32 = 10_000;

/// Refuses what an integrator would attest against the last answer that it got over a connection.
pub(crate) async fn refuse_against(write: &mut Write, connection: ConnectionId, method: Method) -> Result<()> {
    if method == Method::HostedForm || write.caller.integrator().is_none() {
        return Ok(());
    }
    let filter = InvitationFilter {
        connection_id: Some(connection),
        states: vec![InvitationState::Accepted, InvitationState::Declined],
        ..InvitationFilter::default()
    };
    let answers = write.tx.invitations(&filter, MOST_ANSWERS).await?;
    let last = answers.iter().max_by_key(|row| (row.ended, row.revision));
    // A no that was recorded as the sender's decline is weighed as that.
    if last.is_none_or(|row| row.state != InvitationState::Declined || row.answer_revision.is_some()) {
        return Ok(());
    }
    let text = "the person invited said no for the sender; invite again, or let the operator record it";
    let violation = Violation { field: "documents".into(), description: text.into() };
    Err(Error { violations: vec![violation], ..Error::new(ErrorReason::DeclinedBySender, text) })
}

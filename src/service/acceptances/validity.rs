//! Whether an acceptance is contested or invalidated, at a moment.

use crate::domain::{
    acts::{Act, ActKind, ActState},
    ids::AcceptanceId,
    time::Timestamp,
};

/// Where an acceptance stands, its age and its version apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Nothing was said against it.
    Valid,
    /// The sender contests it; it counts until the deadline.
    Contested,
    /// It counts no more.
    Invalidated,
}

/// Where the acceptance stands at `now`; and of one that was contested until when it counts, or counted.
pub(super) fn validity(acts: &[Act], id: AcceptanceId, now: Timestamp) -> (Validity, Option<Timestamp>) {
    let act = acts.iter().find(|act| act.id == id.0 && act.kind == ActKind::Acceptance);
    match act.map(|act| act.state) {
        Some(ActState::Contested { until, .. }) if now < until => (Validity::Contested, Some(until)),
        Some(ActState::Contested { until, .. }) => (Validity::Invalidated, Some(until)),
        Some(ActState::Invalidated) => (Validity::Invalidated, None),
        Some(ActState::Valid | ActState::CoverageEnded) | None => (Validity::Valid, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabulary::Assurance;

    #[test]
    fn a_contest_that_nobody_resolved_invalidates() {
        let now = Timestamp::from_parts(1_800_000_000, 0).unwrap();
        let id = AcceptanceId(uuid::Uuid::from_u128(1));
        let act = |state| Act {
            id: id.0,
            agreement_id: crate::domain::ids::AgreementId::parse("terms").unwrap(),
            version: crate::domain::ids::VersionLabel::parse("1").unwrap(),
            kind: ActKind::Acceptance,
            state,
            assurance: Assurance::IntegratorAttested,
            time: now,
            revision: 1,
            through: None,
            retroactive_delivery: false,
        };
        let at = |state| validity(&[act(state)], id, now);
        let later = now.plus_seconds(1);
        assert_eq!(at(ActState::Valid), (Validity::Valid, None));
        assert_eq!(at(ActState::Contested { until: later, with: None }), (Validity::Contested, Some(later)));
        assert_eq!(at(ActState::Contested { until: now, with: None }), (Validity::Invalidated, Some(now)));
        assert_eq!(at(ActState::Invalidated), (Validity::Invalidated, None));
    }
}

//! What a trial (`validate_only`) may look at, so that it tells nothing of what was done through others over a connection
//! that is not active: it leaves no trace, and could be tried with any company.

use crate::{
    domain::{
        acts::{Act, ActState},
        ids::IntegratorId,
        sender::Connection,
        vocabulary::ConnectionState,
    },
    service::write::Write,
};
use std::{borrow::Cow, collections::BTreeSet};

/// Which of a sender's acts are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// All.
    All,
    /// What came through the integrator itself, as if nothing were contested that was done through others.
    Own,
}

impl Sight {
    /// Of a trial over a connection. Within a trial an earlier row may have confirmed it; that does not count.
    pub(super) fn of_trial(write: &Write, connection: Option<&Connection>) -> Self {
        let active = |known: &Connection| {
            let before = known.confirmed.is_some_and(|confirmed| confirmed.time < write.now);
            before && known.state_at(write.now) == ConnectionState::Active
        };
        if write.caller.is_operator() || connection.is_some_and(active) { Self::All } else { Self::Own }
    }

    /// The acts among these that are looked at, as they look.
    pub(super) fn of<'a>(self, acts: &'a [Act], integrator: &IntegratorId) -> Cow<'a, [Act]> {
        if self == Self::All {
            return Cow::Borrowed(acts);
        }
        let mut own: Vec<Act> = acts.iter().filter(|act| act.through.as_ref() == Some(integrator)).cloned().collect();
        let ids: BTreeSet<_> = own.iter().map(|act| act.id).collect();
        for act in &mut own {
            if matches!(act.state, ActState::Contested { with: Some(with), .. } if !ids.contains(&with)) {
                act.state = ActState::Valid;
            }
        }
        Cow::Owned(own)
    }
}

//! `ListInvitations`.

use super::{InvitationView, view::views};
use crate::{
    domain::{
        ids::{Digest, IntegratorId, InvitationId},
        invitation::state_at,
        time::Timestamp,
        vocabulary::InvitationState,
    },
    service::{
        Services,
        caller::Caller,
        error::Result,
        paging::{self, Page},
        senders::resolve::{self, SenderName, SenderRef},
        write::own_or_named,
    },
    store::{InvitationFilter, Reader},
};

/// Which invitations, and which page of them.
#[derive(Debug)]
pub struct ListInvitations {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// Only this integrator's; an integrator's own in any case.
    pub integrator_id: Option<IntegratorId>,
    /// Only this sender's.
    pub sender: Option<SenderRef>,
    /// Only those that stand so now; all where empty.
    pub states: Vec<InvitationState>,
    /// Only made or changed after this revision.
    pub changed_after_revision: u64,
}

/// How often one page may look further for rows that fit what only the time tells.
const MOST_LOOKS: usize = 10;

/// Lists invitations in the order of their ids, which is that of their making. The revision is that of the first page on
/// all of them, so that a poll from there misses nothing.
pub async fn list_invitations(
    services: &Services,
    caller: &Caller,
    list: ListInvitations,
) -> Result<Page<InvitationView>> {
    let size = paging::size(list.page_size);
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let after: Option<(InvitationId, u64)> = paging::after(list.filter, &list.page_token)?;
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let revision = after.map_or(reader.head().revision, |(_, first)| first);
    let mut filter = filter(reader, caller, &list, now).await?;
    filter.after = after.map(|(id, _)| id);
    let (mut found, mut more) = (Vec::new(), true);
    for _ in 0..MOST_LOOKS {
        // One row more than still fits tells whether there is another page.
        let missing = wanted - found.len();
        let mut rows = reader.invitations(&filter, u32::try_from(missing).unwrap_or(size) + 1).await?;
        more = rows.len() > missing;
        rows.truncate(missing);
        filter.after = rows.last().map(|row| row.invitation_id).or(filter.after);
        rows.retain(|row| list.states.is_empty() || list.states.contains(&state_at(row.state, row.expires, now)));
        found.append(&mut rows);
        if !more || found.len() >= wanted {
            break;
        }
    }
    let next_page_token = match filter.after {
        Some(last) if more => paging::token(list.filter, (last, revision))?,
        _ => String::new(),
    };
    Ok(Page { items: views(reader, caller, found, now).await?, next_page_token, revision })
}

async fn filter(
    reader: &mut dyn Reader,
    caller: &Caller,
    list: &ListInvitations,
    now: Timestamp,
) -> Result<InvitationFilter> {
    let integrator_id = match (caller.integrator(), &list.integrator_id) {
        (None, None) => None,
        (_, named) => Some(own_or_named(caller, named.as_ref())?.clone()),
    };
    let sender_id = match &list.sender {
        Some(sender) => {
            let name = SenderName { integrator_id: integrator_id.clone(), sender: sender.clone() };
            Some(resolve::sender(reader, caller, &name).await?.0)
        }
        None => None,
    };
    let (states, expires_before, expires_from) = stored(&list.states, now);
    Ok(InvitationFilter {
        integrator_id,
        sender_id,
        states,
        expires_before,
        expires_from,
        changed_after_revision: (list.changed_after_revision > 0).then_some(list.changed_after_revision),
        ..InvitationFilter::default()
    })
}

/// The stored states behind those that are asked for, and the bounds of their time where one fits them all. A row that is
/// found may still not fit.
fn stored(states: &[InvitationState], now: Timestamp) -> (Vec<InvitationState>, Option<Timestamp>, Option<Timestamp>) {
    let expired = states.contains(&InvitationState::Expired);
    let mut stored: Vec<InvitationState> =
        states.iter().copied().filter(|state| *state != InvitationState::Expired).collect();
    let all_open = stored.iter().all(|state| state.is_open());
    let before = (expired && stored.is_empty()).then(|| now.plus_seconds(1));
    let from = (!expired && all_open && !stored.is_empty()).then_some(now);
    if expired {
        let open = InvitationState::ALL.iter().copied().filter(|state| state.is_open());
        stored.extend(open);
        stored.sort_unstable();
        stored.dedup();
    }
    (stored, before, from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use InvitationState as S;

    #[test]
    fn expired_ones_are_stored_as_open() {
        let now = Timestamp::from_parts(1_800_000_000, 0).unwrap();
        let open = vec![S::Created, S::Sent, S::Bounced];
        assert_eq!(stored(&[], now), (Vec::new(), None, None));
        assert_eq!(stored(&[S::Expired], now), (open.clone(), Some(now.plus_seconds(1)), None));
        assert_eq!(stored(&[S::Sent], now), (vec![S::Sent], None, Some(now)));
        assert_eq!(stored(&[S::Sent, S::Expired], now), (open, None, None));
        assert_eq!(stored(&[S::Sent, S::Accepted], now), (vec![S::Sent, S::Accepted], None, None));
    }
}

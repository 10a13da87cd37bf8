//! What the steps record that begin with a mail: contests, notices, what came back, and invitations.

use super::{
    histories::{INTEGRATORS, Inviting, Step, World, agreement_id, at, id, integrator_id, label, sender_id},
    steps::{covered, private},
};
use ombord::domain::{
    acts::{Act, ActKind, ActState},
    agreement::Notice,
    calendar::business_days_after,
    ids::{AcceptanceId, InvitationId, MessageId},
    ledger::{
        Event,
        event::{Covered, Invited, Signatory},
    },
    rules::CONTEST_BUSINESS_DAYS,
    sender::Connection,
    time::Timestamp,
    vocabulary::{AuthorityBasis, ConnectionState, ContactQuality, InvitationCause, Language},
};

impl World {
    /// The event of such a step, or nothing where the services would refuse it.
    pub(super) fn by_mail(&self, step: &Step) -> Option<Event> {
        let n = self.entries.len();
        let now = at(self.today);
        let message_id = MessageId(id(9, n));
        Some(match step {
            Step::ContestAcceptance { acceptance } => {
                let (acceptance_ids, sender, covered) = self.act(*acceptance)?;
                let own = || self.own_acts(sender, &acceptance_ids);
                if !own().any(|act| act.stands(now)) || own().any(|act| matches!(act.state, ActState::Contested { .. }))
                {
                    return None;
                }
                let (sender_id, until) = (sender_id(sender), self.contest_until());
                Event::AcceptanceContested { acceptance_ids, sender_id, covered, until, reason: None }
            }
            Step::ResolveContest { acceptance } => {
                let (acceptance_ids, sender, covered) = self.act(*acceptance)?;
                let (asked, _, _) = self.acceptances[*acceptance];
                self.own_acts(sender, &[asked]).find(|act| act.contested(now).is_some())?;
                Event::ContestResolved { acceptance_ids, sender_id: sender_id(sender), covered, reason: private(n) }
            }
            Step::ContestConnection { sender, through } => {
                let connection = self.kept(*sender, *through)?;
                if connection.state_at(now) != ConnectionState::Active || connection.contested.is_some() {
                    return None;
                }
                Event::ConnectionContested {
                    sender_id: sender_id(*sender),
                    connection_id: connection.connection_id,
                    until: self.contest_until(),
                    reason: None,
                }
            }
            Step::ResolveConnectionContest { sender, through } => {
                let connection = self.kept(*sender, *through)?;
                if connection.contested.is_none() || connection.state == ConnectionState::Ended {
                    return None;
                }
                Event::ConnectionContestResolved {
                    sender_id: sender_id(*sender),
                    connection_id: connection.connection_id,
                    reason: private(n),
                }
            }
            Step::Notice { sender, agreement, version } => {
                self.sender(*sender)?;
                let known = self.agreement(*agreement)?.version(&label(*version)).filter(|v| !v.withdrawn)?;
                // The services record the first one only; more than that would do no harm.
                let (sender_id, agreement_id) = (sender_id(*sender), agreement_id(*agreement));
                Event::NoticeGiven { sender_id, agreement_id, version: known.label.clone(), message_id }
            }
            Step::NoticeFailed { sender, agreement, version } => {
                let of = |n: &&Notice| n.agreement_id == agreement_id(*agreement) && n.version == label(*version);
                let Notice { agreement_id, version, .. } = self.sender(*sender)?.notices.iter().find(of)?.clone();
                Event::NoticeFailed { sender_id: sender_id(*sender), agreement_id, version, message_id }
            }
            Step::Bounce { sender, through } => {
                let connection = self.kept(*sender, *through)?;
                if connection.state == ConnectionState::Ended || connection.contact_bounced {
                    return None;
                }
                let (sender_id, connection_id) = (sender_id(*sender), Some(connection.connection_id));
                Event::MailUndelivered { sender_id, message_id, connection_id, confirms: Vec::new() }
            }
            Step::BounceConfirmation { acceptance } => {
                let (confirms, sender, _) = self.act(*acceptance)?;
                Event::MailUndelivered { sender_id: sender_id(sender), message_id, connection_id: None, confirms }
            }
            Step::Invitation { sender, through, what } => self.inviting(*sender, *through, *what)?,
            _ => return None,
        })
    }

    /// When a contest of today stops what is contested.
    pub fn contest_until(&self) -> Timestamp {
        business_days_after(at(self.today), CONTEST_BUSINESS_DAYS)
    }

    /// The acceptances whose confirmation goes to a contact point that is set anew.
    pub(super) fn reconfirmed(&self, sender: usize, through: usize, contact: ContactQuality) -> Vec<AcceptanceId> {
        let facts = self.sender(sender).filter(|_| contact != ContactQuality::Missing);
        let through = integrator_id(through);
        let owed = facts.into_iter().flat_map(|facts| facts.undelivered(&through, at(self.today)));
        owed.map(|act| AcceptanceId(act.id)).collect()
    }

    /// All acceptances of the act that the nth one is of, the sender, and whom they cover.
    pub fn act(&self, nth: usize) -> Option<(Vec<AcceptanceId>, usize, Vec<Covered>)> {
        let (wanted, sender, companies) = self.acceptances.get(nth)?;
        let accepted = self.entries.iter().find_map(|entry| match &entry.event {
            Event::AcceptanceRecorded { accepted, .. } if accepted.iter().any(|one| one.acceptance_id == *wanted) => {
                Some(accepted.iter().map(|one| one.acceptance_id).collect())
            }
            _ => None,
        })?;
        Some((accepted, *sender, covered(companies)))
    }

    fn own_acts<'a>(&'a self, sender: usize, ids: &'a [AcceptanceId]) -> impl Iterator<Item = &'a Act> {
        let acts = self.sender(sender).map(|s| &s.acts[..]).unwrap_or_default();
        acts.iter().filter(|act| act.kind == ActKind::Acceptance && ids.iter().any(|id| id.0 == act.id))
    }

    fn kept(&self, sender: usize, through: usize) -> Option<&Connection> {
        self.sender(sender)?.connection(&integrator_id(through))
    }

    fn inviting(&self, sender: usize, through: usize, what: Inviting) -> Option<Event> {
        let n = self.entries.len();
        let about = Invited {
            invitation_id: InvitationId(id(10, sender * INTEGRATORS + through)),
            sender_id: sender_id(sender),
            connection_id: self.open(sender, through)?,
            integrator_id: integrator_id(through),
        };
        let message_id = MessageId(id(9, n));
        Some(match what {
            Inviting::Created | Inviting::Forwarded => {
                let forwarded = what == Inviting::Forwarded;
                Event::InvitationCreated {
                    recipient: private(n),
                    language: Language::Sv,
                    two_signatories: false,
                    cause: if forwarded { InvitationCause::Forwarded } else { InvitationCause::Requested },
                    replaces: forwarded.then_some(about.invitation_id),
                    joint_with: None,
                    about,
                }
            }
            Inviting::Sent => Event::InvitationSent { about, message_id },
            Inviting::Bounced => Event::InvitationBounced { about, message_id },
            Inviting::Ended(state) => Event::InvitationEnded { about, state },
            Inviting::FirstSignature => Event::FirstSignatureGiven {
                about,
                accepted: Vec::new(),
                signatory: Signatory { person: Some(private(n)), authority_basis: AuthorityBasis::Position },
                second: private(n),
                contact: None,
                covered: Vec::new(),
                group_permission_declared: false,
                retroactive_delivery: false,
            },
        })
    }
}

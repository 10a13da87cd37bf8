//! What each act of a sender is worth beside its other acts, at a moment.
//!
//! Acts are ordered by when they happened; an act displaces only acts that are no surer than itself.

use super::{
    acts::{Act, ActKind, ActState, Order},
    agreement::AgreementFacts,
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::Assurance,
};

/// What one act is worth at a moment, and why; also what an explanation shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// An acceptance that counts; by when a newer one is needed.
    Current(Option<Timestamp>),
    /// An acceptance that counted until this time.
    Overdue(Timestamp),
    /// An acceptance of a version that is not in force yet.
    NotYetEffective,
    /// An act about a version that was withdrawn.
    Void,
    /// Invalidated.
    Invalidated,
    /// Coverage that was ended.
    CoverageEnded,
    /// An acceptance displaced by a later decline of the same version.
    Displaced,
    /// An acceptance against an earlier and surer decline, or coverage against the sender's own decline.
    Blocked,
    /// A decline that stands; it takes effect when no acceptance is current.
    Declines,
    /// A decline displaced by a later acceptance.
    Overruled,
}

/// All declines of a sender about one agreement, weighed once and summed up: so an act's worth costs one look at each kind
/// of decline there is, however many declines and acts there are.
pub struct Weighing<'a> {
    agreement: &'a AgreementFacts,
    sender: &'a SenderFacts,
    now: Timestamp,
    /// Nearly every sender has fewer than these: then nothing is allocated.
    few: [Option<Declines>; 4],
    more: Vec<Declines>,
}

/// What the valid declines of one version with one assurance come to.
#[derive(Clone, Copy)]
struct Declines {
    /// The place of the version.
    position: usize,
    assurance: Assurance,
    /// Of the latest.
    last: Order,
    /// Of the latest own acceptance in effect, of the same or a newer version and no less sure: the declines before it are
    /// overruled.
    overruling: Option<Order>,
    /// Of the first that stands, since nothing overrules it; those after it stand too.
    first: Option<Order>,
}

impl Declines {
    fn stands(&self, decline: Order) -> bool {
        self.overruling.is_none_or(|overruling| overruling <= decline)
    }

    /// Whether one displaces an acceptance: later, of the same version, and no less sure.
    fn displaces(&self, acceptance: &Act, accepted: usize) -> bool {
        self.position == accepted && self.last > acceptance.order() && self.assurance >= acceptance.assurance
    }

    /// Whether one that stands holds against an acceptance or coverage of the same or a newer version: against a later one
    /// that is less sure, and against all coverage.
    fn blocks(&self, act: &Act, accepted: usize) -> bool {
        let holds =
            |decline: Order| act.kind == ActKind::Coverage || (decline < act.order() && self.assurance > act.assurance);
        self.position <= accepted && self.first.is_some_and(holds)
    }
}

impl<'a> Weighing<'a> {
    /// Weighs a sender's declines of an agreement at `now`.
    #[inline]
    pub fn of(agreement: &'a AgreementFacts, sender: &'a SenderFacts, now: Timestamp) -> Self {
        let none = Self { agreement, sender, now, few: [None; 4], more: Vec::new() };
        // Most senders never declined; what is not needed for them stands apart.
        if sender.acts.iter().all(|act| act.kind != ActKind::Decline) { none } else { none.with_declines() }
    }

    #[cold]
    fn with_declines(mut self) -> Self {
        let Self { agreement, sender, now, .. } = self;
        for decline in valid(agreement, sender, ActKind::Decline, now) {
            let Some((position, _)) = effective_version(agreement, decline) else { continue };
            let (assurance, order) = (decline.assurance, decline.order());
            let alike = |one: &Declines| (one.position, one.assurance) == (position, assurance);
            if !self.kinds().any(alike) {
                let overruling = overruling(agreement, sender, position, assurance, now);
                self.add(Declines { position, assurance, last: order, overruling, first: None });
            }
            for declined in self.kinds_mut().filter(|one| alike(one)) {
                declined.last = declined.last.max(order);
                if declined.stands(order) {
                    declined.first = Some(declined.first.map_or(order, |first| first.min(order)));
                }
            }
        }
        self
    }

    fn add(&mut self, new: Declines) {
        match self.few.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(new),
            None => self.more.push(new),
        }
    }

    fn kinds_mut(&mut self) -> impl Iterator<Item = &mut Declines> {
        self.few.iter_mut().flatten().chain(&mut self.more)
    }

    fn kinds(&self) -> impl Iterator<Item = &Declines> {
        self.few.iter().flatten().chain(&self.more)
    }

    /// What an act of this sender about this agreement is worth.
    #[inline]
    pub fn worth(&self, act: &Act) -> Worth {
        match act.state {
            ActState::Invalidated => return Worth::Invalidated,
            ActState::CoverageEnded => return Worth::CoverageEnded,
            ActState::Contested { until, .. } if until <= self.now => return Worth::Invalidated,
            ActState::Valid | ActState::Contested { .. } => {}
        }
        let Some((position, effective)) = effective_version(self.agreement, act) else { return Worth::Void };
        let beside = act.kind == ActKind::Decline || self.few[0].is_some();
        if beside && let Some(worth) = self.beside_declines(act, position) {
            return worth;
        }
        if effective > self.now {
            return Worth::NotYetEffective;
        }
        match self.agreement.deadline_after(position, &self.sender.notices) {
            Some(deadline) if deadline <= self.now => Worth::Overdue(deadline),
            deadline => Worth::Current(deadline),
        }
    }

    /// What a valid act is worth because of the declines, if anything: itself one, or an acceptance against one.
    #[cold]
    fn beside_declines(&self, act: &Act, position: usize) -> Option<Worth> {
        if act.kind == ActKind::Decline {
            let mut alike = self.kinds().filter(|one| (one.position, one.assurance) == (position, act.assurance));
            let stands = alike.any(|one| one.stands(act.order()));
            return Some(if stands { Worth::Declines } else { Worth::Overruled });
        }
        if act.kind == ActKind::Acceptance && self.kinds().any(|one| one.displaces(act, position)) {
            return Some(Worth::Displaced);
        }
        self.kinds().any(|one| one.blocks(act, position)).then_some(Worth::Blocked)
    }
}

/// The place and effective time of the act's version, unless it was withdrawn.
#[inline]
fn effective_version(agreement: &AgreementFacts, act: &Act) -> Option<(usize, Timestamp)> {
    let position = agreement.position(&act.version)?;
    let version = &agreement.versions[position];
    (!version.withdrawn).then_some((position, version.effective))
}

/// The acts of a kind about this agreement that stand.
fn valid<'a>(
    agreement: &'a AgreementFacts,
    sender: &'a SenderFacts,
    kind: ActKind,
    now: Timestamp,
) -> impl Iterator<Item = &'a Act> {
    sender.acts_about(&agreement.agreement_id).filter(move |act| act.kind == kind && act.stands(now))
}

/// Of the latest own acceptance in effect, of the same or a newer version and no less sure.
fn overruling(
    agreement: &AgreementFacts,
    sender: &SenderFacts,
    declined: usize,
    assurance: Assurance,
    now: Timestamp,
) -> Option<Order> {
    let overrules = |act: &&Act| {
        act.assurance >= assurance
            && effective_version(agreement, act).is_some_and(|(accepted, from)| accepted >= declined && from <= now)
    };
    valid(agreement, sender, ActKind::Acceptance, now).filter(overrules).map(Act::order).max()
}

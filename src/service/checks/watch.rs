//! `WatchGate`: what a follower is told, and when. The state that was told last is all that a stream remembers: there is
//! no log of changes and no queue, so a follower that reads slowly is told of fewer and larger changes.

use super::moment::{fresh, not_reached};
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{Digest, IntegratorId, LedgerId},
        integrator::IntegratorFacts,
        profile::Profiles,
        rules::RULES_VERSION,
        time::Timestamp,
    },
    gate::{
        Fresh,
        record::{Former, Record},
        state::{Since, State},
    },
    service::{
        Services,
        caller::Caller,
        error::{Error, ErrorReason, Result},
        ledger::root_at,
        places::{Place, Places},
    },
};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The longest time without a word. A checkpoint is promised each second.
const TICK: Duration = Duration::from_millis(500);

/// What all streams of a process share.
#[derive(Debug, Clone)]
pub struct Watches {
    places: Arc<Places>,
    /// How long a follower may take nothing.
    pub patience: Duration,
    /// How long a stream lasts at most. Its caller is then looked at again: the key of its token may have been taken back.
    pub life: Duration,
    /// When they end.
    pub stopping: CancellationToken,
}

impl Watches {
    /// At most so many streams at once. An integrator's own system follows its own senders and needs one or two.
    pub fn new(most: usize, patience: Duration, life: Duration, stopping: CancellationToken) -> Self {
        Self { places: Arc::new(Places::new(most, 8)), patience, life, stopping }
    }
}

impl Default for Watches {
    /// None.
    fn default() -> Self {
        Self::new(0, Duration::ZERO, Duration::ZERO, CancellationToken::new())
    }
}

/// Up to where a follower knows everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Of which ledger.
    pub ledger_id: LedgerId,
    /// Up to which revision.
    pub revision: u64,
    /// The root of the ledger's tree there.
    pub history: Digest,
    /// The version of the rules whose facts it was told.
    pub rules_version: u32,
    /// The integrator of whose connections it knows; all senders where absent.
    pub scope: Option<IntegratorId>,
}

/// Why a follower has to forget what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// It knows nothing.
    Beginning,
    /// It knows another ledger.
    OtherLedger,
    /// It knows what the ledger lost.
    OtherHistory,
    /// It knows the facts of other rules.
    OtherRules,
    /// It knows those that another caller sees, or one integrator's. What is new among those could not be told without
    /// telling which other senders changed since.
    OtherScope,
}

/// One follower's stream.
pub struct Watch {
    services: Arc<Services>,
    scope: Option<IntegratorId>,
    news: watch::Receiver<u64>,
    known: Known,
}

/// What the follower knows.
enum Known {
    Nothing(Reset),
    Revision(LedgerId, u64),
    State(Arc<State>),
}

/// All that is new, which leads the follower from what it knows to one revision.
pub struct Turn {
    /// Whether it forgets what it knows first.
    pub reset: Option<Reset>,
    /// Of which integrator's connections it is told.
    pub scope: Option<IntegratorId>,
    /// The facts.
    pub state: Arc<State>,
    /// The start of the read of the database that last found nothing newer.
    pub confirmed: Timestamp,
    since: Since,
    now: Timestamp,
}

/// Begins a stream that goes on from a cursor, if it can. The place goes with whatever still holds a message of it.
pub async fn watch_gate(services: &Arc<Services>, caller: &Caller, cursor: Option<Cursor>) -> Result<(Watch, Place)> {
    let place = services.watches.places.take(caller).ok_or_else(|| {
        Error::new(ErrorReason::Overloaded, "too many followers are being told; come again a little later")
    })?;
    let scope = caller.integrator().cloned();
    let known = match cursor {
        None => Known::Nothing(Reset::Beginning),
        Some(cursor) => known(services, &scope, cursor).await?,
    };
    let news = services.gate.news();
    Ok((Watch { services: services.clone(), scope, news, known }, place))
}

async fn known(services: &Services, scope: &Option<IntegratorId>, cursor: Cursor) -> Result<Known> {
    let Fresh { state, .. } = fresh(services, services.clock.now())?;
    if cursor.ledger_id != state.ledger_id {
        return Ok(Known::Nothing(Reset::OtherLedger));
    }
    if cursor.rules_version != RULES_VERSION {
        return Ok(Known::Nothing(Reset::OtherRules));
    }
    if !services.gate.reaches(cursor.revision, services.revision_patience).await {
        return Err(not_reached());
    }
    let mut reader = services.store.read().await?;
    let head = reader.head();
    let same = head.ledger_id == cursor.ledger_id && head.revision >= cursor.revision;
    if !same || root_at(reader.as_mut(), cursor.revision).await? != cursor.history {
        return Ok(Known::Nothing(Reset::OtherHistory));
    }
    if scope.is_some() || cursor.scope.is_some() {
        return Ok(Known::Nothing(Reset::OtherScope));
    }
    Ok(Known::Revision(cursor.ledger_id, cursor.revision))
}

impl Watch {
    /// What is new by now. A node that cannot decide has nothing to tell, not even that nothing changed.
    pub fn turn(&mut self) -> Result<Turn> {
        self.news.mark_unchanged();
        let now = self.services.clock.now();
        let Fresh { state, confirmed } = fresh(&self.services, now)?;
        let (reset, since) = match std::mem::replace(&mut self.known, Known::State(state.clone())) {
            Known::Nothing(why) => (Some(why), Since::Nothing),
            Known::State(known) if known.ledger_id != state.ledger_id => (Some(Reset::OtherLedger), Since::Nothing),
            Known::State(known) => (None, Since::State(known)),
            Known::Revision(ledger_id, _) if ledger_id != state.ledger_id => (Some(Reset::OtherLedger), Since::Nothing),
            Known::Revision(_, revision) => (None, Since::Revision(revision)),
        };
        Ok(Turn { reset, scope: self.scope.clone(), state, confirmed, since, now })
    }

    /// Waits until there may be something new, or it is time for a word.
    pub async fn rest(&mut self) {
        let _ = tokio::time::timeout(TICK, self.news.changed()).await;
    }

    /// What all streams share.
    pub fn rules(&self) -> &Watches {
        &self.services.watches
    }
}

/// A sender as the follower is told of it.
pub struct Told<'a> {
    /// The sender.
    pub record: &'a Record,
    /// Its profile.
    pub profile: Arc<crate::domain::profile::Profile>,
    /// A reference for each connection of the profile.
    pub references: Vec<&'a str>,
    /// The revision of its last change; 0 where that is nobody's business.
    pub revision: u64,
}

impl Turn {
    /// Integrators.
    pub fn integrators(&self) -> impl Iterator<Item = &IntegratorFacts> {
        let all = self.state.integrators_since(&self.since);
        all.filter(|one| self.scope.as_ref().is_none_or(|own| *own == one.integrator_id))
    }

    /// Agreements.
    pub fn agreements(&self) -> impl Iterator<Item = Cow<'_, AgreementFacts>> {
        let new = self.state.agreements_since(&self.since);
        new.filter_map(|one| match (&self.scope, &self.since) {
            (None, _) => Some(Cow::Borrowed(one)),
            (Some(own), Since::State(known)) => {
                let before = known.catalogue().agreements.get(&one.agreement_id).map(|before| before.seen_by(own));
                let seen = one.seen_by(own);
                let differs = before.is_none_or(|before| AgreementFacts { revision: seen.revision, ..before } != seen);
                differs.then_some(Cow::Owned(seen))
            }
            (Some(own), _) => Some(Cow::Owned(one.seen_by(own))),
        })
    }

    /// Senders. `profiles` makes equal ones the same.
    pub fn senders<'a>(&'a self, profiles: &'a mut Profiles) -> impl Iterator<Item = Told<'a>> + Send {
        self.state.senders_since(&self.since).filter_map(move |record| match &self.scope {
            None => Some(Told {
                profile: record.profile().clone(),
                references: record.references().map(|(_, reference)| reference).collect(),
                revision: record.revision,
                record,
            }),
            Some(own) => {
                let seen = record.seen_by(own, self.now)?;
                if let Since::State(known) = &self.since
                    && known.sender(record.sender_id).and_then(|before| before.seen_by(own, self.now)).as_ref()
                        == Some(&seen)
                {
                    return None;
                }
                let (profile, reference) = seen;
                let profile = profiles.share(profile.facts(), self.state.catalogue());
                Some(Told { record, profile, references: vec![reference], revision: 0 })
            }
        })
    }

    /// References of connections that ended.
    pub fn formers(&self) -> impl Iterator<Item = &Former> {
        let all = self.state.formers_since(&self.since).map(AsRef::as_ref);
        all.filter(|one: &&Former| self.scope.as_ref().is_none_or(|own| *own == one.integrator_id))
    }

    /// Up to where the follower knows everything then.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            ledger_id: self.state.ledger_id,
            revision: self.state.revision,
            history: self.state.history,
            rules_version: RULES_VERSION,
            scope: self.scope.clone(),
        }
    }
}

//! The gate inside the gateway's own process.

use super::{
    calls::{Client, jittered, retry},
    lease::{CannotDecide, Lease, Term, WhenOver},
    taking::{Held, Taken, Taking},
};
use crate::{
    domain::{
        answer::Answer,
        ids::{IntegratorId, LedgerId},
        organisation_number::OrganisationNumber,
        reason::Code,
        time::Timestamp,
        vocabulary::ContentType,
    },
    gate::{ask::Named, state::State},
    pb::{self, WatchGateRequest},
    wire::{enums::Paired, times::from_pb},
};
use arc_swap::ArcSwapOption;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};
use tonic::{Code as StatusCode, Status};

/// A stream that says nothing for so long hangs: a word is promised each second.
const SILENCE: Duration = Duration::from_secs(5);
/// The wait before a stream is opened again; it doubles with each that brought nothing.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest such wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// May this sender send this through this integrator?
#[derive(Debug)]
pub struct Question {
    /// The sender.
    pub sender: Named,
    /// The integrator; one that follows its own senders leaves it out.
    pub integrator_id: Option<IntegratorId>,
    /// What would be sent.
    pub content_type: ContentType,
}

/// A decision in short. [`GateFollower::facts`] gives all reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether to send.
    pub allowed: bool,
    /// Where not: whether to keep the item and ask again, for it can clear.
    pub hold: bool,
    /// Why not: the first reason. None with ALLOW, and where the lease is over and that is read as DENY.
    pub reason: Option<Code>,
}

/// All facts of one revision, under a lease.
#[derive(Debug)]
pub struct Facts {
    held: Arc<Held>,
    term: Term,
}

impl Facts {
    /// The facts.
    pub fn state(&self) -> &Arc<State> {
        &self.held.state
    }

    /// The ledger in which their revision counts.
    pub fn ledger_id(&self) -> LedgerId {
        self.held.state.ledger_id
    }

    /// Their revision.
    pub fn revision(&self) -> u64 {
        self.held.state.revision
    }

    /// The start of the node's read of the database that last found nothing newer.
    pub fn confirmed(&self) -> Timestamp {
        self.held.confirmed
    }

    /// The integrator whose senders are followed; all where absent.
    pub fn scope(&self) -> Option<&IntegratorId> {
        self.held.scope.as_ref()
    }

    /// Answers a question at `now`, the machine's time, as the server would; however long the facts were kept, not beyond
    /// their lease.
    pub fn answer(&self, question: &Question, now: Timestamp) -> Result<Answer<'_>, CannotDecide> {
        if !self.term.holds(self.held.confirmed, now) {
            return Err(CannotDecide::LeaseOver);
        }
        self.held.answer(question, now)
    }
}

impl Held {
    fn answer(&self, question: &Question, now: Timestamp) -> Result<Answer<'_>, CannotDecide> {
        if matches!(question.sender, Named::Number(OrganisationNumber::SoleTrader(_))) {
            return Err(CannotDecide::SoleTrader);
        }
        let integrator = match (self.scope.as_ref(), question.integrator_id.as_ref()) {
            (Some(own), None) => own,
            (Some(own), Some(named)) if own == named => own,
            (None, Some(named)) => named,
            _ => return Err(CannotDecide::NotFollowed),
        };
        Ok(self.state.answer(&question.sender, integrator, question.content_type, now))
    }
}

/// Follows a server's gate and decides in its place. Ends its stream when it is dropped.
pub struct GateFollower {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    client: Client,
    lease: Lease,
    /// Of the lease.
    term: Term,
    held: ArcSwapOption<Held>,
    /// Whether the server told what this program does not understand, so that only the server can decide, for good.
    strange: AtomicBool,
    /// Why the server will not tell, until it tells again.
    refusal: ArcSwapOption<Status>,
    revision: watch::Sender<u64>,
}

impl Shared {
    /// Remembers that the server will not tell, and says so where that is news.
    fn refused(&self, status: Status) {
        let known = self.refusal.load_full();
        if known.is_none_or(|known| (known.code(), known.message()) != (status.code(), status.message())) {
            tracing::warn!(code = ?status.code(), reason = status.message(), "the server refuses to be followed");
            self.refusal.store(Some(Arc::new(status)));
        }
    }

    /// Forgets it: the server tells.
    fn heard(&self) {
        if self.refusal.swap(None).is_some() {
            tracing::info!("the server lets itself be followed again");
        }
    }
}

impl Drop for GateFollower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl GateFollower {
    /// Begins to follow. It decides as soon as it has all facts.
    pub fn start(client: Client, lease: Lease) -> Self {
        let shared = Arc::new(Shared {
            client,
            term: lease.term(),
            lease,
            held: ArcSwapOption::empty(),
            strange: AtomicBool::new(false),
            refusal: ArcSwapOption::empty(),
            revision: watch::Sender::new(0),
        });
        let task = tokio::spawn(follow(shared.clone()));
        Self { shared, task }
    }

    /// The lease that it decides under.
    pub fn lease(&self) -> &Lease {
        &self.shared.lease
    }

    /// Why the server refuses to be followed, until it no longer does: a token that is wrong, or has no right to it, or a
    /// server that has no gate. Whatever passes by itself is no refusal.
    pub fn refusal(&self) -> Option<Arc<Status>> {
        self.shared.refusal.load_full()
    }

    /// Waits until it has had all facts of a revision, at most for `patience`. Whether it has.
    pub async fn reaches(&self, revision: u64, patience: Duration) -> bool {
        let mut seen = self.shared.revision.subscribe();
        let reached = seen.wait_for(|newest| *newest >= revision.max(1));
        tokio::time::timeout(patience, reached).await.is_ok_and(|reached| reached.is_ok())
    }

    /// The facts to decide on at `now`, the machine's time: nothing where they are not whole, too old, or judged by other
    /// rules than the server's. The clock must not be set back by more than the lease's skew.
    pub fn facts(&self, now: Timestamp) -> Result<Facts, CannotDecide> {
        let held = Arc::clone(self.good(&self.shared.held.load(), now)?);
        Ok(Facts { held, term: self.shared.term })
    }

    fn good<'a>(&self, held: &'a Option<Arc<Held>>, now: Timestamp) -> Result<&'a Arc<Held>, CannotDecide> {
        if self.shared.strange.load(Ordering::Acquire) {
            return Err(CannotDecide::OtherRules);
        }
        let held = held.as_ref().ok_or(CannotDecide::NoFacts)?;
        // A server that is away, or its database, cannot be asked either.
        if !self.shared.term.holds(held.confirmed, now) {
            return Err(CannotDecide::LeaseOver);
        }
        if !held.same_rules {
            return Err(CannotDecide::OtherRules);
        }
        Ok(held)
    }

    /// Decides at `now`, without the network.
    pub fn check(&self, question: &Question, now: Timestamp) -> Result<Decision, CannotDecide> {
        // Not a copy of the Arc: whoever asks from several threads would have them wait for each other at its count.
        let held = self.shared.held.load();
        let facts = match self.good(&held, now) {
            Ok(facts) => facts,
            Err(CannotDecide::NoFacts | CannotDecide::LeaseOver) if self.shared.lease.when_over == WhenOver::Deny => {
                return Ok(Decision { allowed: false, hold: true, reason: None });
            }
            Err(cannot) => return Err(cannot),
        };
        let answer = facts.answer(question, now)?;
        let (ruling, allowed) = (&answer.ruling, answer.ruling.allows);
        let reason = if allowed { None } else { ruling.reasons().next().map(|reason| reason.code) };
        Ok(Decision { allowed, hold: !allowed && ruling.holds, reason })
    }

    /// Decides at once; asks the server where only the server can tell, and then looks at the clock again: an answer can be
    /// long on its way. A server that does not answer as long as the lease is an error: do not send, and ask again.
    pub async fn check_or_ask(&self, question: &Question, clock: impl Fn() -> Timestamp) -> Result<Decision, Status> {
        match self.check(question, clock()) {
            Ok(decision) => Ok(decision),
            Err(cannot) if cannot.asks_the_server() => {
                let asked = tokio::time::timeout(self.shared.lease.length, self.ask(question, clock)).await;
                asked.unwrap_or_else(|_| Err(Status::unavailable("the server does not answer")))
            }
            Err(cannot) => Err(Status::unavailable(cannot.to_string())),
        }
    }

    /// Whether an answer of the server's that came at `now` rests on facts that are recent enough for the lease: a node may
    /// go on answering for longer without its database.
    pub fn recent(&self, confirmed: Option<prost_types::Timestamp>, now: Timestamp) -> Result<(), Status> {
        let confirmed = confirmed.and_then(|time| from_pb(time).ok());
        let recent = confirmed.is_some_and(|time| self.shared.term.holds(time, now));
        if recent { Ok(()) } else { Err(Status::unavailable("the server's facts are older than the lease allows")) }
    }

    async fn ask(&self, question: &Question, clock: impl Fn() -> Timestamp) -> Result<Decision, Status> {
        let mut request = pb::CheckSendRequest {
            integrator_id: question.integrator_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            content_type: question.content_type.to_pb(),
            ..Default::default()
        };
        match &question.sender {
            Named::Number(number) => request.organisation_number = number.reveal(),
            Named::Id(id) => request.sender_id = id.to_string(),
            Named::Reference(reference) => request.external_reference.clone_from(reference),
        }
        let call = || {
            let (mut gate, request) = (self.shared.client.gate(), request.clone());
            async move { gate.check_send(request).await }
        };
        let answer = retry(call).await?.into_inner();
        self.recent(answer.confirmed_time, clock())?;
        let allowed = answer.decision() == pb::Decision::Allow;
        let reason = answer.reasons.first().filter(|_| !allowed);
        Ok(Decision {
            allowed,
            hold: !allowed && answer.advice() != pb::Advice::Reject,
            reason: reason.and_then(|reason| crate::wire::reasons::code_of(reason.code)),
        })
    }
}

/// Opens one stream after the other, until one is not understood: the next would not be either, and in between it would
/// seem as if all were well.
async fn follow(shared: Arc<Shared>) {
    let mut taking = Taking::default();
    let (mut wait, mut away) = (FIRST_WAIT, false);
    loop {
        let (brought, ended) = stream(&shared, &mut taking).await;
        if shared.strange.load(Ordering::Acquire) {
            return;
        }
        if brought {
            wait = FIRST_WAIT;
        }
        // A token whose time was over is not that of the next stream.
        if !(brought && ended.code() == StatusCode::Unauthenticated) {
            let (code, reason) = (ended.code(), ended.message());
            if refuses(code) {
                shared.refused(ended);
            } else if brought {
                tracing::info!(?code, reason, "the gate's stream ended; the next is opened");
            } else if !away {
                tracing::warn!(?code, reason, "no stream of the gate can be had; it is tried again until one can");
            }
            away = !brought;
            tokio::time::sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// Whether a stream that ended so will fare no better by itself.
fn refuses(code: StatusCode) -> bool {
    matches!(code, StatusCode::Unauthenticated | StatusCode::PermissionDenied | StatusCode::Unimplemented)
}

/// One stream to its end: whether it brought a checkpoint, and why it ended.
async fn stream(shared: &Shared, taking: &mut Taking) -> (bool, Status) {
    let mut brought = false;
    let request = WatchGateRequest { after: taking.begin() };
    let hangs = || Status::deadline_exceeded("the stream says nothing");
    let mut gate = shared.client.gate();
    let mut messages = match tokio::time::timeout(SILENCE, gate.watch_gate(request)).await {
        Ok(Ok(response)) => response.into_inner(),
        Ok(Err(status)) => return (brought, status),
        Err(_) => return (brought, hangs()),
    };
    loop {
        let message = match tokio::time::timeout(SILENCE, messages.message()).await {
            Ok(Ok(Some(message))) => message,
            Ok(Ok(None)) => return (brought, Status::unavailable("the stream ended without a word")),
            Ok(Err(status)) => return (brought, status),
            Err(_) => return (brought, hangs()),
        };
        shared.heard();
        match taking.take(message) {
            Ok(Taken::Part) => {}
            Ok(Taken::Void) => shared.held.store(None),
            Ok(Taken::Whole(held)) => {
                brought = true;
                let revision = held.state.revision;
                shared.held.store(Some(Arc::new(held)));
                shared.revision.send_replace(revision);
            }
            Err(strange) => {
                tracing::error!(%strange, "the follower asks the server from now on, until it is started anew");
                shared.strange.store(true, Ordering::Release);
                return (false, Status::unimplemented(strange.to_string()));
            }
        }
    }
}

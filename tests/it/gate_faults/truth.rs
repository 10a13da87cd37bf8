//! What the ledger says at each of its revisions, folded entry by entry with nothing of the gate's feed, and what followers
//! claim, held against it.

use crate::support::{batches, fold::Folded, watching::facts};
use ombord::{
    domain::{
        catalogue::Catalogue,
        ids::LedgerId,
        ledger::{Entry, tree::leaf_hash},
        profile::Profiles,
        time::Timestamp,
    },
    gate::state::{Changed, State},
    pb::{BatchCheckSendRequest, BatchCheckSendResponse},
    service::checks::moment::{At, Moment},
    store::{EntryFilter, Store},
};
use std::sync::Arc;

/// What a follower says is so at a revision.
pub enum Claim {
    /// All facts, at a time.
    Facts(Arc<State>, Timestamp),
    /// Answers to questions.
    Answers(Arc<BatchCheckSendRequest>, BatchCheckSendResponse),
}

impl Claim {
    fn revision(&self) -> u64 {
        match self {
            Self::Facts(state, _) => state.revision,
            Self::Answers(_, answers) => answers.revision,
        }
    }
}

/// The ledger so far.
pub struct Truth {
    store: Arc<dyn Store>,
    ledger_id: LedgerId,
    folded: Folded,
    /// Asked of every state.
    pub questions: Arc<BatchCheckSendRequest>,
    /// How many claims were held against it.
    pub held: usize,
    /// How many came too late for that: of revisions from before the last ones.
    pub late: usize,
}

impl Truth {
    /// From the first entry on.
    pub fn of(store: Arc<dyn Store>, ledger_id: LedgerId, questions: Arc<BatchCheckSendRequest>) -> Self {
        Self { store, ledger_id, folded: Folded::default(), questions, held: 0, late: 0 }
    }

    fn revision(&self) -> u64 {
        self.folded.tree.size()
    }

    /// Holds claims against the ledger.
    pub async fn check(&mut self, mut claims: Vec<Claim>) {
        claims.sort_by_key(Claim::revision);
        let mut state = Arc::new(self.state());
        for claim in claims {
            while self.revision() < claim.revision() {
                self.read_on(claim.revision()).await;
                state = Arc::new(self.state());
            }
            if claim.revision() == self.revision() {
                self.agrees(&state, claim).await;
                self.held += 1;
            } else {
                self.late += 1;
            }
        }
    }

    async fn read_on(&mut self, to: u64) {
        let filter = EntryFilter { after_revision: self.revision(), ..EntryFilter::default() };
        let limit = u32::try_from(to - self.revision()).unwrap();
        let mut reader = self.store.read().await.unwrap();
        assert_eq!(reader.head().ledger_id, self.ledger_id);
        let rows = reader.entries(&filter, limit).await.unwrap();
        assert!(!rows.is_empty(), "revision {to} is claimed, which the ledger has not");
        for row in rows {
            assert_eq!(row.revision, self.revision() + 1, "a gap");
            assert_eq!(row.leaf_hash, leaf_hash(row.canonical.as_bytes()));
            self.folded.add(&Entry::read(&row.canonical).unwrap());
            self.folded.tree.push(row.leaf_hash);
        }
    }

    /// The state that the ledger comes to.
    fn state(&self) -> State {
        let agreements = self.folded.agreements.values().cloned().collect();
        let catalogue = Catalogue { integrators: self.folded.integrators.clone(), agreements };
        let mut state = State::new(self.ledger_id, self.revision(), self.folded.tree.root(), catalogue);
        let senders = self.folded.senders.values().map(|sender| (sender.clone(), None)).collect();
        state.change(Changed { senders, ..Changed::default() }, &mut Profiles::default());
        state
    }

    async fn agrees(&self, truth: &Arc<State>, claim: Claim) {
        let revision = truth.revision;
        match claim {
            Claim::Facts(claimed, now) => {
                assert_eq!(claimed.history, truth.history, "the history of revision {revision}");
                assert_eq!(facts(&claimed), facts(truth), "the facts of revision {revision}");
                let claimed = answers(claimed, &self.questions, now, now).await;
                assert_eq!(claimed, answers(truth.clone(), &self.questions, now, now).await, "revision {revision}");
            }
            Claim::Answers(questions, claimed) => {
                assert_eq!(claimed.ledger_id, self.ledger_id.to_string());
                let time = |told: Option<prost_types::Timestamp>| {
                    let told = told.unwrap();
                    Timestamp::from_parts(told.seconds, told.nanos).unwrap()
                };
                let (evaluate, confirmed) = (time(claimed.evaluate_time), time(claimed.confirmed_time));
                assert_eq!(claimed, answers(truth.clone(), &questions, evaluate, confirmed).await, "{revision}");
            }
        }
    }
}

async fn answers(
    state: Arc<State>,
    questions: &BatchCheckSendRequest,
    evaluate: Timestamp,
    confirmed: Timestamp,
) -> BatchCheckSendResponse {
    let at = At { ledger_id: state.ledger_id, revision: state.revision, confirmed, evaluate };
    batches::answers(&Moment { state, at }, questions).await
}

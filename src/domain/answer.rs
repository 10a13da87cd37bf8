//! The answer to a question, ready to be told, and how long it stands.

use super::{
    agreement::AgreementFacts,
    catalogue::Catalogue,
    decision::{Handling, Question, Verdict, decide},
    ids::AgreementId,
    reason::{Action, Actor, Code, Reason, Severity},
    time::Timestamp,
};
use std::{borrow::Cow, sync::LazyLock};

/// What a verdict comes down to for whoever asked. It has left the facts behind, so it can be kept beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Whether the sender may send.
    pub allows: bool,
    /// Whether asking again later may help. Meaningful for a denial.
    pub holds: bool,
    /// The handling terms (R8); absent where the question was closed early.
    pub handling: Option<Handling>,
    reasons: Box<[Kept]>,
}

/// A reason with an agreement of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    code: Code,
    severity: Severity,
    agreement_id: Option<AgreementId>,
    deadline: Option<Timestamp>,
    remedy: (Actor, Action),
}

impl Ruling {
    /// The ruling of a verdict.
    pub fn of(verdict: &Verdict<'_>) -> Self {
        let reasons = verdict.reasons().map(|Reason { code, severity, agreement_id, deadline, remedy }| Kept {
            code,
            severity,
            agreement_id: agreement_id.cloned(),
            deadline,
            remedy,
        });
        Self {
            allows: verdict.allows(),
            holds: verdict.holds(),
            handling: matches!(verdict, Verdict::Judged { .. }).then(|| verdict.handling()),
            reasons: reasons.collect(),
        }
    }

    /// All reasons: those that deny first, in the order of the decision, then the warnings.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'_>> {
        self.reasons.iter().map(|Kept { code, severity, agreement_id, deadline, remedy }| Reason {
            code: *code,
            severity: *severity,
            agreement_id: agreement_id.as_ref(),
            deadline: *deadline,
            remedy: *remedy,
        })
    }
}

/// A ruling, and how long it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The ruling.
    pub ruling: Cow<'a, Ruling>,
    /// The first moment at which it is another one though nothing happens. No permission to cache: a suspension a second
    /// later is an event.
    pub next_change: Option<Timestamp>,
}

impl Answer<'static> {
    /// The answer to a question on facts at `now`.
    pub fn of(catalogue: &Catalogue, question: &Question<'_>, now: Timestamp) -> Self {
        let verdict = decide(catalogue, question, now);
        Self { ruling: Cow::Owned(Ruling::of(&verdict)), next_change: next_change(catalogue, question, &verdict, now) }
    }

    /// The answer about a sender that is not known.
    pub fn not_visible() -> Self {
        static NOT_VISIBLE: LazyLock<Ruling> = LazyLock::new(|| Ruling::of(&Verdict::Closed(Code::SenderNotVisible)));
        Self { ruling: Cow::Borrowed(&NOT_VISIBLE), next_change: None }
    }
}

/// All answers to one question, from the beginning of time: each stands until the next begins. Facts and catalogue never
/// change under it, so it is a part of them and no cache: other facts have other timelines.
#[derive(Debug)]
pub struct Timeline {
    first: Ruling,
    later: Box<[(Timestamp, Ruling)]>,
}

impl Timeline {
    /// The answers to a question.
    pub fn of(catalogue: &Catalogue, question: &Question<'_>) -> Self {
        let mut verdict = decide(catalogue, question, Timestamp::BEGINNING);
        let (first, mut later) = (Ruling::of(&verdict), Vec::new());
        let mut reached = Timestamp::BEGINNING;
        while let Some(next) = next_change(catalogue, question, &verdict, reached) {
            (reached, verdict) = (next, decide(catalogue, question, next));
            later.push((next, Ruling::of(&verdict)));
        }
        Self { first, later: later.into() }
    }

    /// The answer at `now`.
    pub fn at(&self, now: Timestamp) -> Answer<'_> {
        let next = self.later.partition_point(|(from, _)| *from <= now);
        let ruling = next.checked_sub(1).map_or(&self.first, |place| &self.later[place].1);
        Answer { ruling: Cow::Borrowed(ruling), next_change: self.later.get(next).map(|(from, _)| *from) }
    }
}

/// The first moment after `now` at which the verdict is no longer today's.
pub fn next_change(
    catalogue: &Catalogue,
    question: &Question<'_>,
    today: &Verdict<'_>,
    now: Timestamp,
) -> Option<Timestamp> {
    if matches!(today, Verdict::Closed(_)) {
        return None;
    }
    let own = question.sender.map(|s| &s.exceptions);
    let integrators = question.integrator.map(|i| &i.exceptions);
    let instants = || {
        let exceptions = [own, integrators].into_iter().flatten().flatten().map(|exception| exception.until);
        let of_sender = question.sender.into_iter().flat_map(|s| s.instants(catalogue.agreements.iter()));
        catalogue.agreements.iter().flat_map(AgreementFacts::instants).chain(exceptions).chain(of_sender)
    };
    let mut reached = now;
    loop {
        reached = instants().filter(|instant| *instant > reached).min()?;
        if !same_answer(today, &decide(catalogue, question, reached)) {
            return Some(reached);
        }
    }
}

/// Whether two answers look the same to whoever asked.
pub fn same_answer(one: &Verdict<'_>, other: &Verdict<'_>) -> bool {
    one.allows() == other.allows() && one.handling() == other.handling() && one.reasons().eq(other.reasons())
}

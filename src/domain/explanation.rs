//! All facts a decision used, act by act: what `ExplainSend` shows. Never persons.

use super::{
    acts::Act,
    agreement::{AgreementFacts, InForce, applicable},
    catalogue::Catalogue,
    decision::{Question, Verdict, decide},
    exception::Exception,
    sender::Connection,
    standing::{Standing, standing},
    time::Timestamp,
    vocabulary::ConnectionState,
    weighing::{Weighing, Worth},
};

/// One agreement with everything that was weighed about it.
#[derive(Debug)]
pub struct AgreementExplanation<'a> {
    /// The agreement.
    pub agreement: &'a AgreementFacts,
    /// Its enforcement at that moment.
    pub in_force: InForce,
    /// The standing.
    pub standing: Standing<'a>,
    /// Each act with what it is worth.
    pub acts: Vec<(&'a Act, Worth)>,
}

/// A decision with the facts behind it.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The answer.
    pub verdict: Verdict<'a>,
    /// The connection asked about.
    pub connection: Option<&'a Connection>,
    /// The general terms and the DPA that applies; empty where the question was closed early.
    pub agreements: Vec<AgreementExplanation<'a>>,
    /// The exceptions of the sender and of the integrator; empty where the question was closed early.
    pub exceptions: Vec<&'a Exception>,
}

/// Explains the answer at `now`. Where the connection is not confirmed, nothing else about the sender is told.
pub fn explain<'a>(catalogue: &'a Catalogue, question: &Question<'a>, now: Timestamp) -> Explanation<'a> {
    let verdict = decide(catalogue, question, now);
    let connection = question.integrator.and_then(|i| question.sender?.connection(&i.integrator_id));
    let (Some(sender), Some(ConnectionState::Active)) = (question.sender, connection.map(|c| c.state_at(now))) else {
        return Explanation { verdict, connection, agreements: Vec::new(), exceptions: Vec::new() };
    };
    let (terms, dpa) = applicable(catalogue.agreements.iter(), question.content_type, now);
    let agreements = [terms, dpa].into_iter().flatten().map(|agreement| {
        let in_force = agreement.enforcement_of(question.integrator.map(|i| &i.integrator_id), now);
        let weighing = Weighing::of(agreement, sender, now);
        let acts = sender.acts_about(&agreement.agreement_id).map(|act| (act, weighing.worth(act))).collect();
        AgreementExplanation { agreement, in_force, standing: standing(agreement, sender, in_force, now), acts }
    });
    let own = question.integrator.map_or(&[][..], |i| &i.exceptions[..]);
    Explanation {
        verdict,
        connection,
        agreements: agreements.collect(),
        exceptions: sender.exceptions.iter().chain(own).collect(),
    }
}

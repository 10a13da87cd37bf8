//! `ExplainSend`: the answer with every fact behind it. Those facts are read from the database: the gate's memory holds
//! only what decides, neither ids nor times of acts.

use super::{
    Answer, Ask, Named,
    moment::{At, When, read_at},
};
use crate::{
    domain::{
        catalogue::Catalogue,
        decision::Question,
        explanation::{Explanation, explain},
        ids::IntegratorId,
        sender::SenderFacts,
        vocabulary::ContentType,
    },
    service::{Services, caller::Caller, error::Result, ledger::read_on, write::own_or_named},
    store::Reader,
};

/// All facts that a question is decided on.
#[derive(Debug)]
pub struct Explained {
    /// What is said of them.
    pub at: At,
    /// The agreements, and the integrator asked about if there is one.
    pub catalogue: Catalogue,
    /// The integrator asked about.
    pub integrator_id: IntegratorId,
    /// The sender asked about, if it is known.
    pub sender: Option<SenderFacts>,
    content_type: ContentType,
}

/// Reads the facts that a question is decided on.
pub async fn explain_send(services: &Services, caller: &Caller, ask: Ask<'_>, when: &When) -> Result<Explained> {
    let integrator_id = own_or_named(caller, ask.integrator_id)?.clone();
    let now = services.clock.now();
    // Older than this the facts are not, though they may be newer: as every answer of this node says it.
    let confirmed = services.gate.confirmed();
    // On a history that lost what this node knows of, nothing is decided.
    let mut reader = read_on(services).await?;
    let at = read_at(reader.head(), when, now, confirmed)?;
    let agreements = reader.agreements().await?.into_iter().collect();
    let integrator = reader.integrator(&integrator_id).await?;
    let integrators = integrator.into_iter().map(|one| (one.integrator_id.clone(), one)).collect();
    let sender = find(reader.as_mut(), ask.sender, &integrator_id).await?;
    Ok(Explained {
        at,
        catalogue: Catalogue { integrators, agreements },
        integrator_id,
        sender,
        content_type: ask.content_type,
    })
}

async fn find(reader: &mut dyn Reader, named: &Named, integrator: &IntegratorId) -> Result<Option<SenderFacts>> {
    let id = match named {
        Named::Id(id) => Some(*id),
        Named::Number(number) => reader.sender_of(number).await?,
        Named::Reference(reference) => {
            reader.connection_of(integrator, reference).await?.map(|connection| connection.sender_id)
        }
    };
    Ok(match id {
        Some(id) => reader.sender(id).await?,
        None => None,
    })
}

impl Explained {
    /// The answer, and why it is that; nothing beside it where the integrator or the sender is not known.
    pub fn answer(&self) -> (Answer<'_>, Option<(&SenderFacts, Explanation<'_>)>) {
        let integrator = self.catalogue.integrators.get(&self.integrator_id);
        let question = Question { integrator, sender: self.sender.as_ref(), content_type: self.content_type };
        let answer = Answer::of(&self.catalogue, &question, self.at.evaluate);
        let known = self.sender.as_ref().filter(|_| integrator.is_some());
        let why = known.map(|one| (one, explain(&self.catalogue, &question, self.at.evaluate)));
        (answer, why)
    }
}

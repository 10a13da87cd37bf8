//! The gate's questions. A check touches no database and takes no lock: it is answered from one immutable state.

pub mod explain;
pub mod moment;
pub mod places;
pub mod watch;

pub use crate::{domain::answer::Answer, gate::ask::Named};

use super::{
    caller::Caller,
    error::{Error, Result},
    write::own_or_named,
};
use crate::domain::{ids::IntegratorId, vocabulary::ContentType};
use moment::Moment;
use std::borrow::Cow;

/// One question to the gate.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The sender.
    pub sender: Named,
    /// The integrator; an integrator may leave it out.
    pub integrator_id: Option<Cow<'a, IntegratorId>>,
    /// What would be sent.
    pub content_type: ContentType,
}

/// May this sender send this through this integrator?
pub fn check<'a>(moment: &'a Moment, caller: &Caller, ask: &Ask<'_>) -> Result<Answer<'a>> {
    let integrator_id = own_or_named(caller, ask.integrator_id.as_deref())?;
    Ok(moment.state.answer(&ask.sender, integrator_id, ask.content_type, moment.at.evaluate))
}

/// The same for many questions, in their order. What is no question keeps its own `E`, which `refused` makes of an error.
pub fn check_each<'a, 'q, E: Copy>(
    moment: &'a Moment,
    caller: &'q Caller,
    asks: &'q [std::result::Result<Ask<'q>, E>],
    mut refused: impl FnMut(Error) -> E,
) -> impl Iterator<Item = std::result::Result<Answer<'a>, E>> {
    let mut named = |ask: &'q std::result::Result<Ask<'q>, E>| {
        let ask = ask.as_ref().map_err(|known| *known)?;
        let integrator_id = own_or_named(caller, ask.integrator_id.as_deref()).map_err(&mut refused)?;
        Ok((ask, integrator_id))
    };
    let named: Vec<_> = asks.iter().map(&mut named).collect();
    let name = |named: &std::result::Result<(&'q Ask<'q>, &'q IntegratorId), E>| {
        named.as_ref().ok().map(|(ask, integrator_id)| (&ask.sender, *integrator_id))
    };
    let found = moment.state.find_each(named.iter().map(name));
    named.into_iter().zip(found).map(|(named, found)| {
        let (ask, integrator_id) = named?;
        Ok(moment.state.answer_about(found, integrator_id, ask.content_type, moment.at.evaluate))
    })
}

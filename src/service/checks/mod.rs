//! The gate's questions. A check touches no database and takes no lock: it is answered from one immutable state.

pub mod explain;
pub mod moment;
pub mod watch;

pub use crate::{domain::answer::Answer, gate::ask::Named};

use super::{
    caller::Caller,
    error::{Error, Result},
    write::own_or_named,
};
use crate::domain::{ids::IntegratorId, vocabulary::ContentType};
use moment::Moment;

/// One question to the gate.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The sender.
    pub sender: &'a Named,
    /// The integrator; an integrator may leave it out.
    pub integrator_id: Option<&'a IntegratorId>,
    /// What would be sent.
    pub content_type: ContentType,
}

/// May this sender send this through this integrator?
pub fn check<'a>(moment: &'a Moment, caller: &Caller, ask: Ask<'_>) -> Result<Answer<'a>> {
    let integrator_id = own_or_named(caller, ask.integrator_id)?;
    Ok(moment.state.answer(ask.sender, integrator_id, ask.content_type, moment.at.evaluate))
}

/// The same for many questions, in their order. What is no question keeps an `E`, which `refused` makes of its error.
pub fn check_each<'a, 'q, E: Copy>(
    moment: &'a Moment,
    caller: &'q Caller,
    asks: impl Iterator<Item = std::result::Result<Ask<'q>, Box<Error>>>,
    mut refused: impl FnMut(Error) -> E,
) -> impl Iterator<Item = std::result::Result<Answer<'a>, E>> {
    let asks = asks.map(|ask| {
        let Ask { sender, integrator_id, content_type } = ask.map_err(|error| refused(*error))?;
        let integrator_id = own_or_named(caller, integrator_id).map_err(&mut refused)?;
        Ok((sender, integrator_id, content_type))
    });
    let asks: Vec<std::result::Result<_, E>> = asks.collect();
    let names = asks.iter().map(|ask| ask.as_ref().ok().map(|(sender, integrator_id, _)| (*sender, *integrator_id)));
    let found = moment.state.find_each(names);
    asks.into_iter().zip(found).map(|(ask, found)| {
        let (_, integrator_id, content_type) = ask?;
        Ok(moment.state.answer_about(found, integrator_id, content_type, moment.at.evaluate))
    })
}

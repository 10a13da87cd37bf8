//! The gate's questions. A check touches no database and takes no lock: it is answered from one immutable state.

pub mod explain;
pub mod moment;
pub mod places;
pub mod watch;

pub use crate::{domain::answer::Answer, gate::ask::Named};

use super::{caller::Caller, error::Result, write::own_or_named};
use crate::domain::{ids::IntegratorId, vocabulary::ContentType};
use moment::Moment;

/// One question to the gate.
#[derive(Debug)]
pub struct Ask {
    /// The sender.
    pub sender: Named,
    /// The integrator; an integrator may leave it out.
    pub integrator_id: Option<IntegratorId>,
    /// What would be sent.
    pub content_type: ContentType,
}

/// May this sender send this through this integrator?
pub fn check<'a>(moment: &'a Moment, caller: &Caller, ask: &Ask) -> Result<Answer<'a>> {
    let integrator_id = own_or_named(caller, ask.integrator_id.as_ref())?;
    Ok(moment.state.answer(&ask.sender, &integrator_id, ask.content_type, moment.at.evaluate))
}

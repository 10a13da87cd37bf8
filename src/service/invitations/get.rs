//! `GetInvitation`.

use super::{InvitationView, view::views, visible};
use crate::{
    domain::ids::InvitationId,
    service::{
        Services,
        caller::Caller,
        error::{Error, Resource, Result},
    },
};

/// Reads one invitation, and the revision it was read at.
pub async fn get_invitation(services: &Services, caller: &Caller, id: InvitationId) -> Result<(InvitationView, u64)> {
    let mut reader = services.store.read().await?;
    let row = visible(reader.as_mut(), caller, id).await?;
    let mut views = views(reader.as_mut(), caller, vec![row], services.clock.now()).await?;
    let view = views.pop().ok_or_else(|| Error::not_found(Resource::Invitation))?;
    Ok((view, reader.head().revision))
}

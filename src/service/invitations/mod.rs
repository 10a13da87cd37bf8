//! Invitations to the hosted form, as integrators and operators make them, see them and take them back.
//!
//! A link is in none of this: it is minted when its mail goes out, and only its digest is kept. What was typed by
//! somebody at the sender, an address to forward to or a second signatory's, is shown to no integrator.

pub mod cancel;
pub mod create;
pub mod get;
mod invite;
pub mod list;
mod mailed;
mod no;
mod view;

pub use view::InvitationView;

pub use invite::Invited;
pub(crate) use invite::{InvitationOrder, Situation, about, answered, check, end, end_open, invite, make};
pub(in crate::service) use mailed::mailed;
pub(crate) use no::refuse_against;

use super::{
    caller::{Caller, Reach},
    error::{Error, Resource, Result},
};
use crate::{
    domain::ids::InvitationId,
    store::{InvitationRow, Reader},
};

/// An invitation that the caller may see: its own, or any for who reaches all.
async fn visible(reader: &mut dyn Reader, caller: &Caller, id: InvitationId) -> Result<InvitationRow> {
    let row = reader.invitation(id).await?;
    let seen = row.filter(|row| match caller.reach() {
        Reach::Own(own) => row.integrator_id == *own,
        Reach::All => true,
    });
    seen.ok_or_else(|| Error::not_found(Resource::Invitation))
}

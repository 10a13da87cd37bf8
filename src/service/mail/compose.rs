//! What a mail says, looked up just before it goes out. A mail that nobody wants any more says nothing.

use super::{
    letter::{Content, Letter, Named, Parties},
    queue,
};
use crate::{
    domain::{
        ids::{AcceptanceId, AgreementId, InvitationId, VersionLabel},
        invitation::{check_code, state_at},
        ledger::{
            Entry, Event,
            event::{Accepted, Signatory},
        },
        mail::{LinkPurpose, MailPurpose},
        offer::offers,
        vocabulary::{ChangeClass, InvitationCause},
    },
    service::{
        FormSettings,
        entries::entry,
        error::{Error, Result},
        link,
        private::{self, Person},
        write::Write,
    },
    store::{ConnectionRow, MailRow},
};

/// The mail's content; nothing where it is no longer wanted, or its address was erased.
pub(super) async fn letter(write: &mut Write, form: &FormSettings, row: &MailRow) -> Result<Option<Letter>> {
    let to = match (&row.purpose, row.recipient) {
        (MailPurpose::Contested { .. }, _) => form.operator_email.clone(),
        (MailPurpose::Checkpoint { .. }, _) => form.checkpoint_email.clone(),
        (_, Some(record)) => queue::address(write.tx.as_mut(), record).await?,
        (_, None) => None,
    };
    let Some(to) = to else { return Ok(None) };
    let content = match &row.purpose {
        MailPurpose::Invitation { invitation_id } => invitation(write, form, row, *invitation_id, false).await?,
        MailPurpose::Reminder { invitation_id } => invitation(write, form, row, *invitation_id, true).await?,
        MailPurpose::NewVersion { .. } => new_version(write, form, row).await?,
        MailPurpose::DeclineGiven { revisions } => declined(write, row, revisions).await?,
        MailPurpose::Checkpoint { note } => Some(Content::Checkpoint { note: note.clone() }),
        MailPurpose::Confirmation { revision, .. }
        | MailPurpose::AcceptanceAttested { revision }
        | MailPurpose::AcceptanceGiven { revision }
        | MailPurpose::ConnectionConfirmed { revision }
        | MailPurpose::Contested { revision } => about_entry(write, form, row, *revision).await?,
    };
    Ok(content.map(|content| Letter { message_id: row.message_id, to, language: row.language, content }))
}

async fn invitation(
    write: &mut Write,
    form: &FormSettings,
    row: &MailRow,
    id: InvitationId,
    reminder: bool,
) -> Result<Option<Content>> {
    let Some(invitation) = write.tx.invitation(id).await? else { return Ok(None) };
    if !state_at(invitation.state, invitation.expires, write.now).is_open() || invitation.signature_revision.is_some() {
        return Ok(None);
    }
    let Some(connection) = write.tx.connection(invitation.sender_id, &invitation.integrator_id).await? else {
        return Ok(None);
    };
    let Some(sender) = write.tx.sender(invitation.sender_id).await? else { return Ok(None) };
    let agreements = write.tx.agreements().await?;
    let integrator = &invitation.integrator_id;
    let sender = sender.seen_through(integrator, write.now);
    let offered = offers(&agreements, &sender, integrator, &connection.content_types, write.now);
    let agreements: Vec<Named> = offered
        .iter()
        .map(|one| Named { titles: one.agreement.titles.clone(), version: one.version.label.clone() })
        .collect();
    let first_signatory = match invitation.joint_with {
        Some(first) => first_name(write, first).await?,
        None => None,
    };
    // The address is the invitation's, which the ledger binds, whatever the mail's own row says.
    if row.recipient != Some(invitation.recipient) {
        return Err(Error::internal(anyhow::anyhow!("a mail to another address than its invitation's")));
    }
    let purpose = LinkPurpose::Form { invitation_id: id };
    let holder = (invitation.sender_id, invitation.recipient);
    let link = link::mint(write, &form.base_url, purpose, row, holder).await?;
    Ok(Some(Content::Invitation {
        parties: parties(write, &connection).await?,
        link,
        expires: invitation.expires,
        check_code: check_code(id),
        agreements,
        first_signatory,
        forwarded: invitation.cause == InvitationCause::Forwarded,
        reminder,
    }))
}

/// The name of the first of two signatories.
async fn first_name(write: &mut Write, first: InvitationId) -> Result<Option<String>> {
    let Some(revision) = write.tx.invitation(first).await?.and_then(|row| row.signature_revision) else {
        return Ok(None);
    };
    match entry(write.tx.as_mut(), revision).await?.event {
        Event::FirstSignatureGiven { signatory, .. } => Ok(names(write, &[signatory]).await?.pop()),
        _ => Ok(None),
    }
}

async fn about_entry(write: &mut Write, form: &FormSettings, row: &MailRow, revision: u64) -> Result<Option<Content>> {
    let Entry { event, time, .. } = entry(write.tx.as_mut(), revision).await?;
    let Some(sender_id) = row.sender_id else { return Ok(None) };
    let Some(facts) = write.tx.sender(sender_id).await? else { return Ok(None) };
    let through = event.connection().and_then(|id| facts.connections.iter().find(|c| c.connection_id == *id));
    let integrator = through.map(|c| c.integrator_id.clone()).or_else(|| event.through().cloned());
    // A contest of an act names the acceptances; the mail is about the connection that it came through.
    let fallback = row.connection_id.and_then(|id| facts.connections.iter().find(|c| c.connection_id == id));
    let Some(integrator) = integrator.or_else(|| fallback.map(|c| c.integrator_id.clone())) else { return Ok(None) };
    let Some(connection) = write.tx.connection(sender_id, &integrator).await? else { return Ok(None) };
    let parties = parties(write, &connection).await?;
    Ok(Some(match (&row.purpose, event) {
        (
            MailPurpose::Confirmation { to_contact_point, .. },
            Event::AcceptanceRecorded { accepted, signatories, accept_time, .. },
        ) => Content::Confirmation {
            parties,
            agreements: named(write, &accepted).await?,
            signatories: names(write, &signatories).await?,
            time: accept_time,
            receipt: None,
            contest_link: contest_link(write, form, row, revision).await?,
            to_contact_point: *to_contact_point,
        },
        (MailPurpose::AcceptanceGiven { .. }, Event::AcceptanceRecorded { accepted, accept_time, .. }) => {
            Content::AcceptanceGiven {
                parties,
                agreements: named(write, &accepted).await?,
                time: accept_time,
                contest_link: contest_link(write, form, row, revision).await?,
            }
        }
        (_, Event::AcceptanceRecorded { accepted, accept_time, .. }) => Content::AcceptanceAttested {
            parties,
            agreements: named(write, &accepted).await?,
            time: accept_time,
            contest_link: contest_link(write, form, row, revision).await?,
        },
        (_, Event::ConnectionConfirmed { .. }) => Content::ConnectionConfirmed {
            parties,
            time,
            contest_link: contest_link(write, form, row, revision).await?,
        },
        (_, Event::AcceptanceContested { acceptance_ids, until, .. }) => Content::Contested {
            integrator_name: parties.integrator_name,
            integrator_id: integrator,
            sender_id,
            agreements: of_acceptances(write, &acceptance_ids).await?,
            subject: acceptance_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            until,
        },
        (_, Event::ConnectionContested { connection_id, until, .. }) => Content::Contested {
            integrator_name: parties.integrator_name,
            integrator_id: integrator,
            sender_id,
            agreements: Vec::new(),
            subject: connection_id.to_string(),
            until,
        },
        _ => return Ok(None),
    }))
}

async fn declined(write: &mut Write, row: &MailRow, revisions: &[u64]) -> Result<Option<Content>> {
    let (mut through, mut agreements) = (None, Vec::with_capacity(revisions.len()));
    for revision in revisions {
        let Event::DeclineRecorded { sender_id, integrator_id, agreement_id, version, decline_time, .. } =
            entry(write.tx.as_mut(), *revision).await?.event
        else {
            return Ok(None);
        };
        agreements.push(one_named(write, &agreement_id, version).await?);
        through = Some((sender_id, integrator_id, decline_time));
    }
    let Some((sender_id, integrator_id, time)) = through else { return Ok(None) };
    let connection = write.tx.connection(sender_id, &integrator_id).await?.filter(|_| row.sender_id == Some(sender_id));
    let Some(connection) = connection else { return Ok(None) };
    Ok(Some(Content::DeclineGiven { parties: parties(write, &connection).await?, agreements, time }))
}

async fn new_version(write: &mut Write, form: &FormSettings, row: &MailRow) -> Result<Option<Content>> {
    let (MailPurpose::NewVersion { agreement_id, version }, Some(sender_id)) = (&row.purpose, row.sender_id) else {
        return Ok(None);
    };
    let Some(agreement) = write.tx.agreement(agreement_id).await? else { return Ok(None) };
    let Some(published) = agreement.version(version).filter(|version| !version.withdrawn) else { return Ok(None) };
    let Some(facts) = write.tx.sender(sender_id).await? else { return Ok(None) };
    let Some(known) = facts.connections.iter().find(|c| Some(c.connection_id) == row.connection_id) else {
        return Ok(None);
    };
    let Some(connection) = write.tx.connection(sender_id, &known.integrator_id).await? else { return Ok(None) };
    // What counts from this very notice counts from now.
    let told_now = published.effective.max(write.now).plus_seconds(i64::from(published.grace_seconds));
    let major = published.change_class == ChangeClass::Major;
    Ok(Some(Content::NewVersion {
        parties: parties(write, &connection).await?,
        agreement: Named { titles: agreement.titles.clone(), version: version.clone() },
        effective: published.effective,
        accept_by: major.then(|| published.deadline(agreement_id, &facts.notices).unwrap_or(told_now)),
        page: format!("{}/agreements/{agreement_id}/{version}", form.base_url),
    }))
}

async fn contest_link(write: &mut Write, form: &FormSettings, row: &MailRow, revision: u64) -> Result<String> {
    let holder = row.sender_id.zip(row.recipient);
    let holder = holder.ok_or_else(|| Error::internal(anyhow::anyhow!("a mail to no sender about an act of one")))?;
    link::mint(write, &form.base_url, LinkPurpose::Contest { revision }, row, holder).await
}

/// Who a mail is about.
async fn parties(write: &mut Write, connection: &ConnectionRow) -> Result<Parties> {
    let integrator = write.tx.integrator(&connection.integrator_id).await?;
    let integrator =
        integrator.ok_or_else(|| Error::internal(anyhow::anyhow!("a connection without its integrator")))?;
    Ok(Parties {
        integrator_name: integrator.display_name,
        integrator_kind: integrator.kind,
        sender_name: private::name_of(write.tx.as_mut(), connection).await?.unwrap_or_default(),
    })
}

async fn named(write: &mut Write, accepted: &[Accepted]) -> Result<Vec<Named>> {
    let mut named = Vec::with_capacity(accepted.len());
    for one in accepted {
        named.push(one_named(write, &one.agreement_id, one.version.clone()).await?);
    }
    Ok(named)
}

async fn of_acceptances(write: &mut Write, ids: &[AcceptanceId]) -> Result<Vec<Named>> {
    let mut named = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = write.tx.acceptance(*id).await? {
            named.push(one_named(write, &row.agreement_id, row.version).await?);
        }
    }
    Ok(named)
}

async fn one_named(write: &mut Write, id: &AgreementId, version: VersionLabel) -> Result<Named> {
    let titles = write.tx.agreement(id).await?.map(|agreement| agreement.titles).unwrap_or_default();
    Ok(Named { titles, version })
}

async fn names(write: &mut Write, signatories: &[Signatory]) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(signatories.len());
    for record in signatories.iter().filter_map(|signatory| signatory.person) {
        let person = private::body::<Person>(write.tx.as_mut(), record.record_id).await?;
        names.extend(person.map(|person| person.full_name));
    }
    Ok(names)
}

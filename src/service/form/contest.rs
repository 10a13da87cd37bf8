//! Contesting: the sender says that what was recorded was not its own act. It counts for five business days more, the
//! integrator and the operator are told, and then it counts no longer unless the operator resolves the contest.

use super::{
    context::{letterhead, sign_as_holder},
    view::{Contest, Contestable, Page, Posted},
};
use crate::{
    domain::{
        acts::{ActKind, ActState},
        calendar::business_days_after,
        ids::{ConnectionId, Digest, SenderId},
        ledger::{
            Event,
            event::{Accepted, Covered},
        },
        mail::{LinkPurpose, MailPurpose},
        rules::{CONTEST_BUSINESS_DAYS, CONTEST_DAYS, REASON_CHARACTERS},
        sender::SenderFacts,
        text,
        time::Timestamp,
        vocabulary::{ConnectionState, Language},
    },
    service::{
        Services,
        entries::{entry, read},
        error::{Error, Result},
        link::{self, LinkToken},
        mail::queue,
        mutation::{Act, act},
        write::Write,
    },
    store::{EntryFilter, Reader},
};
use async_trait::async_trait;
use std::sync::Arc;

/// Contests what the link is about: an acceptance through this very form, or what a mail told of.
pub async fn contest(services: &Arc<Services>, token: &LinkToken, reason: &str) -> Result<Posted> {
    act(services, Doubt { token: token.sha256(), reason: reason.to_owned() }).await
}

/// More contests of one sender than operators resolve.
const RESOLVED: u32 = 1000;

/// What was recorded, as far as it can be contested.
enum About {
    Acceptance { accepted: Vec<Accepted>, covered: Vec<Covered> },
    Connection(ConnectionId),
}

/// Where what a revision recorded stands: until when it is contested already, and whether it is over.
struct Subject {
    about: About,
    facts: SenderFacts,
    time: Timestamp,
    contested: Option<Timestamp>,
    over: bool,
    /// Whether it is too late, or the operator has looked into it already.
    settled: bool,
}

async fn subject(reader: &mut dyn Reader, revision: u64, now: Timestamp) -> Result<Option<Subject>> {
    let entry = entry(reader, revision).await?;
    let (sender_id, about) = match entry.event {
        Event::AcceptanceRecorded { sender_id, accepted, covered, .. } => {
            (sender_id, About::Acceptance { accepted, covered })
        }
        Event::ConnectionConfirmed { sender_id, connection_id, .. } => (sender_id, About::Connection(connection_id)),
        _ => return Ok(None),
    };
    let Some(facts) = reader.sender(sender_id).await? else { return Ok(None) };
    let (contested, over) = match &about {
        About::Acceptance { accepted, .. } => {
            let acts = || {
                facts.acts.iter().filter(|act| {
                    act.kind == ActKind::Acceptance && accepted.iter().any(|one| one.acceptance_id.0 == act.id)
                })
            };
            let until = acts().find_map(|act| match act.state {
                ActState::Contested { until, .. } => Some(until),
                _ => None,
            });
            (until, !acts().any(|act| act.stands(now)))
        }
        About::Connection(id) => {
            let connection = facts.connections.iter().find(|connection| connection.connection_id == *id);
            let until = connection.and_then(|connection| connection.contested);
            (until, connection.is_none_or(|connection| connection.state_at(now) != ConnectionState::Active))
        }
    };
    let settled =
        now >= entry.time.plus_seconds(CONTEST_DAYS * 86_400) || dismissed(reader, sender_id, &about, revision).await?;
    Ok(Some(Subject { about, facts, time: entry.time, contested, over, settled }))
}

/// Whether the operator found an earlier contest of the same to be without ground.
async fn dismissed(reader: &mut dyn Reader, sender: SenderId, about: &About, revision: u64) -> Result<bool> {
    let filter = EntryFilter {
        after_revision: revision,
        sender_id: Some(sender),
        events: [Event::CONTEST_RESOLVED, Event::CONNECTION_CONTEST_RESOLVED].map(str::to_owned).to_vec(),
        ..EntryFilter::default()
    };
    for row in reader.entries(&filter, RESOLVED).await? {
        let same = match (about, read(&row)?.event) {
            (About::Acceptance { accepted, .. }, Event::ContestResolved { acceptance_ids, .. }) => {
                accepted.iter().any(|one| acceptance_ids.contains(&one.acceptance_id))
            }
            (About::Connection(id), Event::ConnectionContestResolved { connection_id, .. }) => *id == connection_id,
            _ => false,
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether what a revision recorded can still be contested.
pub(super) async fn is_open(reader: &mut dyn Reader, revision: u64, now: Timestamp) -> Result<bool> {
    let subject = subject(reader, revision, now).await?;
    Ok(subject.is_some_and(|subject| subject.contested.is_none() && !subject.over && !subject.settled))
}

/// The page of a link with which something can be contested.
pub(super) async fn contestable(reader: &mut dyn Reader, revision: u64, now: Timestamp) -> Result<Page> {
    let Some(subject) = subject(reader, revision, now).await? else { return Ok(Page::Unknown) };
    let id = match entry(reader, revision).await?.event.connection() {
        Some(id) => *id,
        None => return Ok(Page::Unknown),
    };
    let Some(known) = subject.facts.connections.iter().find(|c| c.connection_id == id) else {
        return Ok(Page::Unknown);
    };
    let integrator = reader.integrator(&known.integrator_id).await?;
    let connection = reader.connection(subject.facts.sender_id, &known.integrator_id).await?;
    let (Some(integrator), Some(connection)) = (integrator, connection) else { return Ok(Page::Unknown) };
    let (mut language, mut agreements) = (Language::Sv, Vec::new());
    let about = match subject.about {
        About::Acceptance { accepted, .. } => {
            for one in accepted {
                language = one.language;
                let titles = reader.agreement(&one.agreement_id).await?.map(|agreement| agreement.titles);
                agreements.push((titles.unwrap_or_default(), one.version));
            }
            Contestable::Acceptance(agreements)
        }
        About::Connection(_) => Contestable::Connection,
    };
    let head = letterhead(reader, &connection, &integrator, &subject.facts, (String::new(), language)).await?;
    let Subject { time, contested, over, settled, .. } = subject;
    Ok(Page::Contest(head, Box::new(Contest { about, time, contested, over, settled })))
}

struct Doubt {
    token: Digest,
    reason: String,
}

#[async_trait]
impl Act for Doubt {
    type Done = Posted;

    async fn run(self, write: &mut Write) -> Result<Posted> {
        let now = write.now;
        let link = link::follow(write.tx.as_mut(), self.token).await?;
        let Some((purpose, holder)) = link else { return Ok(Posted::Elsewhere) };
        let revision = match purpose {
            LinkPurpose::Contest { revision } => Some(revision),
            LinkPurpose::Form { invitation_id } => {
                write.tx.invitation(invitation_id).await?.and_then(|row| row.answer_revision)
            }
        };
        let Some(revision) = revision else { return Ok(Posted::Elsewhere) };
        let Some(subject) = subject(write.tx.as_mut(), revision, now).await? else { return Ok(Posted::Elsewhere) };
        if subject.over || subject.settled || subject.contested.is_some() {
            return Ok(Posted::Elsewhere);
        }
        sign_as_holder(write, holder);
        record(write, subject, revision, &self.reason).await?;
        Ok(Posted::Done)
    }
}

async fn record(write: &mut Write, subject: Subject, contested: u64, reason: &str) -> Result<()> {
    let until = business_days_after(write.now, CONTEST_BUSINESS_DAYS);
    let reason = match text::remark(reason, REASON_CHARACTERS) {
        Some(text) => Some(write.keep_note(&text).await?),
        None => None,
    };
    let sender_id = subject.facts.sender_id;
    let connection_id = entry(write.tx.as_mut(), contested).await?.event.connection().copied();
    let event = match subject.about {
        About::Acceptance { accepted, covered } => {
            let acceptance_ids: Vec<_> = accepted.into_iter().map(|one| one.acceptance_id).collect();
            Event::AcceptanceContested { acceptance_ids, sender_id, covered, until, reason }
        }
        About::Connection(connection_id) => Event::ConnectionContested { sender_id, connection_id, until, reason },
    };
    let acceptances = match &event {
        Event::AcceptanceContested { acceptance_ids, .. } => acceptance_ids.clone(),
        _ => Vec::new(),
    };
    let revision = write.record(event).await?;
    for id in acceptances {
        let row = write.tx.acceptance(id).await?;
        let mut row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("an acceptance without its row")))?;
        row.changed_revision = revision;
        write.tx.put_acceptance(&row).await?;
    }
    let about = (Some(sender_id), connection_id);
    // Without an address of the operator's this mail is dropped when its turn comes.
    queue::queue(write, MailPurpose::Contested { revision }, about, None, Language::En).await?;
    Ok(())
}

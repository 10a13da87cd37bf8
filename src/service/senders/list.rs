//! `ListSenders`: who is not ready at a given time, and who must do what.

use super::{
    get::newest,
    view::{ConnectionView, views},
};
use crate::{
    domain::{
        answer::Answer,
        catalogue::Catalogue,
        decision::{Question, Verdict, decide},
        ids::{ConnectionId, Digest, IntegratorId, SenderId},
        organisation_number::OrganisationNumber,
        reason::Code,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::{ConnectionState, ContentType},
    },
    service::{
        Services,
        caller::{Caller, Reach},
        error::Result,
        instant::instant,
        paging,
        write::own_or_named,
    },
    store::{ConnectionFilter, ConnectionRow, Reader},
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// How many connections are looked at for one page, however few of them fit: the next page goes on from there.
const MOST_SCANNED: usize = 5000;

/// The fewest connections that are read at once.
const SMALLEST_READ: usize = 100;

/// Which connections, for which instant, and which page of them.
#[derive(Debug)]
pub struct ListSenders {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// Only this integrator's.
    pub integrator_id: Option<IntegratorId>,
    /// Only in these states; in any where empty.
    pub states: Vec<ConnectionState>,
    /// Only with this reference.
    pub external_reference: Option<String>,
    /// Only of this sender.
    pub organisation_number: Option<OrganisationNumber>,
    /// What the gate is asked for; each content type of the registration where absent.
    pub content_type: Option<ContentType>,
    /// For which instant; now where absent.
    pub evaluate_time: Option<Timestamp>,
    /// Only with an answer that allows, or that denies.
    pub allows: Option<bool>,
    /// Only with at least one of these reasons; any where empty.
    pub reasons: Vec<Code>,
    /// Only touched after this revision; all where 0.
    pub changed_after_revision: u64,
}

/// Where the next page goes on, and what all pages of one list share.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Cursor {
    after: Option<ConnectionId>,
    revision: u64,
    evaluate: Timestamp,
}

/// One connection with the facts to judge it by.
pub struct Listed {
    /// The connection.
    pub connection: ConnectionView,
    /// Its sender's facts, of which only the gate's answer may be told.
    pub facts: SenderFacts,
}

/// One page, with what its answers are made from.
pub struct ListedPage {
    /// The connections.
    pub rows: Vec<Listed>,
    /// The token of the next page; empty on the last.
    pub next_page_token: String,
    /// The head's revision when the first page was read.
    pub revision: u64,
    /// The instant of all answers.
    pub evaluate: Timestamp,
    content_type: Option<ContentType>,
    catalogue: Catalogue,
}

impl ListedPage {
    /// The gate's answers for one of the page's connections.
    pub fn checks<'a>(&'a self, listed: &'a Listed) -> impl Iterator<Item = (ContentType, Answer<'a>)> {
        let row = &listed.connection.row;
        let integrator = self.catalogue.integrators.get(&row.integrator_id);
        asked(self.content_type, row).map(move |content_type| {
            let question = Question { integrator, sender: Some(&listed.facts), content_type };
            (content_type, Answer::of(&self.catalogue, &question, self.evaluate))
        })
    }
}

/// What the gate is asked about a connection.
fn asked(only: Option<ContentType>, row: &ConnectionRow) -> impl Iterator<Item = ContentType> + use<> {
    only.map_or_else(|| row.content_types.clone(), |one| vec![one]).into_iter()
}

/// Lists connections in the order they were made, each integrator's newest with a sender.
pub async fn list_senders(services: &Services, caller: &Caller, list: ListSenders) -> Result<ListedPage> {
    let integrator_id = match (caller.reach(), &list.integrator_id) {
        (Reach::All, None) => None,
        (_, named) => Some(own_or_named(caller, named.as_ref())?.clone()),
    };
    let size = usize::try_from(paging::size(list.page_size)).unwrap_or(usize::MAX);
    let from: Option<Cursor> = paging::after(list.filter, &list.page_token)?;
    let mut reader = services.store.read().await?;
    let cursor = match from {
        Some(cursor) => cursor,
        None => Cursor {
            after: None,
            revision: reader.head().revision,
            evaluate: instant(list.evaluate_time, services.clock.now())?,
        },
    };
    let agreements = reader.agreements().await?.into_iter().collect();
    let mut scan = Scan {
        catalogue: Catalogue { agreements, ..Catalogue::default() },
        now: services.clock.now(),
        evaluate: cursor.evaluate,
        unknown: HashSet::new(),
        after: cursor.after,
        scanned: 0,
        ended: false,
    };
    let mut found: Vec<(ConnectionRow, SenderFacts)> = Vec::new();
    // One more than the page holds tells whether there is another page.
    while found.len() <= size && !scan.ended && scan.scanned < MOST_SCANNED {
        let wanted = (size + 1 - found.len()).max(SMALLEST_READ);
        found.extend(scan.read(reader.as_mut(), &list, integrator_id.as_ref(), wanted).await?);
    }
    let more_found = found.len() > size;
    found.truncate(size);
    let after = if more_found { found.last().map(|(row, _)| row.connection_id) } else { scan.after };
    let next_page_token = match more_found || !scan.ended {
        true => paging::token(list.filter, Cursor { after, ..cursor })?,
        false => String::new(),
    };
    let views = views(reader.as_mut(), found.iter().map(|(row, facts)| (row.clone(), facts)), services.clock.now());
    let views = views.await?;
    let rows = views.into_iter().zip(found).map(|(connection, (_, facts))| Listed { connection, facts }).collect();
    Ok(ListedPage {
        rows,
        next_page_token,
        revision: cursor.revision,
        evaluate: cursor.evaluate,
        content_type: list.content_type,
        catalogue: scan.catalogue,
    })
}

/// A walk over the connections.
struct Scan {
    catalogue: Catalogue,
    now: Timestamp,
    evaluate: Timestamp,
    unknown: HashSet<IntegratorId>,
    after: Option<ConnectionId>,
    scanned: usize,
    ended: bool,
}

impl Scan {
    /// Reads the next connections and keeps those that fit.
    async fn read(
        &mut self,
        reader: &mut dyn Reader,
        list: &ListSenders,
        integrator: Option<&IntegratorId>,
        wanted: usize,
    ) -> Result<Vec<(ConnectionRow, SenderFacts)>> {
        let rows = match &list.organisation_number {
            Some(number) => {
                self.ended = true;
                of_number(reader, number, list, integrator, self.after).await?
            }
            None => {
                let filter = ConnectionFilter {
                    integrator_id: integrator.cloned(),
                    states: stored(&list.states),
                    external_reference: list.external_reference.clone(),
                    changed_after_revision: (list.changed_after_revision > 0).then_some(list.changed_after_revision),
                    after: self.after,
                };
                let rows = reader.connections(&filter, u32::try_from(wanted).unwrap_or(u32::MAX)).await?;
                self.ended = rows.len() < wanted;
                rows
            }
        };
        self.scanned += rows.len();
        self.after = rows.last().map(|row| row.connection_id).or(self.after);
        self.know(reader, &rows).await?;
        let ids: HashSet<SenderId> = rows.iter().map(|row| row.sender_id).collect();
        let ids: Vec<SenderId> = ids.into_iter().collect();
        let facts = if ids.is_empty() { Vec::new() } else { reader.senders(&ids).await? };
        let facts: HashMap<SenderId, SenderFacts> = facts.into_iter().map(|facts| (facts.sender_id, facts)).collect();
        let with_facts = rows.into_iter().filter_map(|row| {
            let facts = facts.get(&row.sender_id)?;
            self.fits(list, &row, facts).then(|| (row, facts.clone()))
        });
        Ok(with_facts.collect())
    }

    /// Reads the integrators that the rows name and that are not read yet.
    async fn know(&mut self, reader: &mut dyn Reader, rows: &[ConnectionRow]) -> Result<()> {
        for row in rows {
            let id = &row.integrator_id;
            if self.catalogue.integrators.contains_key(id) || self.unknown.contains(id) {
                continue;
            }
            match reader.integrator(id).await? {
                Some(facts) => drop(self.catalogue.integrators.insert(id.clone(), facts)),
                None => drop(self.unknown.insert(id.clone())),
            }
        }
        Ok(())
    }

    fn fits(&self, list: &ListSenders, row: &ConnectionRow, facts: &SenderFacts) -> bool {
        let newest = facts.connection(&row.integrator_id).filter(|newest| newest.connection_id == row.connection_id);
        let Some(state) = newest.map(|newest| newest.state_at(self.now)) else { return false };
        // What happened to the sender elsewhere is told only over a confirmed connection.
        let touched = row.revision.max(if state == ConnectionState::Active { facts.revision } else { 0 });
        if touched <= list.changed_after_revision || !(list.states.is_empty() || list.states.contains(&state)) {
            return false;
        }
        if list.allows.is_none() && list.reasons.is_empty() {
            return true;
        }
        let integrator = self.catalogue.integrators.get(&row.integrator_id);
        let verdicts: Vec<Verdict<'_>> = asked(list.content_type, row)
            .map(|content_type| {
                let question = Question { integrator, sender: Some(facts), content_type };
                decide(&self.catalogue, &question, self.evaluate)
            })
            .collect();
        let decided = list.allows.is_none_or(|wanted| verdicts.iter().any(|verdict| verdict.allows() == wanted));
        let reasoned = list.reasons.is_empty()
            || verdicts.iter().any(|verdict| verdict.reasons().any(|reason| list.reasons.contains(&reason.code)));
        decided && reasoned
    }
}

/// The stored states behind those that are asked for: a confirmation that lapsed by its contest is stored as ACTIVE.
fn stored(states: &[ConnectionState]) -> Vec<ConnectionState> {
    let mut states = states.to_vec();
    if states.contains(&ConnectionState::Unconfirmed) && !states.contains(&ConnectionState::Active) {
        states.push(ConnectionState::Active);
    }
    states
}

/// The connections of one sender that fit the filters a database would apply.
async fn of_number(
    reader: &mut dyn Reader,
    number: &OrganisationNumber,
    list: &ListSenders,
    integrator: Option<&IntegratorId>,
    after: Option<ConnectionId>,
) -> Result<Vec<ConnectionRow>> {
    let Some(id) = reader.sender_of(number).await? else { return Ok(Vec::new()) };
    let mut rows = match (integrator, reader.sender(id).await?) {
        (Some(integrator), Some(_)) => reader.connection(id, integrator).await?.into_iter().collect(),
        (None, Some(facts)) => newest(reader, &facts).await?,
        (_, None) => Vec::new(),
    };
    rows.retain(|row| {
        after.is_none_or(|after| row.connection_id > after)
            && list.external_reference.as_ref().is_none_or(|reference| *reference == row.external_reference)
    });
    rows.sort_by_key(|row| row.connection_id);
    Ok(rows)
}

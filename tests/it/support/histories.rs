//! Histories: a small world of senders, integrators and agreements, told step by step. Each step becomes the event that
//! the services would record, and the world folds it exactly as the store and the gate do. A step that could not happen
//! (an acceptance before any registration) leaves the world as it is, so that random steps always make a history.

use ombord::domain::{
    acts::ActKind,
    agreement::AgreementFacts,
    answer::next_change,
    catalogue::Catalogue,
    decision::{Question, Verdict, decide},
    facts::{self, Misfit},
    ids::{
        AcceptanceId, AgreementId, ConnectionId, ExceptionId, IntegratorId, LedgerId, RecordId, SenderId, VersionLabel,
    },
    ledger::{Author, Entry, Event},
    organisation_number::{LegalNumber, OrganisationNumber},
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{
        Assurance, ChangeClass, ConnectionState, ContactQuality, ContentType, DeadlineFrom, Enforcement,
        IntegratorKind, InvitationState, Role,
    },
};
use std::{collections::BTreeMap, sync::LazyLock};
use uuid::Uuid;

/// A day of the history; the services' present is somewhere after the last one told.
pub type Day = i64;

/// Senders: a company, its daughter company, and a sole trader, whom nothing can cover.
pub const ACME: usize = 0;
pub const DAUGHTER: usize = 1;
pub const TRADER: usize = 2;
pub const SENDERS: usize = 3;

/// Integrators.
pub const BUREAU: usize = 0;
pub const VENDOR: usize = 1;
pub const INTEGRATORS: usize = 2;

/// An integrator that the service does not know.
pub const STRANGER: usize = INTEGRATORS;

/// Agreements: the general terms, a DPA that covers all content types, and one that lists the payslip.
pub const TERMS: usize = 0;
pub const DPA: usize = 1;
pub const PAYSLIP: usize = 2;
pub const AGREEMENTS: usize = 3;

/// What the questions are about: the payslip has a DPA of its own, a letter has not.
pub const TYPES: [ContentType; 2] = [ContentType::Payslip, ContentType::Letter];

/// Retention of version n of any agreement: 300 + n days undelivered, 60 + n days for support.
pub const UNDELIVERED: u32 = 300;
pub const SUPPORT: u32 = 60;

/// For whom an exception is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    Sender(usize),
    Integrator(usize),
}

/// An act that somebody signed: where it is as sure as the sender's own person, through the hosted form.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    pub sender: usize,
    pub through: usize,
    pub assurance: Assurance,
    /// When it happened; never after it was recorded.
    pub on: Day,
}

/// What may happen to an invitation short of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inviting {
    Created,
    Forwarded,
    Sent,
    Bounced,
    Ended(InvitationState),
    FirstSignature,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Create {
        agreement: usize,
        enforcement: Enforcement,
        minimum: Assurance,
    },
    /// Versions are numbered from 1 on, in the order of publication.
    Publish {
        agreement: usize,
        class: ChangeClass,
        effective: Day,
        grace: u32,
        from: DeadlineFrom,
    },
    Withdraw {
        agreement: usize,
        version: usize,
    },
    Enforce {
        agreement: usize,
        integrator: Option<usize>,
        enforcement: Enforcement,
        minimum: Assurance,
        from: Day,
    },
    Register {
        sender: usize,
        through: usize,
        contact: ContactQuality,
    },
    Contact {
        sender: usize,
        through: usize,
        contact: ContactQuality,
    },
    Confirm {
        sender: usize,
        through: usize,
    },
    EndConnection {
        sender: usize,
        through: usize,
    },
    SuspendSender(usize),
    ResumeSender(usize),
    SuspendIntegrator(usize),
    ResumeIntegrator(usize),
    Accept {
        act: Signed,
        versions: Vec<(usize, usize)>,
        retroactive: bool,
        covered: Vec<usize>,
        contact: Option<ContactQuality>,
    },
    Decline {
        act: Signed,
        agreement: usize,
        version: usize,
    },
    /// Of the nth acceptance recorded, from 0 on.
    EndCoverage {
        acceptance: usize,
        covered: usize,
    },
    Invalidate {
        acceptance: usize,
    },
    /// With it, all of the same act.
    ContestAcceptance {
        acceptance: usize,
    },
    ResolveContest {
        acceptance: usize,
    },
    ContestConnection {
        sender: usize,
        through: usize,
    },
    ResolveConnectionContest {
        sender: usize,
        through: usize,
    },
    /// A version was mailed to a sender.
    Notice {
        sender: usize,
        agreement: usize,
        version: usize,
    },
    /// That mail came back.
    NoticeFailed {
        sender: usize,
        agreement: usize,
        version: usize,
    },
    /// Mail to the contact point came back.
    Bounce {
        sender: usize,
        through: usize,
    },
    /// The confirmation of an acceptance came back.
    BounceConfirmation {
        acceptance: usize,
    },
    /// Something happens to an invitation.
    Invitation {
        sender: usize,
        through: usize,
        what: Inviting,
    },
    Propose {
        whom: Whom,
        until: Day,
    },
    /// Of the nth exception proposed, from 0 on.
    Approve(usize),
    EndException(usize),
}

/// Everything that happened, and what the fold makes of it.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub entries: Vec<Entry>,
    pub catalogue: Catalogue,
    pub senders: BTreeMap<SenderId, SenderFacts>,
    /// The day of the last entry.
    pub today: Day,
    pub acceptances: Vec<(AcceptanceId, usize, Vec<usize>)>,
    pub exceptions: Vec<(ExceptionId, Whom)>,
}

/// The instant at which a day begins; day 0 is 2026-01-01.
pub fn at(day: Day) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000).unwrap().plus_seconds(day.saturating_mul(86_400))
}

pub fn id(kind: u128, n: usize) -> Uuid {
    Uuid::from_u128(kind << 64 | n as u128)
}

pub fn sender_id(sender: usize) -> SenderId {
    SenderId(id(1, sender))
}

static INTEGRATOR_IDS: LazyLock<[IntegratorId; 3]> =
    LazyLock::new(|| ["bureau", "vendor", "stranger"].map(|slug| IntegratorId::parse(slug).unwrap()));

pub fn integrator_id(integrator: usize) -> IntegratorId {
    INTEGRATOR_IDS[integrator].clone()
}

pub fn agreement_id(agreement: usize) -> AgreementId {
    AgreementId::parse(["terms", "dpa", "dpa-payslip"][agreement]).unwrap()
}

pub fn label(version: usize) -> VersionLabel {
    VersionLabel::parse(&version.to_string()).unwrap()
}

pub fn number(sender: usize) -> Option<LegalNumber> {
    let text = ["5560160680", "5567037485", "191212121212"][sender];
    OrganisationNumber::parse(text).unwrap().legal()
}

impl World {
    /// Two integrators and nothing else.
    pub fn new() -> Self {
        let mut world = Self::default();
        for n in 0..INTEGRATORS {
            world.record(Event::IntegratorCreated {
                integrator_id: integrator_id(n),
                display_name: format!("Integrator {n}"),
                number: number(ACME).unwrap(),
                kind: IntegratorKind::PayrollBureau,
                email_domains: Vec::new(),
            });
        }
        world
    }

    /// A whole history.
    pub fn of(steps: &[(Day, Step)]) -> Self {
        let mut world = Self::new();
        for (wait, step) in steps {
            world.today += wait;
            world.tell(step);
        }
        world
    }

    /// A history whose steps each name their day.
    pub fn on_days(steps: &[(Day, Step)]) -> Self {
        let mut world = Self::new();
        for (day, step) in steps {
            world.today = *day;
            assert!(world.tell(step), "day {day}: {step:?} cannot happen");
        }
        world
    }

    /// The same events again, in another order or read back from bytes.
    pub fn replay(events: impl IntoIterator<Item = (Timestamp, Event)>) -> Result<Self, Misfit> {
        let mut world = Self::default();
        for (time, event) in events {
            world.fold(time, event)?;
        }
        Ok(world)
    }

    /// Records an event today, which has to fit.
    pub fn record(&mut self, event: Event) {
        self.fold(at(self.today), event).unwrap();
    }

    fn fold(&mut self, time: Timestamp, event: Event) -> Result<(), Misfit> {
        let revision = self.entries.len() as u64 + 1;
        let author =
            Author { role: Role::Operator, integrator_id: None, actor_id: RecordId(id(3, 0)), commitment: None };
        let entry = Entry { schema: event.schema(), ledger_id: LedgerId(id(4, 0)), revision, time, author, event };
        let touched = entry.event.touched();
        if let Some(id) = touched.integrator {
            let after = facts::integrator(self.catalogue.integrators.get(&id).cloned(), &entry)?;
            self.catalogue.integrators.insert(id, after);
        }
        if let Some(id) = touched.agreement {
            let after = facts::agreement(self.catalogue.agreements.get(&id).cloned(), &entry)?;
            self.catalogue.agreements.put(after);
        }
        for id in touched.senders {
            let after = facts::sender(self.senders.get(&id).cloned(), id, &entry)?;
            self.senders.insert(id, after);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Changes all agreements, as no history would.
    pub fn change_agreements(&mut self, change: impl FnMut(&mut AgreementFacts)) {
        let mut agreements = self.catalogue.agreements.to_vec();
        agreements.iter_mut().for_each(change);
        self.catalogue.agreements = agreements.into_iter().collect();
    }

    pub fn agreement(&self, agreement: usize) -> Option<&AgreementFacts> {
        self.catalogue.agreements.get(&agreement_id(agreement))
    }

    pub fn sender(&self, sender: usize) -> Option<&SenderFacts> {
        self.senders.get(&sender_id(sender))
    }

    /// The connection that counts, with its state.
    pub fn connection(&self, sender: usize, through: usize) -> Option<(ConnectionId, ConnectionState)> {
        let connection = self.sender(sender)?.connection(&integrator_id(through))?;
        Some((connection.connection_id, connection.state))
    }

    pub fn contact_confirmed(&self, sender: usize, through: usize) -> bool {
        let before = self.sender(sender).and_then(|facts| facts.connection(&integrator_id(through)));
        before.is_some_and(|before| before.contact_confirmed)
    }

    pub fn open(&self, sender: usize, through: usize) -> Option<ConnectionId> {
        self.connection(sender, through).filter(|(_, state)| *state != ConnectionState::Ended).map(|(id, _)| id)
    }

    pub fn question(&self, ask: Ask) -> Question<'_> {
        let integrator = self.catalogue.integrators.get(&INTEGRATOR_IDS[ask.through]);
        Question { integrator, sender: self.sender(ask.sender), content_type: ask.content_type }
    }

    pub fn decide(&self, ask: Ask, now: Timestamp) -> Verdict<'_> {
        decide(&self.catalogue, &self.question(ask), now)
    }

    pub fn next_change(&self, ask: Ask, now: Timestamp) -> Option<Timestamp> {
        next_change(&self.catalogue, &self.question(ask), &self.decide(ask, now), now)
    }

    /// All instants at which something may change, and those just before and just after.
    pub fn instants(&self, from: Timestamp) -> Vec<Timestamp> {
        let agreements = self.catalogue.agreements.iter().flat_map(AgreementFacts::instants);
        let own = self.senders.values().flat_map(|s| &s.exceptions);
        let exceptions = own.chain(self.catalogue.integrators.values().flat_map(|i| &i.exceptions)).map(|e| e.until);
        let acts = self.senders.values().flat_map(|s| &s.acts).map(|a| a.time);
        let own = self.senders.values().flat_map(|s| s.instants(self.catalogue.agreements.iter()));
        let around = |t: Timestamp| [t.micros() - 1, t.micros(), t.micros() + 1].map(Timestamp::from_micros);
        let all = agreements.chain(exceptions).chain(acts).chain(own).flat_map(around).flatten();
        let mut instants: Vec<_> = all.filter(|t| *t >= from).chain([from, from.plus_seconds(86_400 * 400)]).collect();
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    /// How many exceptions were proposed so far.
    pub fn proposed(&self) -> usize {
        self.exceptions.len()
    }

    /// The acceptances recorded so far that stand: their number, the sender and the companies covered.
    pub fn standing_acceptances(&self) -> Vec<(usize, usize, Vec<usize>)> {
        let stands = |id: &AcceptanceId, sender: usize| {
            let acts = self.sender(sender).map(|s| &s.acts[..]).unwrap_or_default();
            acts.iter().any(|a| a.id == id.0 && a.kind == ActKind::Acceptance && a.stands(at(self.today)))
        };
        let all = self.acceptances.iter().enumerate();
        all.filter(|(_, (id, sender, _))| stands(id, *sender)).map(|(n, (_, s, c))| (n, *s, c.clone())).collect()
    }
}

/// A question in this world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    pub sender: usize,
    pub through: usize,
    pub content_type: ContentType,
}

impl Ask {
    /// Every question there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |sender| {
            (0..INTEGRATORS).flat_map(move |through| TYPES.map(|content_type| Self { sender, through, content_type }))
        };
        (0..SENDERS).flat_map(of)
    }
}

//! Histories: a small world of senders, integrators and agreements, told step by step. Each step becomes the event that
//! the services would record, and the world folds it exactly as the store and the gate do. A step that could not happen
//! (an acceptance before any registration) leaves the world as it is, so that random steps always make a history.

use ombord::domain::{
    acts::{ActKind, ActState},
    agreement::{AgreementFacts, Version},
    decision::{Catalogue, Question, Verdict, decide, next_scheduled_change},
    exception::ExceptionState,
    facts::{self, Misfit},
    ids::{
        AcceptanceId, AgreementId, ConnectionId, DeclineId, Digest, ExceptionId, IntegratorId, LedgerId, RecordId, SenderId,
        VersionLabel,
    },
    ledger::{
        Author, Entry, Event, Private,
        entry::SCHEMA,
        event::{Accepted, ConnectionTerms, Covered},
    },
    organisation_number::{LegalNumber, OrganisationNumber},
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{
        AgreementKind, Assurance, ChangeClass, ConnectionState, ContactQuality, ContentType, DeadlineFrom, Enforcement,
        IntegratorKind, Language, Method, Role,
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

/// An act that somebody signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    pub sender: usize,
    pub through: usize,
    pub assurance: Assurance,
    /// When it happened; never after it was recorded.
    pub on: Day,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Create { agreement: usize, enforcement: Enforcement, minimum: Assurance },
    /// Versions are numbered from 1 on, in the order of publication.
    Publish { agreement: usize, class: ChangeClass, effective: Day, grace: u32 },
    Withdraw { agreement: usize, version: usize },
    Enforce { agreement: usize, integrator: Option<usize>, enforcement: Enforcement, minimum: Assurance, from: Day },
    Register { sender: usize, through: usize, contact: ContactQuality },
    Contact { sender: usize, through: usize, contact: ContactQuality },
    Confirm { sender: usize, through: usize },
    EndConnection { sender: usize, through: usize },
    SuspendSender(usize),
    ResumeSender(usize),
    SuspendIntegrator(usize),
    ResumeIntegrator(usize),
    Accept { act: Signed, versions: Vec<(usize, usize)>, retroactive: bool, covered: Vec<usize>, contact: Option<ContactQuality> },
    Decline { act: Signed, agreement: usize, version: usize },
    /// Of the nth acceptance recorded, from 0 on.
    EndCoverage { acceptance: usize, covered: usize },
    Invalidate { acceptance: usize },
    Propose { whom: Whom, until: Day },
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
    acceptances: Vec<(AcceptanceId, usize, Vec<usize>)>,
    exceptions: Vec<(ExceptionId, Whom)>,
}

/// The instant at which a day begins; day 0 is 2026-01-01.
pub fn at(day: Day) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000).unwrap().plus_seconds(day.saturating_mul(86_400))
}

fn id(kind: u128, n: usize) -> Uuid {
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

fn number(sender: usize) -> Option<LegalNumber> {
    let text = ["5560160680", "5567037485", "191212121212"][sender];
    OrganisationNumber::parse(text).unwrap().legal()
}

fn private(n: usize) -> Private {
    Private { record_id: RecordId(id(2, n)), commitment: Digest::of(&n.to_be_bytes()) }
}

fn covered(senders: &[usize]) -> Vec<Covered> {
    senders.iter().filter_map(|s| Some(Covered { sender_id: sender_id(*s), number: number(*s)? })).collect()
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
        let author = Author { role: Role::Operator, integrator_id: None, actor_id: RecordId(id(3, 0)) };
        let entry = Entry { schema: SCHEMA, ledger_id: LedgerId(id(4, 0)), revision, time, author, event };
        let touched = entry.event.touched();
        if let Some(id) = touched.integrator {
            let after = facts::integrator(self.catalogue.integrators.get(&id).cloned(), &entry)?;
            self.catalogue.integrators.insert(id, after);
        }
        if let Some(id) = touched.agreement {
            let after = facts::agreement(self.catalogue.agreements.get(&id).cloned(), &entry)?;
            self.catalogue.agreements.insert(id, after);
        }
        for id in touched.senders {
            let after = facts::sender(self.senders.get(&id).cloned(), id, &entry)?;
            self.senders.insert(id, after);
        }
        self.entries.push(entry);
        Ok(())
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

    fn open(&self, sender: usize, through: usize) -> Option<ConnectionId> {
        self.connection(sender, through).filter(|(_, state)| *state != ConnectionState::Ended).map(|(id, _)| id)
    }

    pub fn question(&self, ask: Ask) -> Question<'_> {
        let integrator_id = &INTEGRATOR_IDS[ask.through];
        Question { integrator_id, sender: self.sender(ask.sender), content_type: ask.content_type }
    }

    pub fn decide(&self, ask: Ask, now: Timestamp) -> Verdict<'_> {
        decide(&self.catalogue, &self.question(ask), now)
    }

    pub fn next_change(&self, ask: Ask, now: Timestamp) -> Option<Timestamp> {
        next_scheduled_change(&self.catalogue, &self.question(ask), now)
    }

    /// All instants at which something may change, and those just before and just after.
    pub fn instants(&self, from: Timestamp) -> Vec<Timestamp> {
        let agreements = self.catalogue.agreements.values().flat_map(AgreementFacts::instants);
        let own = self.senders.values().flat_map(|s| &s.exceptions);
        let exceptions = own.chain(self.catalogue.integrators.values().flat_map(|i| &i.exceptions)).map(|e| e.until);
        let acts = self.senders.values().flat_map(|s| &s.acts).map(|a| a.time);
        let around = |t: Timestamp| [t.micros() - 1, t.micros(), t.micros() + 1].map(Timestamp::from_micros);
        let all = agreements.chain(exceptions).chain(acts).flat_map(around).flatten();
        let mut instants: Vec<_> = all.filter(|t| *t >= from).chain([from, from.plus_seconds(86_400 * 400)]).collect();
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    /// Lets one thing happen today, if it can.
    pub fn tell(&mut self, step: &Step) -> bool {
        let before = self.entries.len();
        if let Some(event) = self.event(step) {
            self.record(event);
        }
        self.entries.len() > before
    }

    /// The event of a step, or nothing where the services would refuse it.
    fn event(&mut self, step: &Step) -> Option<Event> {
        let revision = self.entries.len() as u64 + 1;
        let n = self.entries.len();
        Some(match step {
            Step::Create { agreement, enforcement, minimum } => {
                if self.agreement(*agreement).is_some() {
                    return None;
                }
                Event::AgreementCreated {
                    agreement_id: agreement_id(*agreement),
                    kind: if *agreement == TERMS { AgreementKind::GeneralTerms } else { AgreementKind::Dpa },
                    titles: Vec::new(),
                    content_types: if *agreement == PAYSLIP { vec![ContentType::Payslip] } else { Vec::new() },
                    enforcement: *enforcement,
                    minimum_assurance: *minimum,
                }
            }
            Step::Publish { agreement, class, effective, grace } => {
                let version = self.agreement(*agreement)?.versions.len() + 1;
                Event::VersionPublished {
                    agreement_id: agreement_id(*agreement),
                    version: Version {
                        label: label(version),
                        documents: Vec::new(),
                        specification_sha256: Digest::of(b""),
                        undelivered_retention_days: UNDELIVERED + version as u32,
                        support_retention_days: SUPPORT + version as u32,
                        change_class: *class,
                        effective: at(*effective),
                        published: at(self.today),
                        grace_seconds: *grace * 86_400,
                        deadline_from: DeadlineFrom::Publication,
                        withdrawn: false,
                        revision,
                    },
                }
            }
            Step::Withdraw { agreement, version } => {
                let version = self.agreement(*agreement)?.version(&label(*version))?;
                if version.withdrawn || version.effective <= at(self.today) {
                    return None;
                }
                Event::VersionWithdrawn { agreement_id: agreement_id(*agreement), version: version.label.clone(), reason: private(n) }
            }
            Step::Enforce { agreement, integrator, enforcement, minimum, from } => {
                self.agreement(*agreement)?;
                Event::EnforcementSet {
                    agreement_id: agreement_id(*agreement),
                    integrator_id: integrator.map(integrator_id),
                    enforcement: *enforcement,
                    minimum_assurance: *minimum,
                    effective: at(*from),
                }
            }
            Step::Register { sender, through, contact } => {
                if self.open(*sender, *through).is_some() {
                    return None;
                }
                Event::SenderRegistered {
                    sender_id: sender_id(*sender),
                    connection_id: ConnectionId(id(5, n)),
                    integrator_id: integrator_id(*through),
                    number: number(*sender),
                    private_number: number(*sender).is_none().then(|| private(n)),
                    terms: terms(*contact),
                }
            }
            Step::Contact { sender, through, contact } => Event::ConnectionUpdated {
                sender_id: sender_id(*sender),
                connection_id: self.open(*sender, *through)?,
                terms: terms(*contact),
            },
            Step::Confirm { sender, through } => Event::ConnectionConfirmed {
                sender_id: sender_id(*sender),
                connection_id: self.open(*sender, *through)?,
                evidence: Vec::new(),
            },
            Step::EndConnection { sender, through } => {
                Event::ConnectionEnded { sender_id: sender_id(*sender), connection_id: self.open(*sender, *through)? }
            }
            Step::SuspendSender(sender) => {
                Event::SenderSuspended { sender_id: self.sender(*sender)?.sender_id, reason: private(n) }
            }
            Step::ResumeSender(sender) => {
                Event::SenderResumed { sender_id: self.sender(*sender)?.sender_id, reason: private(n) }
            }
            Step::SuspendIntegrator(integrator) => {
                Event::IntegratorSuspended { integrator_id: integrator_id(*integrator), reason: private(n) }
            }
            Step::ResumeIntegrator(integrator) => Event::IntegratorResumed { integrator_id: integrator_id(*integrator) },
            Step::Accept { act, versions, retroactive, covered: companies, contact } => {
                let connection_id = self.open(act.sender, act.through)?;
                let mut companies: Vec<usize> =
                    companies.iter().copied().filter(|c| *c != act.sender && number(*c).is_some()).collect();
                companies.dedup();
                let mut accepted = Vec::<Accepted>::new();
                for (place, (agreement, version)) in versions.iter().enumerate() {
                    let known = self.agreement(*agreement).and_then(|a| a.version(&label(*version)));
                    let Some(version) = known.filter(|v| !v.withdrawn) else { continue };
                    if accepted.iter().any(|one| one.agreement_id == agreement_id(*agreement)) {
                        continue;
                    }
                    accepted.push(Accepted {
                        acceptance_id: AcceptanceId(id(6, n * AGREEMENTS + place)),
                        agreement_id: agreement_id(*agreement),
                        version: version.label.clone(),
                        language: Language::Sv,
                        document_sha256: Digest::of(b""),
                        specification_sha256: version.specification_sha256,
                    });
                }
                if accepted.is_empty() {
                    return None;
                }
                self.acceptances.extend(accepted.iter().map(|one| (one.acceptance_id, act.sender, companies.clone())));
                Event::AcceptanceRecorded {
                    sender_id: sender_id(act.sender),
                    connection_id,
                    integrator_id: integrator_id(act.through),
                    accepted,
                    signatories: Vec::new(),
                    authority_declared: true,
                    method: Method::IntegratorForm,
                    assurance: act.assurance,
                    accept_time: at(act.on.min(self.today)),
                    evidence: Vec::new(),
                    contact: contact.map(|_| private(n)),
                    contact_quality: *contact,
                    covered: covered(&companies),
                    group_permission_declared: true,
                    retroactive_delivery: *retroactive,
                }
            }
            Step::Decline { act, agreement, version } => {
                let version = self.agreement(*agreement)?.version(&label(*version)).filter(|v| !v.withdrawn)?;
                Event::DeclineRecorded {
                    decline_id: DeclineId(id(7, n)),
                    sender_id: sender_id(act.sender),
                    connection_id: self.open(act.sender, act.through)?,
                    integrator_id: integrator_id(act.through),
                    agreement_id: agreement_id(*agreement),
                    version: version.label.clone(),
                    signatories: Vec::new(),
                    authority_declared: true,
                    method: Method::IntegratorForm,
                    assurance: act.assurance,
                    decline_time: at(act.on.min(self.today)),
                    evidence: Vec::new(),
                    reason: None,
                }
            }
            Step::EndCoverage { acceptance, covered: company } => {
                let (acceptance_id, sender, companies) = self.acceptances.get(*acceptance)?;
                let covered = covered(&[*companies.iter().find(|c| *c == company)?]).pop()?;
                Event::GroupCoverageEnded { acceptance_id: *acceptance_id, sender_id: sender_id(*sender), covered }
            }
            Step::Invalidate { acceptance } => {
                let (acceptance_id, sender, companies) = self.acceptances.get(*acceptance)?;
                Event::AcceptanceInvalidated {
                    acceptance_id: *acceptance_id,
                    sender_id: sender_id(*sender),
                    covered: covered(companies),
                    reason: private(n),
                }
            }
            Step::Propose { whom, until } => {
                let (sender, integrator) = self.parties(*whom)?;
                self.exceptions.push((ExceptionId(id(8, n)), *whom));
                Event::ExceptionProposed {
                    exception_id: ExceptionId(id(8, n)),
                    sender_id: sender,
                    integrator_id: integrator,
                    until: at(*until),
                    reason: private(n),
                }
            }
            Step::Approve(exception) => {
                let (exception_id, sender_id, integrator_id) = self.exception(*exception, ExceptionState::Proposed)?;
                Event::ExceptionApproved { exception_id, sender_id, integrator_id }
            }
            Step::EndException(exception) => {
                let (exception_id, sender_id, integrator_id) = self.exception(*exception, ExceptionState::Approved)?;
                Event::ExceptionEnded { exception_id, sender_id, integrator_id }
            }
        })
    }

    /// How many exceptions were proposed so far.
    pub fn proposed(&self) -> usize {
        self.exceptions.len()
    }

    fn parties(&self, whom: Whom) -> Option<(Option<SenderId>, Option<IntegratorId>)> {
        match whom {
            Whom::Sender(sender) => Some((Some(self.sender(sender)?.sender_id), None)),
            Whom::Integrator(integrator) => Some((None, Some(integrator_id(integrator)))),
        }
    }

    fn exception(
        &self,
        nth: usize,
        wanted: ExceptionState,
    ) -> Option<(ExceptionId, Option<SenderId>, Option<IntegratorId>)> {
        let (exception_id, whom) = self.exceptions.get(nth)?;
        let list = match whom {
            Whom::Sender(sender) => &self.sender(*sender)?.exceptions,
            Whom::Integrator(integrator) => &self.catalogue.integrators.get(&integrator_id(*integrator))?.exceptions,
        };
        let (sender, integrator) = self.parties(*whom)?;
        let state = list.iter().find(|e| e.exception_id == *exception_id)?.state;
        (state == wanted).then_some((*exception_id, sender, integrator))
    }

    /// The acceptances recorded so far that stand: their number, the sender and the companies covered.
    pub fn standing_acceptances(&self) -> Vec<(usize, usize, Vec<usize>)> {
        let stands = |id: &AcceptanceId, sender: usize| {
            let acts = self.sender(sender).map(|s| &s.acts[..]).unwrap_or_default();
            acts.iter().any(|a| a.id == id.0 && a.kind == ActKind::Acceptance && a.state == ActState::Valid)
        };
        let all = self.acceptances.iter().enumerate();
        all.filter(|(_, (id, sender, _))| stands(id, *sender)).map(|(n, (_, s, c))| (n, *s, c.clone())).collect()
    }
}

fn terms(contact: ContactQuality) -> ConnectionTerms {
    ConnectionTerms {
        legal_name: Some("Acme AB".to_owned()),
        private_name: None,
        external_reference: String::new(),
        content_types: Vec::new(),
        contact: (contact != ContactQuality::Missing).then(|| private(0)),
        contact_quality: contact,
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
            (0..INTEGRATORS)
                .flat_map(move |through| TYPES.map(|content_type| Self { sender, through, content_type }))
        };
        (0..SENDERS).flat_map(of)
    }
}

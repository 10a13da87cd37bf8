//! What each step of a history records: the event that the services would, or none where they would refuse.

use super::histories::{
    AGREEMENTS, PAYSLIP, SUPPORT, Step, TERMS, UNDELIVERED, Whom, World, agreement_id, at, id, integrator_id, label,
    number, sender_id,
};
use ombord::domain::{
    agreement::Version,
    exception::ExceptionState,
    ids::{AcceptanceId, ConnectionId, DeclineId, Digest, ExceptionId, IntegratorId, RecordId, SenderId},
    ledger::{
        Event, Private,
        event::{Accepted, ConnectionTerms, Covered},
    },
    vocabulary::{AgreementKind, Assurance, ContactQuality, ContentType, Language, Method},
};

pub(super) fn private(n: usize) -> Private {
    Private { record_id: RecordId(id(2, n)), commitment: Digest::of(&n.to_be_bytes()) }
}

pub(super) fn covered(senders: &[usize]) -> Vec<Covered> {
    senders.iter().filter_map(|s| Some(Covered { sender_id: sender_id(*s), number: number(*s)? })).collect()
}

impl World {
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
            Step::Publish { agreement, class, effective, grace, from } => {
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
                        deadline_from: *from,
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
                Event::VersionWithdrawn {
                    agreement_id: agreement_id(*agreement),
                    version: version.label.clone(),
                    reason: private(n),
                }
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
                    contact_confirmed: self.contact_confirmed(*sender, *through),
                }
            }
            Step::Contact { sender, through, contact } => Event::ConnectionUpdated {
                sender_id: sender_id(*sender),
                connection_id: self.open(*sender, *through)?,
                terms: terms(*contact),
                reconfirms: self.reconfirmed(*sender, *through, *contact),
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
            Step::ResumeIntegrator(integrator) => {
                Event::IntegratorResumed { integrator_id: integrator_id(*integrator), reason: private(n) }
            }
            Step::Accept { act, versions, retroactive, covered: companies, contact } => {
                let connection_id = self.open(act.sender, act.through)?;
                let mut companies: Vec<usize> =
                    companies.iter().copied().filter(|c| *c != act.sender && number(*c).is_some()).collect();
                companies.dedup();
                let mut accepted = Vec::<Accepted>::new();
                for (place, (agreement, version)) in versions.iter().enumerate() {
                    let known = self.agreement(*agreement).and_then(|a| a.version(&label(*version)));
                    let Some(version) = known.filter(|v| !v.withdrawn) else {
                        continue;
                    };
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
                    method: method(act.assurance),
                    assurance: act.assurance,
                    accept_time: at(act.on.min(self.today)),
                    evidence: Vec::new(),
                    contact: contact.map(|_| private(n)),
                    contact_quality: *contact,
                    covered: covered(&companies),
                    group_permission_declared: true,
                    retroactive_delivery: *retroactive,
                    invitations: Vec::new(),
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
                    method: method(act.assurance),
                    assurance: act.assurance,
                    decline_time: at(act.on.min(self.today)),
                    evidence: Vec::new(),
                    reason: None,
                    invitation_id: None,
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
            Step::ContestAcceptance { .. }
            | Step::ResolveContest { .. }
            | Step::ContestConnection { .. }
            | Step::ResolveConnectionContest { .. }
            | Step::Notice { .. }
            | Step::NoticeFailed { .. }
            | Step::Bounce { .. }
            | Step::BounceConfirmation { .. }
            | Step::Invitation { .. } => return self.by_mail(step),
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
}

/// The only way to that assurance.
fn method(assurance: Assurance) -> Method {
    if assurance == Assurance::SenderConfirmed { Method::HostedForm } else { Method::IntegratorForm }
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

//! The decision: may this sender send this now? Pure and total; a DENY is an answer, never an error.

use super::{
    acts::ActKind,
    agreement::{AgreementFacts, applicable},
    catalogue::Catalogue,
    exception::lifted_until,
    ids::{AgreementId, IntegratorId},
    integrator::IntegratorFacts,
    reason::{Action, Actor, Code, Reason, Severity},
    sender::{Connection, SenderFacts},
    standing::{Outcome, Standing, standing, waits_until},
    time::Timestamp,
    vocabulary::{ConnectionState, ContactQuality, ContentType, Enforcement},
};

/// What is asked: may `sender` send `content_type` through `integrator`?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The integrator, if it is known.
    pub integrator: Option<&'a IntegratorFacts>,
    /// The sender, if it is known.
    pub sender: Option<&'a SenderFacts>,
    /// What would be sent.
    pub content_type: ContentType,
}

/// Days that items and data may be kept (R8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Handling {
    /// Of an item that could not be delivered; 0 unless the sender chose retroactive delivery.
    pub undelivered_retention_days: u32,
    /// Of an item's data after its delivery.
    pub support_retention_days: u32,
}

/// How an agreement was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged<'a> {
    /// Which; absent where there are no general terms at all.
    pub agreement_id: Option<&'a AgreementId>,
    /// The standing.
    pub standing: Standing<'a>,
    /// Whether a missing acceptance stops sending; an exception makes every agreement RECOMMENDED for its time.
    pub severity: Severity,
    /// Whether an exception made that difference.
    pub lifted: bool,
    /// Whether the agreement has a version that could be accepted.
    pub acceptable: bool,
    /// Where nothing is accepted yet: when the version of an acceptance given ahead of its time takes effect.
    pub waits_until: Option<Timestamp>,
    /// Until when the acceptance that counts is contested, while it is.
    pub contested: Option<Timestamp>,
    /// Whether the confirmation of the acceptance that counts did not reach the person who gave it.
    pub unconfirmed: bool,
}

/// The whole answer, without any text. It borrows from the facts and allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Refused before anything else about the sender is looked at; tells nothing more.
    Closed(Code),
    /// Judged on all facts.
    Judged {
        /// The operator suspended the integrator.
        integrator_suspended: bool,
        /// The operator suspended the sender.
        sender_suspended: bool,
        /// The general terms.
        terms: Judged<'a>,
        /// The data processing agreement that applies; absent where none covers the content type.
        dpa: Option<Judged<'a>>,
        /// Until when the connection is contested, while it is.
        contested: Option<Timestamp>,
        /// What is known of the contact point.
        contact: ContactQuality,
        /// Whether mail to it came back.
        contact_bounced: bool,
        /// Whether the sender's own person gave it: then the integrator cannot set another (R6).
        contact_confirmed: bool,
        /// Until when an exception that made a difference lifts.
        lifted_until: Option<Timestamp>,
        /// The handling terms.
        handling: Handling,
    },
}

/// Judges a question on facts at `now`.
pub fn decide<'a>(catalogue: &'a Catalogue, question: &Question<'a>, now: Timestamp) -> Verdict<'a> {
    let (Some(sender), Some(integrator)) = (question.sender, question.integrator) else {
        return Verdict::Closed(Code::SenderNotVisible);
    };
    let Some(connection) = sender.connection(&integrator.integrator_id) else {
        return Verdict::Closed(Code::SenderNotVisible);
    };
    match connection.state_at(now) {
        ConnectionState::Unconfirmed => Verdict::Closed(Code::ConnectionNotConfirmed),
        ConnectionState::Ended => Verdict::Closed(Code::ConnectionEnded),
        ConnectionState::Active => judge(catalogue, sender, connection, integrator, question.content_type, now),
    }
}

fn judge<'a>(
    catalogue: &'a Catalogue,
    sender: &'a SenderFacts,
    connection: &Connection,
    integrator: &'a IntegratorFacts,
    content_type: ContentType,
    now: Timestamp,
) -> Verdict<'a> {
    let exception = lifted_until(&sender.exceptions, now).max(lifted_until(&integrator.exceptions, now));
    let (terms, dpa) = applicable(catalogue.agreements.iter(), content_type, now);
    let of = |agreement| judge_agreement(agreement, sender, Some(&integrator.integrator_id), exception.is_some(), now);
    let terms_judged = of(terms);
    let dpa_judged = dpa.map(|dpa| of(Some(dpa)));
    let lifted = terms_judged.lifted || dpa_judged.is_some_and(|judged| judged.lifted);
    let handling = match (dpa, &dpa_judged) {
        (Some(dpa), Some(judged)) => handling(dpa, &judged.standing, now),
        _ => Handling::default(),
    };
    Verdict::Judged {
        integrator_suspended: integrator.suspension.is_some(),
        sender_suspended: sender.suspension.is_some(),
        terms: terms_judged,
        dpa: dpa_judged,
        contested: connection.contested,
        contact: connection.contact,
        contact_bounced: connection.contact_bounced,
        contact_confirmed: connection.contact_confirmed,
        lifted_until: exception.filter(|_| lifted),
        handling,
    }
}

/// Judges a sender by one agreement, as it is enforced for an integrator, or for all where none is named. Without an
/// agreement: by general terms that do not exist.
// Into the verdict: handed over through memory, the two of a decision would cost a tenth of it more.
#[inline(always)]
pub fn judge_agreement<'a>(
    agreement: Option<&'a AgreementFacts>,
    sender: &'a SenderFacts,
    integrator: Option<&IntegratorId>,
    exception: bool,
    now: Timestamp,
) -> Judged<'a> {
    let nothing = Standing { outcome: Outcome::NotAccepted, deadline: None, act: None };
    let (standing, enforcement, acceptable, waits_until) = match agreement {
        None => (nothing, Enforcement::Required, false, None),
        Some(agreement) => {
            let in_force = agreement.enforcement_of(integrator, now);
            let standing = standing(agreement, sender, in_force, now);
            let waits_until = match standing.outcome {
                Outcome::NotAccepted => waits_until(agreement, sender, in_force, now),
                _ => None,
            };
            (standing, in_force.enforcement, agreement.versions.iter().any(|v| !v.withdrawn), waits_until)
        }
    };
    let denies = |enforcement| match standing.outcome {
        Outcome::Accepted => false,
        Outcome::Declined => true,
        _ => enforcement == Enforcement::Required,
    };
    let lifted = exception && denies(enforcement) && !denies(Enforcement::Recommended);
    let counts = standing.act.filter(|_| standing.outcome == Outcome::Accepted);
    Judged {
        contested: counts.and_then(|act| act.contested(now)),
        unconfirmed: counts.is_some_and(|act| sender.unconfirmed.iter().any(|id| id.0 == act.id)),
        agreement_id: agreement.map(|a| &a.agreement_id),
        standing,
        severity: if denies(enforcement) && !lifted { Severity::Deny } else { Severity::Warning },
        lifted,
        acceptable,
        waits_until,
    }
}

/// The terms of the version accepted, or in force where none is (R8).
fn handling(dpa: &AgreementFacts, standing: &Standing<'_>, now: Timestamp) -> Handling {
    let accepted = standing.act.filter(|act| act.kind != ActKind::Decline).filter(|_| {
        matches!(standing.outcome, Outcome::Accepted | Outcome::AssuranceTooLow | Outcome::ReacceptanceOverdue)
    });
    let version = accepted.and_then(|act| dpa.version(&act.version)).or_else(|| dpa.in_force(now));
    version.map_or(Handling::default(), |version| Handling {
        undelivered_retention_days: match accepted {
            Some(act) if act.retroactive_delivery => version.undelivered_retention_days,
            _ => 0,
        },
        support_retention_days: version.support_retention_days,
    })
}

impl<'a> Verdict<'a> {
    /// Whether the sender may send.
    pub fn allows(&self) -> bool {
        match self {
            Self::Closed(_) => false,
            Self::Judged { integrator_suspended, sender_suspended, terms, dpa, .. } => {
                !integrator_suspended
                    && !sender_suspended
                    && terms.severity == Severity::Warning
                    && dpa.is_some_and(|judged| judged.severity == Severity::Warning)
            }
        }
    }

    /// Whether asking again later may help. Meaningful for a denial.
    pub fn holds(&self) -> bool {
        !self.reasons().any(|reason| reason.severity == Severity::Deny && reason.code.rejects())
    }

    /// All reasons: those that deny first, in the order of the decision, then the warnings.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'a>> + use<'a> {
        let all = self.slots();
        let denying = all.into_iter().flatten().filter(|r| r.severity == Severity::Deny);
        denying.chain(all.into_iter().flatten().filter(|r| r.severity == Severity::Warning))
    }

    /// The handling terms; nothing may be kept where the question was closed early.
    pub fn handling(&self) -> Handling {
        match self {
            Self::Closed(_) => Handling::default(),
            Self::Judged { handling, .. } => *handling,
        }
    }

    fn slots(&self) -> [Option<Reason<'a>>; 12] {
        let plain =
            |code: Code, severity| Reason { code, severity, agreement_id: None, deadline: None, remedy: code.remedy() };
        // What the sender's own person gave, the operator alone sets anew.
        let of_contact = |code: Code, confirmed: bool| {
            let (actor, action) = code.remedy();
            let remedy = (if confirmed { Actor::Operator } else { actor }, action);
            Reason { remedy, ..plain(code, Severity::Warning) }
        };
        match *self {
            Self::Closed(code) => {
                let mut slots = [None; 12];
                slots[0] = Some(plain(code, Severity::Deny));
                slots
            }
            Self::Judged {
                integrator_suspended,
                sender_suspended,
                terms,
                dpa,
                contested,
                contact,
                contact_bounced,
                contact_confirmed,
                lifted_until,
                ..
            } => [
                integrator_suspended.then(|| plain(Code::IntegratorSuspended, Severity::Deny)),
                sender_suspended.then(|| plain(Code::SenderSuspended, Severity::Deny)),
                terms.reason(),
                match dpa {
                    Some(judged) => judged.reason(),
                    None => Some(plain(Code::NoAgreementForContentType, Severity::Deny)),
                },
                terms.due(),
                dpa.and_then(|judged| judged.due()),
                contested.map(|until| Reason { deadline: Some(until), ..plain(Code::Contested, Severity::Warning) }),
                terms.contest(),
                dpa.and_then(|judged| judged.contest()),
                match contact {
                    _ if contact_bounced => Some(Code::ContactPointBouncing),
                    ContactQuality::Missing => Some(Code::ContactPointMissing),
                    ContactQuality::LooksPersonal => Some(Code::ContactPointLooksPersonal),
                    ContactQuality::Fine => None,
                }
                .map(|code| of_contact(code, contact_confirmed)),
                (terms.unconfirmed || dpa.is_some_and(|judged| judged.unconfirmed))
                    .then(|| of_contact(Code::ConfirmationUndelivered, contact_confirmed)),
                lifted_until.map(|until| Reason {
                    deadline: Some(until),
                    ..plain(Code::AllowedByException, Severity::Warning)
                }),
            ],
        }
    }
}

impl<'a> Judged<'a> {
    /// What the gate says because of this agreement.
    pub fn reasons(self) -> impl Iterator<Item = Reason<'a>> {
        [self.reason(), self.due(), self.contest()].into_iter().flatten()
    }

    fn reason(self) -> Option<Reason<'a>> {
        let code = Code::of(self.standing.outcome)?;
        let remedy = match self.standing.outcome {
            Outcome::NotAccepted if !self.acceptable => (Actor::Operator, Action::PublishAgreement),
            Outcome::NotAccepted if self.waits_until.is_some() => (Actor::Time, Action::WaitForEffect),
            _ => code.remedy(),
        };
        let overdue = self.standing.outcome == Outcome::ReacceptanceOverdue;
        let deadline = self.standing.deadline.filter(|_| overdue).or(self.waits_until);
        Some(Reason { code, severity: self.severity, agreement_id: self.agreement_id, deadline, remedy })
    }

    fn contest(self) -> Option<Reason<'a>> {
        Some(Reason {
            code: Code::Contested,
            severity: Severity::Warning,
            agreement_id: self.agreement_id,
            deadline: Some(self.contested?),
            remedy: Code::Contested.remedy(),
        })
    }

    fn due(self) -> Option<Reason<'a>> {
        let deadline = self.standing.deadline.filter(|_| self.standing.outcome == Outcome::Accepted)?;
        Some(Reason {
            code: Code::ReacceptanceDue,
            severity: Severity::Warning,
            agreement_id: self.agreement_id,
            deadline: Some(deadline),
            remedy: Code::ReacceptanceDue.remedy(),
        })
    }
}

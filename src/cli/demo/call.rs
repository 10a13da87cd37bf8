//! What a step of a story asks for: plain values, so that a story is a table.

use crate::pb;

/// Who speaks; each has a token of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// A person of the operator's staff, by the token's subject.
    Operator(&'static str),
    /// An integrator's system, by its slug.
    Integrator(&'static str),
    /// The send gateway.
    Gateway,
    /// An auditor.
    Auditor,
    /// The sender's own person, who has a mailbox and no token.
    Person,
}

/// An instant that is known only when the story is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Now.
    Now,
    /// The deadline of the version published last.
    Deadline,
    /// The end of the exception proposed last.
    ExceptionEnd,
}

/// A question to the gate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    /// The sender's number.
    pub(crate) number: &'static str,
    /// The integrator; empty where it asks itself.
    pub(crate) through: &'static str,
    /// What is to be sent.
    pub(crate) content_type: pb::ContentType,
    /// When.
    pub(crate) at: When,
}

/// A registration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Company {
    /// Its number, in any notation.
    pub(crate) number: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// The integrator's reference.
    pub(crate) reference: &'static str,
    /// Its contact point; empty if none is known.
    pub(crate) contact: &'static str,
}

/// A text to publish: the folder `samples` has it in Swedish and in English, with its specification.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// The Swedish text.
    pub(crate) sv: &'static str,
    /// The English text.
    pub(crate) en: &'static str,
    /// The specification, as JSON with the proto's field names.
    pub(crate) specification: &'static str,
}

/// A version to publish.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    /// The agreement's slug.
    pub(crate) agreement: &'static str,
    /// The label.
    pub(crate) label: &'static str,
    /// The text.
    pub(crate) sample: Sample,
    /// From when on, as RFC 3339; empty for now.
    pub(crate) effective: &'static str,
    /// Hours to accept again: every version here is MAJOR.
    pub(crate) grace_hours: i64,
}

/// An acceptance, in one act. What it names, it has read first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act {
    /// The integrator's reference for the sender.
    pub(crate) reference: &'static str,
    /// Agreements and versions.
    pub(crate) documents: &'static [(&'static str, &'static str)],
    /// How it was given.
    pub(crate) method: pb::AcceptanceMethod,
    /// When, as RFC 3339; empty for now.
    pub(crate) accept_time: &'static str,
    /// The person's address; empty where an older record has none.
    pub(crate) signatory: &'static str,
    /// The contact point; empty if none is given.
    pub(crate) contact: &'static str,
    /// Companies of the group, and whether their permission was declared.
    pub(crate) covers: (&'static [&'static str], bool),
    /// Whether the sender chose that undelivered items are kept.
    pub(crate) retroactive: bool,
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    CreateIntegrator {
        slug: &'static str,
        name: &'static str,
        number: &'static str,
        kind: pb::IntegratorKind,
        domain: &'static str,
    },
    SuspendIntegrator {
        slug: &'static str,
    },
    CreateAgreement {
        agreement: &'static str,
        kind: pb::AgreementKind,
        /// Swedish and English.
        titles: (&'static str, &'static str),
        content_types: &'static [pb::ContentType],
        minimum: pb::Assurance,
    },
    /// REQUIRED with this assurance, for one integrator.
    RequireMore {
        agreement: &'static str,
        integrator: &'static str,
        minimum: pb::Assurance,
    },
    /// Shows what a publication would bring.
    ShowImpact(Version),
    /// Publishes, acknowledging so many denials.
    Publish(Version, u32),
    Propose {
        integrator: &'static str,
        reference: &'static str,
        hours: i64,
        reason: &'static str,
    },
    ApproveException,
    EndException,
    SuspendSender {
        integrator: &'static str,
        reference: &'static str,
    },
    Invalidate,
    /// The mail of this kind that was queued last came back.
    Bounce(pb::MailKind),
    Register(Company),
    RegisterAll(&'static [Company]),
    Confirm {
        reference: &'static str,
    },
    EndConnection {
        reference: &'static str,
    },
    Accept(Act),
    Decline {
        reference: &'static str,
        agreement: &'static str,
        version: &'static str,
    },
    EndCoverage {
        number: &'static str,
    },
    Status {
        reference: &'static str,
    },
    Check(Question),
    CheckAll {
        through: &'static str,
        numbers: &'static [&'static str],
        at: When,
    },
    Explain(Question),
    Ledger,
    /// Invites a person to the form.
    Invite {
        reference: &'static str,
        email: &'static str,
    },
    /// Follows the mailed link and accepts.
    Follow {
        email: &'static str,
    },
    /// Verifies the receipt that came by mail.
    Verify {
        email: &'static str,
    },
}

impl Question {
    /// May this sender's payslips go out through this integrator, now?
    pub(crate) const fn payslip(number: &'static str, through: &'static str) -> Self {
        Self { number, through, content_type: pb::ContentType::Payslip, at: When::Now }
    }

    /// The same about another instant.
    pub(crate) const fn at(self, at: When) -> Self {
        Self { at, ..self }
    }
}

impl Act {
    /// An acceptance in the integrator's form, now, by this person, without contact point or group.
    pub(crate) const fn form(
        reference: &'static str,
        documents: &'static [(&'static str, &'static str)],
        signatory: &'static str,
    ) -> Self {
        let method = pb::AcceptanceMethod::IntegratorForm;
        Self {
            reference,
            documents,
            method,
            accept_time: "",
            signatory,
            contact: "",
            covers: (&[], false),
            retroactive: false,
        }
    }

    /// An older record: when, and nothing else.
    pub(crate) const fn imported(
        reference: &'static str,
        documents: &'static [(&'static str, &'static str)],
        accept_time: &'static str,
    ) -> Self {
        let method = pb::AcceptanceMethod::Import;
        Self {
            reference,
            documents,
            method,
            accept_time,
            signatory: "",
            contact: "",
            covers: (&[], false),
            retroactive: false,
        }
    }

    /// The same with a contact point.
    pub(crate) const fn contact(self, contact: &'static str) -> Self {
        Self { contact, ..self }
    }

    /// The same with the choice that undelivered items are kept.
    pub(crate) const fn retroactive(self) -> Self {
        Self { retroactive: true, ..self }
    }

    /// The same for these companies too, with their permission declared or not.
    pub(crate) const fn covering(self, numbers: &'static [&'static str], permitted: bool) -> Self {
        Self { covers: (numbers, permitted), ..self }
    }
}

macro_rules! sample {
    ($name:literal) => {
        $crate::cli::demo::call::Sample {
            sv: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/samples/", $name, ".sv.md")),
            en: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/samples/", $name, ".en.md")),
            specification: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/samples/", $name, ".spec.json")),
        }
    };
}

/// The operator's general terms.
pub(crate) const GENERAL_TERMS: Sample = sample!("general-terms");
/// The agreement for payslips.
pub(crate) const DPA_PAYSLIP: Sample = sample!("dpa-payslip");
/// Its second version, with one sub-processor more.
pub(crate) const DPA_PAYSLIP_2: Sample = sample!("dpa-payslip-2");

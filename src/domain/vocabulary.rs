//! The closed sets of words that the API, the ledger and the rules share.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    )+};
}

words! {
    /// What an integrator is (R1).
    IntegratorKind {
        /// Runs payrolls for its customers.
        PayrollBureau,
        /// Prints and distributes for its customers.
        OutputVendor,
        /// Sells the system its customers send from.
        SystemVendor,
    }
    /// What an agreement is. There is exactly one set of general terms (R3).
    AgreementKind {
        /// The general terms, which every DPA presumes.
        GeneralTerms,
        /// A data processing agreement.
        Dpa,
    }
    /// Whether a missing acceptance stops sending (R2). The later, the stricter.
    Enforcement {
        /// A missing acceptance is a warning.
        Recommended,
        /// A missing acceptance stops sending.
        Required,
    }
    /// How sure it is that an authorised person accepted. The later, the surer.
    Assurance {
        /// Migrated from an older record.
        Imported,
        /// Recorded by the integrator, with evidence.
        IntegratorAttested,
        /// The person followed the mailed link and posted the form.
        SenderConfirmed,
        /// A signature that the service itself verified.
        EidVerified,
    }
    /// What a new version asks of those who accepted an earlier one.
    ChangeClass {
        /// Nothing: the specification is the same to the byte.
        Editorial,
        /// Nothing, but senders are told.
        Minor,
        /// To accept again within the grace.
        Major,
    }
    /// Where the deadline of a new version counts from.
    DeadlineFrom {
        /// The publication.
        Publication,
        /// The notice mailed to the sender: who could not be told does not run into it.
        Notice,
    }
    /// How the acceptance came about.
    Method {
        /// A form of the integrator's own.
        IntegratorForm,
        /// A signed document.
        SignedDocument,
        /// An electronic identification at the integrator.
        ElectronicIdentification,
        /// A migrated record.
        Import,
        /// This service's own form, behind a mailed link.
        HostedForm,
    }
    /// Why a person may sign for the sender (R4).
    AuthorityBasis {
        /// Signs for the company by its registration.
        AuthorisedSignatory,
        /// Signs for the company's day-to-day business.
        ManagingDirector,
        /// Holds a power of attorney.
        PowerOfAttorney,
        /// Decides on this by position.
        Position,
        /// Is the sole trader.
        SoleTrader,
        /// Absent from a migrated record.
        NotRecorded,
    }
    /// What proves an act.
    EvidenceKind {
        /// A scan of a signed document.
        SignedScan,
        /// The integrator's own record of a click.
        ClickRecord,
        /// A reference of an electronic identification.
        EidReference,
        /// The sender's instruction to an integrator.
        Instruction,
        /// Anything else.
        Other,
    }
    /// Where a connection stands.
    ConnectionState {
        /// Registered; no act of the sender came through it yet.
        Unconfirmed,
        /// Confirmed by an act of the sender.
        Active,
        /// Ended; a new registration opens a new one.
        Ended,
    }
    /// By what a connection was confirmed.
    ConfirmationBasis {
        /// An acceptance or decline of the sender came through it.
        Act,
        /// The integrator gave evidence of the sender's instruction.
        Instruction,
        /// The operator's word.
        Operator,
    }
    /// What is known of a contact point (R6).
    ContactQuality {
        /// There is none.
        Missing,
        /// It looks like one person's address, or equals the accepting person's.
        LooksPersonal,
        /// It looks like a function's address.
        Fine,
    }
    /// What a message is.
    ContentType {
        /// A payslip.
        Payslip,
        /// An invoice.
        Invoice,
        /// A letter.
        Letter,
        /// A form to fill in.
        Form,
        /// Anything else.
        Other,
    }
    /// Language of a document.
    Language {
        /// Swedish.
        Sv,
        /// English.
        En,
    }
    /// How an invitation came about.
    InvitationCause {
        /// An integrator or operator asked for it.
        Requested,
        /// Somebody at the company named the right person.
        Forwarded,
        /// The holder of a closed link asked for a new one.
        Renewed,
        /// The first of two signatories named the second.
        SecondSignatory,
    }
    /// Where an invitation stands.
    InvitationState {
        /// Made; its mail is on the way.
        Created,
        /// Its mail went out.
        Sent,
        /// Its mail came back.
        Bounced,
        /// Accepted through its link.
        Accepted,
        /// Declined through its link.
        Declined,
        /// Its holder said that it is not their company.
        NotOurs,
        /// Its time has passed.
        Expired,
        /// Cancelled by who asked for it.
        Cancelled,
        /// A newer one took its place.
        Superseded,
    }
    /// On whose behalf an entry of the ledger was made.
    Role {
        /// An integrator's system.
        Integrator,
        /// Operator staff.
        Operator,
        /// The sender's person, by a mailed link.
        Sender,
        /// The service itself, such as when a mail went out.
        System,
    }
}

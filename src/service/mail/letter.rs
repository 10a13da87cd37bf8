//! What the mails say: plain values, made from the database just before a mail goes out, and turned into text and HTML
//! by the outbox. They hold personal data and link tokens, and are never printed or kept.

use crate::domain::{
    ids::{IntegratorId, MessageId, SenderId, VersionLabel},
    specification::LocalText,
    time::Timestamp,
    vocabulary::{IntegratorKind, Language},
};

/// One mail, ready to be written and sent.
pub struct Letter {
    /// Its id, and with the sending domain its Message-ID: the same at each try.
    pub message_id: MessageId,
    /// The address.
    pub to: String,
    /// In which language.
    pub language: Language,
    /// What it says.
    pub content: Content,
}

/// Who it is about.
pub struct Parties {
    /// The integrator's name.
    pub integrator_name: String,
    /// What the integrator is.
    pub integrator_kind: IntegratorKind,
    /// The company's name, as the integrator wrote it; empty where it was erased.
    pub sender_name: String,
}

/// An agreement and a version of it.
pub struct Named {
    /// The agreement's title in each language.
    pub titles: Vec<LocalText>,
    /// The version.
    pub version: VersionLabel,
}

/// What a mail says.
pub enum Content {
    /// Asks to read and accept.
    Invitation {
        /// Who.
        parties: Parties,
        /// The link to the form.
        link: String,
        /// The latest date.
        expires: Timestamp,
        /// What the integrator can read out.
        check_code: String,
        /// What is to be accepted.
        agreements: Vec<Named>,
        /// The name of the first signatory, for the second one.
        first_signatory: Option<String>,
        /// Whether somebody at the company forwarded it.
        forwarded: bool,
        /// Whether it repeats an earlier one.
        reminder: bool,
    },
    /// Confirms an acceptance (R5), with the receipt.
    Confirmation {
        /// Who.
        parties: Parties,
        /// What was accepted.
        agreements: Vec<Named>,
        /// By whom.
        signatories: Vec<String>,
        /// When.
        time: Timestamp,
        /// The verifiable file's name and text, where this service signs receipts.
        receipt: Option<(String, String)>,
        /// Where to say that it was wrong.
        contest_link: String,
        /// Whether it goes to the company's contact point, not to the person who accepted.
        to_contact_point: bool,
    },
    /// Tells that an integrator recorded an acceptance that it attests.
    AcceptanceAttested {
        /// Who.
        parties: Parties,
        /// What was accepted.
        agreements: Vec<Named>,
        /// When, as the integrator says.
        time: Timestamp,
        /// Where to contest it.
        contest_link: String,
    },
    /// Tells that an acceptance was given through the form.
    AcceptanceGiven {
        /// Who.
        parties: Parties,
        /// What was accepted.
        agreements: Vec<Named>,
        /// When.
        time: Timestamp,
        /// Where to contest it.
        contest_link: String,
    },
    /// Tells that a decline was given through the form; nothing can be contested of one.
    DeclineGiven {
        /// Who.
        parties: Parties,
        /// What was declined.
        agreements: Vec<Named>,
        /// When.
        time: Timestamp,
    },
    /// Tells that a connection was confirmed.
    ConnectionConfirmed {
        /// Who.
        parties: Parties,
        /// When.
        time: Timestamp,
        /// Where to contest it.
        contest_link: String,
    },
    /// Tells of a new version.
    NewVersion {
        /// Who.
        parties: Parties,
        /// The new version.
        agreement: Named,
        /// From when on it is in force.
        effective: Timestamp,
        /// By when it must be accepted again; absent where nothing need be done.
        accept_by: Option<Timestamp>,
        /// Where to read it.
        page: String,
    },
    /// Tells the operator that something was contested. A mailbox is nobody's in person, and reading it is not logged (R20):
    /// so the company is not named, and whoever may see which it is finds it by its id.
    Contested {
        /// The integrator's name.
        integrator_name: String,
        /// The integrator.
        integrator_id: IntegratorId,
        /// The sender.
        sender_id: SenderId,
        /// What was accepted, where an acceptance is contested; nothing where the connection is.
        agreements: Vec<Named>,
        /// The acceptances' ids, or the connection's.
        subject: String,
        /// When it stops counting unless it is resolved.
        until: Timestamp,
    },
    /// Hands a signed checkpoint of the ledger to a mailbox elsewhere.
    Checkpoint {
        /// The signed note.
        note: String,
    },
}

//! Enumerations, value by value.

use super::Fields;
use crate::{
    domain::{
        mail::MailState,
        vocabulary::{
            AgreementKind, Assurance, ChangeClass, ConfirmationBasis, ConnectionState, ContentType, DeadlineFrom,
            Enforcement, EvidenceKind, IntegratorKind, InvitationState, Method, Role,
        },
    },
    pb,
};

/// An enumeration that the API and the domain share.
pub trait Paired: Copy + Sized {
    /// The value in the domain of a number on the wire; nothing for UNSPECIFIED and for numbers that mean nothing.
    fn from_pb(number: i32) -> Option<Self>;
    /// The number on the wire.
    fn to_pb(self) -> i32;
}

macro_rules! paired {
    ($($name:ident => $message:ident { $($value:ident),+ $(,)? })+) => {$(
        impl Paired for $name {
            fn from_pb(number: i32) -> Option<Self> {
                match pb::$message::try_from(number) {
                    $(Ok(pb::$message::$value) => Some(Self::$value),)+
                    _ => None,
                }
            }

            fn to_pb(self) -> i32 {
                match self {
                    $(Self::$value => pb::$message::$value as i32,)+
                }
            }
        }
    )+};
}

paired! {
    IntegratorKind => IntegratorKind { PayrollBureau, OutputVendor, SystemVendor }
    AgreementKind => AgreementKind { GeneralTerms, Dpa }
    Enforcement => Enforcement { Recommended, Required }
    Assurance => Assurance { Imported, IntegratorAttested, SenderConfirmed, EidVerified }
    ChangeClass => ChangeClass { Editorial, Minor, Major }
    DeadlineFrom => DeadlineFrom { Publication, Notice }
    Method => AcceptanceMethod { IntegratorForm, SignedDocument, ElectronicIdentification, Import, HostedForm }
    EvidenceKind => EvidenceKind { SignedScan, ClickRecord, EidReference, Instruction, Other }
    ConnectionState => ConnectionState { Unconfirmed, Active, Ended }
    ConfirmationBasis => ConfirmationBasis { Act, Instruction, Operator }
    ContentType => ContentType { Payslip, Invoice, Letter, Form, Other }
    Role => ActorRole { Integrator, Operator, Sender, System }
    InvitationState => InvitationState {
        Created, Sent, Bounced, Accepted, Declined, NotOurs, Expired, Cancelled, Superseded
    }
    MailState => MailState { Pending, Sent, Bounced, Dead, Cancelled }
}

impl Fields {
    /// A value that must be given.
    pub fn required_enum<E: Paired>(&mut self, field: &str, number: i32) -> Option<E> {
        let value = E::from_pb(number);
        if value.is_none() {
            self.fault(field, "must be one of the values of its enumeration, not UNSPECIFIED");
        }
        value
    }

    /// A value that may be left UNSPECIFIED.
    pub fn optional_enum<E: Paired>(&mut self, field: &str, number: i32) -> Option<E> {
        if number == 0 { None } else { self.required_enum(field, number) }
    }

    /// Values of a repeated field, each once.
    pub fn enums<E: Paired + PartialEq>(&mut self, field: &str, numbers: &[i32]) -> Vec<E> {
        let mut values = Vec::new();
        for (place, number) in numbers.iter().enumerate().take(64) {
            let path = format!("{field}[{place}]");
            if let Some(value) = self.required_enum::<E>(&path, *number) {
                if values.contains(&value) {
                    self.fault(&path, "must not be given twice");
                } else {
                    values.push(value);
                }
            }
        }
        if numbers.len() > 64 {
            self.fault(field, "must have at most 64 values");
        }
        values
    }
}

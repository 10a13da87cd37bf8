//! Enumerations, value by value.

use crate::{
    domain::{
        acts::ActKind,
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
    ActKind => ActKind { Acceptance, Coverage, Decline }
    MailState => MailState { Pending, Sent, Bounced, Dead, Cancelled }
}

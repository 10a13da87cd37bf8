//! Who calls, and what about: integrators that share a sender, that are strangers, that are suspended, and the others.

use crate::support::{
    raw::Raw,
    server::{Server, issuer, request_id, settings},
    world::{acceptance, accepted, furnish, in_seconds, integrator, number, registration, version},
};
use ombord::{
    app::System,
    auth::issuer::{Grant, Issuer},
    pb,
    service::{caller::Scopes, ports::Clock},
    store::Store,
};
use std::{sync::Arc, time::Duration};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The integrator through which the sender accepted.
    Owner,
    /// Another one that registered the same sender, unconfirmed.
    Second,
    /// One that has never heard of the sender.
    Stranger,
    /// One that the operator suspended.
    Suspended,
    Operator,
    Gateway,
    Auditor,
    NoToken,
    BadToken,
}

pub const ROLES: [Role; 9] = [
    Role::Owner,
    Role::Second,
    Role::Stranger,
    Role::Suspended,
    Role::Operator,
    Role::Gateway,
    Role::Auditor,
    Role::NoToken,
    Role::BadToken,
];

const INTEGRATOR: Scopes = Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE);

impl Role {
    /// The integrator that the role is, if it is one.
    pub fn slug(self) -> Option<&'static str> {
        match self {
            Self::Owner => Some("first"),
            Self::Second => Some("second"),
            Self::Stranger => Some("stranger"),
            Self::Suspended => Some("idle"),
            _ => None,
        }
    }

    /// What the role's token allows; nothing without a token that counts.
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Operator => Scopes::OPERATOR,
            Self::Gateway => Scopes::GATE_CHECK,
            Self::Auditor => Scopes::AUDIT_READ,
            Self::NoToken | Self::BadToken => Scopes::NONE,
            _ => INTEGRATOR,
        }
    }
}

/// Whose the subject of a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Own,
    Foreign,
    Missing,
}

/// By what a call names its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `sender_id`.
    Id,
    /// `external_reference`.
    Reference,
    /// `organisation_number` of a sender.
    Number,
    /// `integrator_id` as the one that the call is for.
    Integrator,
    /// `acceptance_id`.
    Acceptance,
    /// `organisation_number` of a covered company.
    Covered,
    /// `invitation_id`.
    Invitation,
    /// `integrator_id` as what the call is about; operators and auditors only.
    Slug,
    /// `exception_id`; operators only.
    Exception,
    /// `message_id`; operators only.
    Message,
    /// `agreement_id`. Agreements are everybody's.
    Agreement,
    /// `version`.
    Version,
    /// By nothing.
    Nothing,
}

impl Way {
    /// Whether what is named so belongs to somebody.
    pub fn owned(self) -> bool {
        matches!(
            self,
            Self::Id
                | Self::Reference
                | Self::Number
                | Self::Integrator
                | Self::Acceptance
                | Self::Covered
                | Self::Invitation
        )
    }
}

/// An integrator with one of its senders.
#[derive(Debug, Clone, Default)]
struct Pair {
    integrator_id: String,
    sender_id: String,
    external_reference: String,
    number: String,
    etag: String,
    acceptance_id: String,
    covered: String,
    invitation_id: String,
}

/// What the body of a call may name.
#[derive(Debug)]
pub struct Names {
    /// Empty for an integrator, which need not name itself.
    pub integrator_id: String,
    pub sender_id: String,
    pub external_reference: String,
    pub number: String,
    pub etag: String,
    pub acceptance_id: String,
    pub covered: String,
    pub invitation_id: String,
    pub slug: &'static str,
    pub exception_id: String,
    pub message_id: String,
    pub agreement_id: &'static str,
    pub version: &'static str,
}

/// A service with all of them.
pub struct Stage {
    pub server: Server,
    /// What an acceptance accepts.
    pub documents: Vec<pb::AcceptedDocument>,
    /// The etag of the integrator `spare`.
    pub spare_etag: String,
    /// One instant for all questions, so that answers do not differ in it.
    pub evaluate_time: prost_types::Timestamp,
    callers: Vec<Raw>,
    owner: Pair,
    apart: Pair,
    second: Pair,
    stranger: Pair,
    suspended: Pair,
    exception_id: String,
    message_id: String,
}

impl Stage {
    pub async fn set(store: Arc<dyn Store>) -> Self {
        let mut settings = settings();
        // The gate reads the ledger after writes only, so that two answers without one between do not differ in
        // confirmed_time.
        settings.gate.poll_interval = Duration::from_secs(3600);
        let server = Server::start_with(store, settings).await;
        furnish(&server).await;
        // Nothing happens by itself between two answers that are compared.
        ombord::service::mail::set_paused(server.store.as_ref(), true).await.unwrap();
        let mut spare_etag = String::new();
        for (place, slug) in ["stranger", "idle", "spare"].into_iter().enumerate() {
            spare_etag = integrator(&server, slug, &number(900 + place)).await.etag;
        }
        let mut anna = server.operator("anna");
        let scheduled =
            pb::PublishAgreementVersionRequest { effective_time: Some(in_seconds(86_400)), ..version("dpa", "9") };
        anna.agreements.publish_agreement_version(scheduled).await.unwrap();
        // There is something left to accept, whoever has accepted what is in force.
        let major = pb::PublishAgreementVersionRequest {
            change_class: pb::ChangeClass::Major as i32,
            effective_time: Some(in_seconds(7 * 86_400)),
            reacceptance_grace: Some(prost_types::Duration { seconds: 30 * 86_400, nanos: 0 }),
            ..version("terms", "8")
        };
        anna.agreements.publish_agreement_version(major).await.unwrap();

        let owner = pair(&server, "first", 1, "K-1").await;
        let apart = pair(&server, "first", 4, "K-2").await;
        let stranger = pair(&server, "stranger", 2, "X-1").await;
        let suspended = pair(&server, "idle", 3, "U-1").await;
        // What the second integrator recorded itself is about another sender; with the owner's it has but a connection.
        let elsewhere = pair(&server, "second", 5, "M-2").await;
        let shared = server.integrator("second").senders.register_sender(registration(&owner.number, "M-1")).await;
        let shared = shared.unwrap().into_inner();
        assert_eq!(shared.sender_id, owner.sender_id);
        let second = Pair {
            sender_id: shared.sender_id,
            external_reference: "M-1".into(),
            number: owner.number.clone(),
            etag: shared.etag,
            ..elsewhere
        };
        let apart = Pair {
            acceptance_id: owner.acceptance_id.clone(),
            covered: owner.covered.clone(),
            invitation_id: owner.invitation_id.clone(),
            ..apart
        };

        let suspension = pb::SuspendIntegratorRequest {
            request_id: request_id(),
            integrator_id: "idle".into(),
            reason: "a test".into(),
        };
        anna.integrators.suspend_integrator(suspension).await.unwrap();
        let proposal = pb::ProposeExceptionRequest {
            request_id: request_id(),
            sender_id: owner.sender_id.clone(),
            until: Some(in_seconds(7200)),
            reason: "a test".into(),
            ..Default::default()
        };
        let proposed = server.operator("bo").exceptions.propose_exception(proposal).await.unwrap().into_inner();

        let mails = anna.mail.list_mail(pb::ListMailRequest::default()).await.unwrap().into_inner().mails;

        let documents = vec![accepted(&anna, "terms", "1").await, accepted(&anna, "dpa", "1").await];
        let callers = ROLES.map(|role| Raw::new(server.address, token(&server, role).as_deref()));
        Self {
            documents,
            spare_etag,
            evaluate_time: in_seconds(3600),
            callers: callers.into(),
            exception_id: proposed.exception_id,
            message_id: mails[0].message_id.clone(),
            server,
            owner,
            apart,
            second,
            stranger,
            suspended,
        }
    }

    /// A caller of a role.
    pub fn caller(&self, role: Role) -> &Raw {
        &self.callers[ROLES.iter().position(|other| *other == role).unwrap()]
    }

    /// The newest revision.
    pub async fn revision(&self) -> u64 {
        self.server.store.read().await.unwrap().head().revision
    }

    /// What a call of this role names. `hidden`: the call is about a pair of an integrator and a sender, and tells of one
    /// that is not connected no more than of one that does not exist, whoever asks.
    pub fn names(&self, role: Role, way: Way, subject: Subject, hidden: bool) -> Names {
        let (own, foreign) = match role {
            Role::Second => (&self.second, &self.apart),
            Role::Stranger => (&self.stranger, &self.owner),
            Role::Suspended => (&self.suspended, &self.owner),
            _ => (&self.owner, &self.stranger),
        };
        let (with, of) = match (subject, way) {
            (Subject::Own | Subject::Missing, _) | (_, Way::Covered) => (own, own),
            (Subject::Foreign, Way::Integrator) if hidden => (foreign, own),
            (Subject::Foreign, _) if hidden => (own, foreign),
            (Subject::Foreign, _) => (foreign, foreign),
        };
        let mut names = Names {
            integrator_id: if role.slug().is_none() || way == Way::Integrator {
                with.integrator_id.clone()
            } else {
                String::new()
            },
            sender_id: of.sender_id.clone(),
            external_reference: of.external_reference.clone(),
            number: of.number.clone(),
            etag: of.etag.clone(),
            acceptance_id: of.acceptance_id.clone(),
            covered: if subject == Subject::Foreign { foreign.covered.clone() } else { own.covered.clone() },
            invitation_id: of.invitation_id.clone(),
            slug: "spare",
            exception_id: self.exception_id.clone(),
            message_id: self.message_id.clone(),
            agreement_id: "dpa",
            version: "9",
        };
        if subject == Subject::Missing {
            match way {
                Way::Id => names.sender_id = request_id(),
                Way::Reference => names.external_reference = "N-1".into(),
                Way::Number => names.number = number(99),
                Way::Integrator => names.integrator_id = "nobody".into(),
                Way::Acceptance => names.acceptance_id = uuid::Uuid::now_v7().to_string(),
                Way::Covered => names.covered = number(99),
                Way::Invitation => names.invitation_id = uuid::Uuid::now_v7().to_string(),
                Way::Message => names.message_id = uuid::Uuid::now_v7().to_string(),
                Way::Slug => names.slug = "nobody",
                Way::Exception => names.exception_id = uuid::Uuid::now_v7().to_string(),
                Way::Agreement => names.agreement_id = "nothing",
                Way::Version => names.version = "none",
                Way::Nothing => {}
            }
        }
        names
    }
}

/// A company that an integrator registered and that accepted through it, covering another one.
async fn pair(server: &Server, slug: &str, n: usize, reference: &str) -> Pair {
    let mut clients = server.integrator(slug);
    let registered = clients.senders.register_sender(registration(&number(n), reference)).await.unwrap().into_inner();
    let act = pb::RecordAcceptanceRequest {
        covered_organisations: vec![number(10 + n)],
        group_permission_declared: true,
        ..acceptance(&clients, reference).await
    };
    let recorded = clients.acceptances.record_acceptance(act).await.unwrap().into_inner();
    let invitation = pb::CreateInvitationRequest {
        request_id: request_id(),
        external_reference: reference.into(),
        recipient_email: "asa@company.example".into(),
        ..Default::default()
    };
    let invited = clients.acceptances.create_invitation(invitation).await.unwrap().into_inner();
    let get = pb::GetSenderRequest { sender_id: registered.sender_id.clone(), ..Default::default() };
    let seen = clients.senders.get_sender(get).await.unwrap().into_inner().sender.unwrap();
    Pair {
        integrator_id: slug.into(),
        sender_id: registered.sender_id,
        external_reference: reference.into(),
        number: number(n),
        etag: seen.connections[0].etag.clone(),
        acceptance_id: recorded.acceptances[1].acceptance_id.clone(),
        covered: number(10 + n),
        invitation_id: invited.invitation_id,
    }
}

/// The token of a role.
fn token(server: &Server, role: Role) -> Option<String> {
    match role {
        Role::NoToken => None,
        Role::BadToken => {
            // All is right with it but who signed it.
            let grant =
                Grant { subject: "anna".into(), integrator: None, scopes: Scopes::OPERATOR, lifetime_seconds: 600 };
            let forger = Issuer::from_seed([7; 32]).unwrap();
            assert_ne!(forger.public_keys(), issuer().public_keys());
            Some(forger.mint(&grant, &server.settings.auth.rules, System.now()).unwrap())
        }
        Role::Operator => Some(server.token("anna", None, role.scopes())),
        _ => Some(server.token("system", role.slug(), role.scopes())),
    }
}

//! What a sender's own person does, through the verbs behind the hosted form, and what time does meanwhile.

use super::{
    database::{Database, Kind},
    server::{Clients, Server, request_id},
    world::accepted,
};
use ombord::{
    domain::{
        ids::{AcceptanceId, Digest, IntegratorId, InvitationId, SenderId},
        ledger::{Event, event::Invited},
        recording::{Shown, Signer},
        time::Timestamp,
        vocabulary::{AuthorityBasis, InvitationState, Language, Method},
    },
    pb,
    service::{
        acceptances::act::{Document, RecordAcceptance},
        caller::{Caller, Scopes},
        error::Result,
        mutation::{Act, Stamp, act, mutate},
        senders::resolve::{SenderName, SenderRef},
        write::Write,
    },
};

/// Accepts version 1 of terms and DPA over the connection of `first`, with a contact point, as the form records it.
pub async fn accept(server: &Server, reference: &str, contact: &str, invitations: Vec<InvitationId>) {
    let clients = server.integrator("first");
    let document = |one: pb::AcceptedDocument| Document {
        agreement_id: ombord::domain::ids::AgreementId::parse(&one.agreement_id).unwrap(),
        version: ombord::domain::ids::VersionLabel::parse(&one.version).unwrap(),
        shown: Shown {
            language: Some(Language::Sv),
            document_sha256: one.document_sha256.parse().unwrap(),
            specification_sha256: one.specification_sha256.parse().unwrap(),
        },
    };
    let signer = Signer {
        full_name: Some("Åsa Öberg".into()),
        role: Some("CFO".into()),
        email: Some("asa@company.example".into()),
        authority_basis: AuthorityBasis::AuthorisedSignatory,
    };
    let verb = RecordAcceptance {
        sender: SenderName { integrator_id: None, sender: SenderRef::Reference(reference.into()) },
        documents: vec![
            document(accepted(&clients, "terms", "1").await),
            document(accepted(&clients, "dpa", "1").await),
        ],
        signatories: vec![signer],
        authority_declared: true,
        method: Method::HostedForm,
        accept_time: None,
        evidence: Vec::new(),
        contact: Some(contact.into()),
        covered: Vec::new(),
        group_permission_declared: false,
        retroactive_delivery: false,
        invitations,
        validate_only: false,
    };
    let first = Some(IntegratorId::parse("first").unwrap());
    let caller = Caller::from_claims("system".into(), first, Scopes::ACCEPTANCES_WRITE).unwrap();
    let stamp = Stamp { request_id: request_id().parse().unwrap(), payload_sha256: Digest::of(b"form") };
    mutate(&server.services, caller, stamp, verb).await.unwrap();
}

struct Contest(Event);

#[async_trait::async_trait]
impl Act for Contest {
    type Done = ();

    async fn run(self, write: &mut Write) -> Result<()> {
        write.record(self.0).await.map(drop)
    }
}

struct SayNo(InvitationId);

#[async_trait::async_trait]
impl Act for SayNo {
    type Done = ();

    async fn run(self, write: &mut Write) -> Result<()> {
        let mut row = write.tx.invitation(self.0).await?.unwrap();
        let about = Invited {
            invitation_id: row.invitation_id,
            sender_id: row.sender_id,
            connection_id: row.connection_id,
            integrator_id: row.integrator_id.clone(),
        };
        row.state = InvitationState::Declined;
        row.revision = write.record(Event::InvitationEnded { about, state: row.state }).await?;
        row.ended = Some(write.now);
        Ok(write.tx.put_invitation(&row).await?)
    }
}

/// Records that the person invited said no, over a connection that was not confirmed.
pub async fn say_no(server: &Server, invitation_id: &str) {
    act(&server.services, SayNo(invitation_id.parse().unwrap())).await.unwrap();
}

/// Records that the sender contests an act, until a time.
pub async fn contest(server: &Server, sender_id: &str, acceptance_ids: &[&str], until: Timestamp) {
    let sender_id: SenderId = sender_id.parse().unwrap();
    let acceptance_ids: Vec<AcceptanceId> = acceptance_ids.iter().map(|id| id.parse().unwrap()).collect();
    let event = Event::AcceptanceContested { acceptance_ids, sender_id, covered: Vec::new(), until, reason: None };
    act(&server.services, Contest(event)).await.unwrap();
}

/// Records that the sender contests a connection, until a time.
pub async fn contest_connection(server: &Server, sender_id: &str, connection_id: &str, until: Timestamp) {
    let (sender_id, connection_id) = (sender_id.parse().unwrap(), connection_id.parse().unwrap());
    let event = Event::ConnectionContested { sender_id, connection_id, until, reason: None };
    act(&server.services, Contest(event)).await.unwrap();
}

/// An id as a literal of SQL.
pub fn literal(database: &Database, id: &str) -> String {
    let id: uuid::Uuid = id.parse().unwrap();
    match database.kind {
        Kind::Sqlite => format!("X'{}'", id.simple()),
        Kind::Postgres => format!("'{id}'"),
    }
}

/// Changes an invitation behind the service's back, as time or the form would.
pub async fn rewrite(database: &Database, invitation_id: &str, set: &str) {
    let id = literal(database, invitation_id);
    database.execute(&format!("UPDATE invitation SET {set} WHERE invitation_id = {id}")).await.unwrap();
}

/// An invitation as `clients` see it.
pub async fn invitation(clients: &Clients, invitation_id: &str) -> pb::Invitation {
    let request = pb::GetInvitationRequest { invitation_id: invitation_id.into() };
    clients.clone().acceptances.get_invitation(request).await.unwrap().into_inner().invitation.unwrap()
}

/// A request that invites somebody at one of the caller's senders.
pub fn invite(reference: &str, email: &str) -> pb::CreateInvitationRequest {
    pb::CreateInvitationRequest {
        request_id: request_id(),
        external_reference: reference.into(),
        recipient_email: email.into(),
        ..Default::default()
    }
}

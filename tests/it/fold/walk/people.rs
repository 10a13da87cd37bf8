//! What people at the senders do through links, and what becomes of mails. The outbox itself is paused: which mail goes
//! out, comes back or is given up is drawn here.

use super::Walk;
use crate::support::server::request_id;
use async_trait::async_trait;
use ombord::{
    domain::{
        ids::{Digest, IntegratorId, MessageId, RecordId, SenderId},
        ledger::Event,
        mail::{LinkPurpose, MailPurpose, MailState},
        vocabulary::{AuthorityBasis, ConnectionState, Language},
    },
    pb,
    service::{
        error::Error,
        form::{
            self, DeclineInput, LinkToken,
            view::{AcceptInput, Form, Page, PersonInput, SecondInput},
        },
        mail,
        mutation::{Act, act},
        write::Write,
    },
    store::{ConnectionFilter, EntryFilter, EntryRow, MailFilter},
};

/// More rows than a history writes.
const ALL: u32 = 100_000;
const PEOPLE: [(&str, &str); 4] = [
    ("Åsa Öberg", "asa@company.example"),
    ("Bo Ek", "bo@company.example"),
    ("Eva Lind", "eva@company.example"),
    ("Kim Li", "kim@first.example"),
];

/// Mints a link.
struct Mint(Event, Digest);

#[async_trait]
impl Act for Mint {
    type Done = ();

    async fn run(self, write: &mut Write) -> Result<(), Error> {
        let revision = write.record(self.0).await?;
        Ok(write.tx.put_link(self.1, revision).await?)
    }
}

impl Walk {
    /// One thing that people or mails do.
    pub(super) async fn people(&mut self) {
        match self.chance.below(12) {
            0..2 => self.invite().await,
            2..6 => self.follow().await,
            6 => self.contest().await,
            7 => self.resolve().await,
            8 | 9 => self.mails().await,
            10 => self.bounce().await,
            _ => self.cancel().await,
        }
    }

    async fn invite(&mut self) {
        let (_, email) = *self.chance.of(&PEOPLE);
        let request = pb::CreateInvitationRequest {
            request_id: request_id(),
            external_reference: self.reference(),
            recipient_email: email.into(),
            language: (*self.chance.of(&["", "en"])).into(),
            two_signatories: self.chance.once_in(3),
            ..Default::default()
        };
        let told = self.by().acceptances.create_invitation(request).await;
        self.told(told);
    }

    async fn cancel(&mut self) {
        let invitation_id = self.invitation().await.unwrap_or_else(request_id);
        let request = pb::CancelInvitationRequest { request_id: request_id(), invitation_id, ..Default::default() };
        let told = self.by().acceptances.cancel_invitation(request).await;
        self.told(told);
    }

    /// Any invitation, rather a late one, whoever it is for.
    async fn invitation(&mut self) -> Option<String> {
        let request = pb::ListInvitationsRequest { page_size: 1000, ..Default::default() };
        let all = self.anna.acceptances.list_invitations(request).await.unwrap().into_inner().invitations;
        let late = &all[all.len().saturating_sub(6)..];
        (!late.is_empty()).then(|| self.chance.of(late).invitation_id.clone())
    }

    /// A link, as a mail would carry it.
    async fn link(&mut self, purpose: LinkPurpose, sender_id: SenderId, recipient: RecordId) -> LinkToken {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let token = LinkToken::parse(&URL_SAFE_NO_PAD.encode(self.chance.bytes(32))).unwrap();
        let (token_sha256, message_id) = (token.sha256(), MessageId(uuid::Uuid::now_v7()));
        act(
            &self.services,
            Mint(
                Event::LinkMinted { sender_id, purpose, token_sha256, message_id, recipient, address: None },
                token_sha256,
            ),
        )
        .await
        .unwrap();
        token
    }

    fn person(&mut self) -> PersonInput {
        let (full_name, email) = *self.chance.of(&PEOPLE);
        PersonInput {
            full_name: full_name.into(),
            role: "VD".into(),
            email: email.into(),
            authority_basis: Some(*self.chance.of(&[AuthorityBasis::Position, AuthorityBasis::ManagingDirector])),
        }
    }

    async fn follow(&mut self) {
        let Some(id) = self.invitation().await else { return };
        let invitation_id = id.parse().unwrap();
        let row = self.services.store.read().await.unwrap().invitation(invitation_id).await.unwrap().unwrap();
        let token = self.link(LinkPurpose::Form { invitation_id }, row.sender_id, row.recipient).await;
        let services = self.services.clone();
        match form::open(&services, &token).await.unwrap() {
            Page::Form(form) => self.answer(&token, *form).await,
            Page::WaitsForSecond(..) => {
                let (_, email) = *self.chance.of(&PEOPLE);
                form::second(&services, &token, email).await.unwrap();
            }
            Page::Accepted(..) if self.chance.once_in(2) => {
                form::contest(&services, &token, "Det var fel, säger Åsa").await.unwrap();
            }
            Page::Closed(..) => {
                form::resend(&services, &token).await.unwrap();
            }
            _ => {}
        }
        self.done += 1;
    }

    async fn answer(&mut self, token: &LinkToken, form: Form) {
        let services = self.services.clone();
        let (_, other) = *self.chance.of(&PEOPLE);
        match self.chance.below(8) {
            0 => drop(form::forward(&services, token, other).await.unwrap()),
            1 => drop(form::not_ours(&services, token).await.unwrap()),
            2 => {
                let input = DeclineInput {
                    shown: form.shown.to_string(),
                    language: Some(Language::Sv),
                    person: self.person(),
                    authority_declared: true,
                    confirmed: true,
                    reason: "Nej, säger Åsa".into(),
                };
                drop(form::decline(&services, token, input).await.unwrap());
            }
            _ => {
                let second = (form.two_signatories || self.chance.once_in(4))
                    .then(|| SecondInput { full_name: "Eva Lind".into(), email: "eva@company.example".into() });
                let covered =
                    if self.chance.once_in(3) { crate::support::world::number(900_000) } else { String::new() };
                let input = AcceptInput {
                    shown: form.shown.to_string(),
                    language: Some(Language::Sv),
                    person: self.person(),
                    second: second.filter(|_| form.joint.is_none()),
                    contact: "dataskydd@company.example".into(),
                    group_permission: !covered.is_empty(),
                    covered,
                    retroactive_delivery: self.chance.once_in(2),
                    ticked: form.offered.iter().map(|one| one.agreement_id.to_string()).collect(),
                    authority_declared: true,
                };
                drop(form::accept(&services, token, input).await.unwrap());
            }
        }
    }

    /// Somebody at the sender contests what an integrator recorded.
    async fn contest(&mut self) {
        let events = vec![(*self.chance.of(&["ACCEPTANCE_RECORDED", "CONNECTION_CONFIRMED"])).to_owned()];
        let filter = EntryFilter { events, ..EntryFilter::default() };
        let entries = self.services.store.read().await.unwrap().entries(&filter, ALL).await.unwrap();
        let late = &entries[entries.len().saturating_sub(6)..];
        if late.is_empty() {
            return;
        }
        let told = self.chance.of(late).clone();
        self.contest_entry(told).await;
    }

    /// At the end a connection is contested and the contest resolved, as both are rare: the newest that can be.
    pub async fn contest_a_connection_in_vain(&mut self) {
        let filter = EntryFilter { events: vec!["CONNECTION_CONFIRMED".into()], ..EntryFilter::default() };
        let entries = self.services.store.read().await.unwrap().entries(&filter, ALL).await.unwrap();
        for told in entries.into_iter().rev() {
            self.contest_entry(told).await;
            if let Some((sender, integrator)) = self.contested_connections().await.last() {
                let request = pb::ResolveContestRequest {
                    request_id: request_id(),
                    reason: "Utrett av Åsa".into(),
                    sender_id: sender.to_string(),
                    integrator_id: integrator.to_string(),
                    ..Default::default()
                };
                let told = self.anna.acceptances.resolve_contest(request).await;
                self.told(told);
                return;
            }
        }
    }

    async fn contest_entry(&mut self, told: EntryRow) {
        let all = ConnectionFilter::default();
        let connections = self.services.store.read().await.unwrap().connections(&all, ALL).await.unwrap();
        let mut own = connections.iter().filter(|row| Some(row.sender_id) == told.sender_id);
        let Some(address) = own.find_map(|row| row.contact) else { return };
        let purpose = LinkPurpose::Contest { revision: told.revision };
        let token = self.link(purpose, told.sender_id.unwrap(), address).await;
        form::contest(&self.services, &token, "Inte vi, säger Åsa").await.unwrap();
        self.done += 1;
    }

    async fn resolve(&mut self) {
        let mut request = pb::ResolveContestRequest {
            request_id: request_id(),
            reason: "Utrett av Åsa".into(),
            ..Default::default()
        };
        let contested = self.contested_connections().await;
        if !contested.is_empty() && self.chance.once_in(2) {
            let (sender, integrator) = self.chance.of(&contested);
            (request.sender_id, request.integrator_id) = (sender.to_string(), integrator.to_string());
        } else {
            request.acceptance_id = self.contested().await.unwrap_or_else(request_id);
        }
        let told = self.anna.acceptances.resolve_contest(request).await;
        self.told(told);
    }

    /// One that has ended has nothing left to resolve.
    async fn contested_connections(&self) -> Vec<(SenderId, IntegratorId)> {
        let senders = self.services.store.read().await.unwrap().senders_after(None, ALL).await.unwrap();
        let mut contested = Vec::new();
        for facts in &senders {
            let open = facts.connections.iter().filter(|c| c.contested.is_some() && c.state != ConnectionState::Ended);
            contested.extend(open.map(|one| (facts.sender_id, one.integrator_id.clone())));
        }
        contested
    }

    async fn contested(&mut self) -> Option<String> {
        let mut request = pb::ListAcceptancesRequest { page_size: 1000, ..Default::default() };
        let mut found = Vec::new();
        loop {
            let page = self.anna.acceptances.list_acceptances(request.clone()).await.unwrap().into_inner();
            let contested = page.acceptances.iter().filter(|one| one.state() == pb::AcceptanceState::Contested);
            found.extend(contested.map(|one| one.acceptance_id.clone()));
            if page.next_page_token.is_empty() {
                return (!found.is_empty()).then(|| self.chance.of(&found).clone());
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Senders are told of new versions, and some mails go out or are given up.
    async fn mails(&mut self) {
        while mail::campaigns::advance(&self.services).await.unwrap() {}
        let filter = MailFilter { states: vec![MailState::Pending], ..MailFilter::default() };
        let pending = self.services.store.read().await.unwrap().mails(&filter, ALL).await.unwrap();
        for row in pending {
            let outcome = match self.chance.below(4) {
                0 => continue,
                1 => mail::Outcome::Failed { permanent: true, class: "smtp-550" },
                _ => mail::Outcome::Sent,
            };
            mail::settle(&self.services, row.message_id, outcome).await.unwrap();
        }
        self.done += 1;
    }

    async fn bounce(&mut self) {
        let filter = MailFilter { states: vec![MailState::Sent], ..MailFilter::default() };
        let mut sent = self.services.store.read().await.unwrap().mails(&filter, ALL).await.unwrap();
        match self.chance.below(3) {
            0 => sent.retain(|mail| matches!(mail.purpose, MailPurpose::Invitation { .. })),
            1 => sent.retain(|mail| matches!(mail.purpose, MailPurpose::NewVersion { .. })),
            _ => {}
        }
        let late = &sent[sent.len().saturating_sub(8)..];
        if late.is_empty() {
            return;
        }
        let request = pb::RecordDeliveryRequest {
            request_id: request_id(),
            message_id: self.chance.of(late).message_id.to_string(),
            outcome: pb::DeliveryOutcome::Bounced as i32,
        };
        let told = self.anna.mail.record_delivery(request).await;
        self.told(told);
    }
}

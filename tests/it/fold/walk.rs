//! One random history: all that integrators and operators may do, in any order, much of it refused.

mod people;

use crate::support::{
    chance::Chance,
    every_rpc::sole_trader,
    server::{Clients, Server, request_id},
    world::{agreement, evidence, in_seconds, number, registration, signatory, specification, version},
};
use ombord::{domain::ids::Digest, pb, service::Services};
use std::sync::Arc;
use tonic::{Code, Response, Status};

const DAY: i64 = 86_400;
/// Few at a time, so that senders, references and acts meet.
const SENDERS: usize = 9;
const REFERENCES: usize = 7;
const SLUGS: [&str; 2] = ["first", "second"];

type Told<T> = Result<Response<T>, Status>;

/// The history so far, as far as the next step must know it.
pub struct Walk {
    chance: Chance,
    services: Arc<Services>,
    first: Clients,
    second: Clients,
    anna: Clients,
    bo: Clients,
    versions: Vec<pb::AcceptedDocument>,
    acceptances: Vec<String>,
    coverages: Vec<(String, String)>,
    exceptions: Vec<String>,
    senders: Vec<String>,
    /// How often others have taken the senders' place.
    moved: usize,
    made: usize,
    /// How many calls said yes.
    pub done: usize,
    /// How many calls said no.
    pub refused: usize,
}

fn company(n: usize) -> String {
    if n.is_multiple_of(3) { sole_trader(n) } else { number(n) }
}

impl Walk {
    /// The beginning, in a furnished world.
    pub async fn new(server: &Server, chance: Chance) -> Self {
        let (first, second) = (server.integrator("first"), server.integrator("second"));
        let mut tx = server.store.begin().await.unwrap();
        tx.put_outbox_paused(true).await.unwrap();
        tx.commit().await.unwrap();
        let mut versions = Vec::new();
        for id in ["terms", "dpa"] {
            versions.push(crate::support::world::accepted(&first, id, "1").await);
        }
        Self {
            chance,
            services: server.services.clone(),
            first,
            second,
            anna: server.operator("anna"),
            bo: server.operator("bo"),
            versions,
            acceptances: Vec::new(),
            coverages: Vec::new(),
            exceptions: Vec::new(),
            senders: Vec::new(),
            moved: 0,
            made: 0,
            done: 0,
            refused: 0,
        }
    }

    /// The numbers of all senders there may be.
    pub fn numbers(&self) -> Vec<String> {
        (0..SENDERS).map(|n| self.number_of(n)).collect()
    }

    /// The references that they may have.
    pub fn references(&self) -> Vec<String> {
        (0..REFERENCES).map(|n| self.reference_of(n)).collect()
    }

    /// Leaves the senders as they are, and goes on with others: what one of them has done stays little in a long history.
    pub fn move_on(&mut self) {
        self.moved += 1;
        (self.acceptances, self.coverages, self.senders) = Default::default();
    }

    fn number_of(&self, n: usize) -> String {
        company(self.moved * SENDERS + n)
    }

    fn reference_of(&self, n: usize) -> String {
        format!("K-{}", self.moved * REFERENCES + n)
    }

    /// A refusal is an answer; a fault is not.
    fn told<T>(&mut self, told: Told<T>) -> Option<T> {
        match told {
            Ok(answer) => {
                self.done += 1;
                Some(answer.into_inner())
            }
            Err(status) => {
                let faults =
                    [Code::Internal, Code::Unknown, Code::Unavailable, Code::DeadlineExceeded, Code::Cancelled];
                assert!(!faults.contains(&status.code()), "{status:?}");
                self.refused += 1;
                None
            }
        }
    }

    fn by(&mut self) -> Clients {
        if self.chance.once_in(3) { self.second.clone() } else { self.first.clone() }
    }

    fn reference(&mut self) -> String {
        let n = self.chance.below(REFERENCES);
        self.reference_of(n)
    }

    fn company(&mut self) -> String {
        let n = self.chance.below(SENDERS);
        self.number_of(n)
    }

    fn contact(&mut self) -> Option<pb::ContactPoint> {
        let emails = ["lon@company.example", "anna.berg@company.example", "hr@company.example"];
        (!self.chance.once_in(3)).then(|| pb::ContactPoint { email: (*self.chance.of(&emails)).into() })
    }

    fn past(&mut self) -> prost_types::Timestamp {
        in_seconds(-60 - DAY * i64::try_from(self.chance.below(1000)).unwrap())
    }

    /// One call, whatever comes of it.
    pub async fn step(&mut self) {
        match self.chance.below(50) {
            38..50 => self.people().await,
            0..5 => self.register().await,
            5 => self.register_batch().await,
            6 | 7 => self.confirm().await,
            8..11 => self.update().await,
            11 | 12 => self.end().await,
            13..20 => self.accept().await,
            20 => self.accept_batch().await,
            21 => self.decline().await,
            22 => self.invalidate().await,
            23 | 24 => self.end_coverage().await,
            25 | 26 => self.suspend_sender().await,
            27 | 28 => self.integrators().await,
            29 => self.enforce().await,
            30 | 31 => self.publish().await,
            32 | 33 => self.withdraw().await,
            34 => self.propose().await,
            35 => self.approve().await,
            36 => self.end_exception().await,
            _ => self.make().await,
        }
    }

    fn registration(&mut self) -> pb::RegisterSenderRequest {
        let (company, reference) = (self.company(), self.reference());
        pb::RegisterSenderRequest { contact_point: self.contact(), ..registration(&company, &reference) }
    }

    async fn register(&mut self) {
        let (mut by, request) = (self.by(), self.registration());
        let told = by.senders.register_sender(request).await;
        if let Some(registered) = self.told(told) {
            self.senders.push(registered.sender_id);
        }
    }

    async fn register_batch(&mut self) {
        let row = |walk: &mut Self| pb::RegisterSenderRequest { request_id: String::new(), ..walk.registration() };
        let requests = (0..4).map(|_| row(self)).collect();
        let validate_only = self.chance.once_in(4);
        let request =
            pb::BatchRegisterSendersRequest { request_id: request_id(), requests, validate_only, ..Default::default() };
        let told = self.by().senders.batch_register_senders(request).await;
        self.told(told);
    }

    async fn confirm(&mut self) {
        let request = pb::ConfirmConnectionRequest {
            request_id: request_id(),
            external_reference: self.reference(),
            evidence: vec![pb::Evidence { reference: "Pärm 7, Åsa".into(), ..evidence("instruction") }],
            ..Default::default()
        };
        let told = self.by().senders.confirm_connection(request).await;
        self.told(told);
    }

    async fn update(&mut self) {
        let (mut by, external_reference) = (self.by(), self.reference());
        let known = pb::GetSenderRequest { external_reference: external_reference.clone(), ..Default::default() };
        let known = by.senders.get_sender(known).await;
        let Some(sender) = self.told(known).and_then(|known| known.sender) else { return };
        let connection = &sender.connections[0];
        // A reference that fell out of use goes on naming the sender, whose newest connection has another.
        let request = pb::UpdateSenderRequest {
            request_id: request_id(),
            external_reference,
            etag: connection.etag.clone(),
            legal_name: self.chance.once_in(3).then(|| format!("Namn {}", self.chance.below(9))),
            new_external_reference: self.chance.once_in(2).then(|| self.reference()),
            content_types: self.chance.once_in(4).then(|| pb::ContentTypes { content_types: vec![1, 3] }),
            contact_point: self.chance.once_in(3).then(|| self.contact().unwrap_or_default()),
            ..Default::default()
        };
        let told = by.senders.update_sender(request).await;
        self.told(told);
    }

    async fn end(&mut self) {
        let external_reference = self.reference();
        let request = pb::EndConnectionRequest { request_id: request_id(), external_reference, ..Default::default() };
        let told = self.by().senders.end_connection(request).await;
        self.told(told);
    }

    fn acceptance(&mut self) -> pb::RecordAcceptanceRequest {
        let mut documents: Vec<pb::AcceptedDocument> = Vec::new();
        for id in ["terms", "dpa"] {
            let versions: Vec<_> = self.versions.iter().filter(|one| one.agreement_id == id).cloned().collect();
            documents.push(self.chance.of(&versions).clone());
        }
        if self.chance.once_in(4) {
            documents.remove(0);
        }
        let import = self.chance.once_in(4);
        let methods = [
            pb::AcceptanceMethod::IntegratorForm,
            pb::AcceptanceMethod::SignedDocument,
            pb::AcceptanceMethod::ElectronicIdentification,
        ];
        let method = if import { pb::AcceptanceMethod::Import } else { *self.chance.of(&methods) };
        let covered_organisations = match self.chance.below(3) {
            0 => {
                let (outside, own) = (self.chance.below(4), self.chance.below(2));
                vec![number(900_000 + outside), self.number_of(1 + own)]
            }
            _ => Vec::new(),
        };
        let proof = pb::Evidence { reference: format!("Pärm {}", self.chance.below(9)), ..evidence("a form") };
        pb::RecordAcceptanceRequest {
            request_id: request_id(),
            external_reference: self.reference(),
            documents,
            signatories: if import { Vec::new() } else { vec![signatory("asa@company.example")] },
            authority_declared: true,
            method: method as i32,
            accept_time: (import || self.chance.once_in(2)).then(|| self.past()),
            evidence: vec![proof],
            contact_point: self.contact(),
            covered_organisations,
            group_permission_declared: true,
            retroactive_delivery: self.chance.once_in(2),
            ..Default::default()
        }
    }

    async fn accept(&mut self) {
        let request = self.acceptance();
        let covered = request.covered_organisations.clone();
        let told = self.by().acceptances.record_acceptance(request).await;
        for one in self.told(told).map(|recorded| recorded.acceptances).unwrap_or_default() {
            self.coverages.extend(covered.iter().map(|company| (one.acceptance_id.clone(), company.clone())));
            self.acceptances.push(one.acceptance_id);
        }
    }

    async fn accept_batch(&mut self) {
        let row = |walk: &mut Self| pb::RecordAcceptanceRequest { request_id: String::new(), ..walk.acceptance() };
        let requests = (0..3).map(|_| row(self)).collect();
        let request = pb::BatchRecordAcceptancesRequest { request_id: request_id(), requests, ..Default::default() };
        let told = self.by().acceptances.batch_record_acceptances(request).await;
        self.told(told);
    }

    async fn decline(&mut self) {
        let declined = self.chance.of(&self.versions.clone()).clone();
        let request = pb::RecordDeclineRequest {
            request_id: request_id(),
            external_reference: self.reference(),
            agreement_id: declined.agreement_id,
            version: declined.version,
            signatories: if self.chance.once_in(2) { vec![signatory("asa@company.example")] } else { Vec::new() },
            method: pb::AcceptanceMethod::SignedDocument as i32,
            decline_time: self.chance.once_in(2).then(|| self.past()),
            evidence: vec![evidence("no")],
            reason: if self.chance.once_in(2) { "Vi avstår, säger Åsa".into() } else { String::new() },
            ..Default::default()
        };
        let told = self.by().acceptances.record_decline(request).await;
        self.told(told);
    }

    fn any(&mut self, known: fn(&Self) -> &Vec<String>) -> String {
        let known = known(self).clone();
        // Rather a late one: the early ones are done with.
        let late = &known[known.len().saturating_sub(12)..];
        if late.is_empty() { request_id() } else { self.chance.of(late).clone() }
    }

    async fn invalidate(&mut self) {
        let (acceptance_id, reason) = (self.any(|walk| &walk.acceptances), "Förfalskad, säger Åsa".into());
        let request = pb::InvalidateAcceptanceRequest { request_id: request_id(), acceptance_id, reason };
        let told = self.anna.acceptances.invalidate_acceptance(request).await;
        self.told(told);
    }

    async fn end_coverage(&mut self) {
        let coverages = self.coverages.clone();
        let late = &coverages[coverages.len().saturating_sub(6)..];
        if late.is_empty() {
            return;
        }
        let (acceptance_id, organisation_number) = self.chance.of(late).clone();
        let request = pb::EndGroupCoverageRequest {
            request_id: request_id(),
            acceptance_id,
            organisation_number,
            ..Default::default()
        };
        let told = self.by().acceptances.end_group_coverage(request).await;
        self.told(told);
    }

    async fn suspend_sender(&mut self) {
        let (sender_id, request_id) = (self.any(|walk| &walk.senders), request_id());
        let reason = "Konkurs, säger Åsa".to_owned();
        if self.chance.once_in(2) {
            let request = pb::SuspendSenderRequest { request_id, sender_id, reason, ..Default::default() };
            let told = self.anna.senders.suspend_sender(request).await;
            self.told(told);
        } else {
            let request = pb::ResumeSenderRequest { request_id, sender_id, reason, ..Default::default() };
            let told = self.anna.senders.resume_sender(request).await;
            self.told(told);
        }
    }

    /// Suspends one, and resumes it soon: it cannot write meanwhile.
    async fn integrators(&mut self) {
        let integrator_id = (*self.chance.of(&SLUGS)).to_owned();
        let (request_id, reason) = (request_id(), "Utredning av Åsa".to_owned());
        match self.chance.below(6) {
            0 => {
                let request = pb::SuspendIntegratorRequest { request_id, integrator_id, reason };
                let told = self.anna.integrators.suspend_integrator(request).await;
                self.told(told);
            }
            1 => {
                let known = pb::GetIntegratorRequest { integrator_id: integrator_id.clone() };
                let known = self.anna.integrators.get_integrator(known).await;
                let etag = self.told(known).unwrap().integrator.unwrap().etag;
                let display_name = Some(format!("Byrån {}", self.chance.below(9)));
                let request =
                    pb::UpdateIntegratorRequest { request_id, integrator_id, etag, display_name, email_domains: None };
                let told = self.anna.integrators.update_integrator(request).await;
                self.told(told);
            }
            _ => {
                let request = pb::ResumeIntegratorRequest { request_id, integrator_id, reason };
                let told = self.anna.integrators.resume_integrator(request).await;
                self.told(told);
            }
        }
    }

    async fn enforce(&mut self) {
        let assurances = [pb::Assurance::Imported, pb::Assurance::IntegratorAttested, pb::Assurance::EidVerified];
        let request = pb::SetEnforcementRequest {
            request_id: request_id(),
            agreement_id: (*self.chance.of(&["terms", "dpa", "made"])).into(),
            integrator_id: (*self.chance.of(&["", "first", "second"])).into(),
            enforcement: 1 + i32::try_from(self.chance.below(2)).unwrap(),
            minimum_assurance: *self.chance.of(&assurances) as i32,
            effective_time: self.chance.once_in(2).then(|| in_seconds(10 * DAY)),
        };
        let told = self.anna.agreements.set_enforcement(request).await;
        self.told(told);
    }

    async fn publish(&mut self) {
        let id = *self.chance.of(&["terms", "dpa"]);
        let label = format!("r{}", self.made);
        self.made += 1;
        let class = *self.chance.of(&[pb::ChangeClass::Editorial, pb::ChangeClass::Minor, pb::ChangeClass::Major]);
        let editorial = class == pb::ChangeClass::Editorial;
        let days = *self.chance.of(&[-400, 5, 30]);
        let request = pb::PublishAgreementVersionRequest {
            specification: Some(specification(if editorial { "delivery" } else { &label })),
            change_class: class as i32,
            effective_time: (!self.chance.once_in(3)).then(|| in_seconds(days * DAY)),
            reacceptance_grace: (class == pb::ChangeClass::Major)
                .then_some(prost_types::Duration { seconds: 10 * DAY, nanos: 0 }),
            deadline_from: 1 + i32::from(class == pb::ChangeClass::Major && self.chance.once_in(2)),
            ..version(id, &label)
        };
        let digest = Digest::of(request.documents[0].markdown.as_bytes()).to_string();
        let told = self.anna.agreements.publish_agreement_version(request).await;
        if let Some(published) = self.told(told) {
            self.versions.push(pb::AcceptedDocument {
                agreement_id: id.into(),
                version: label,
                language: "sv".into(),
                document_sha256: digest,
                specification_sha256: published.specification_sha256,
            });
        }
    }

    async fn withdraw(&mut self) {
        // The last ones: what is in effect stays.
        let late = self.versions[self.versions.len().saturating_sub(3)..].to_vec();
        let version = self.chance.of(&late).clone();
        let request = pb::WithdrawAgreementVersionRequest {
            request_id: request_id(),
            agreement_id: version.agreement_id,
            version: version.version,
            reason: "En siffra, säger Åsa".into(),
        };
        let told = self.anna.agreements.withdraw_agreement_version(request).await;
        self.told(told);
    }

    async fn propose(&mut self) {
        let mut request = pb::ProposeExceptionRequest {
            request_id: request_id(),
            until: Some(in_seconds(DAY)),
            reason: "Lönedag, säger Åsa".into(),
            ..Default::default()
        };
        if self.chance.once_in(3) {
            request.integrator_id = (*self.chance.of(&SLUGS)).into();
        } else {
            request.sender_id = self.any(|walk| &walk.senders);
        }
        let told = self.anna.exceptions.propose_exception(request).await;
        if let Some(proposed) = self.told(told) {
            self.exceptions.push(proposed.exception_id);
        }
    }

    async fn approve(&mut self) {
        let exception_id = self.any(|walk| &walk.exceptions);
        let mut by = if self.chance.once_in(4) { self.anna.clone() } else { self.bo.clone() };
        let request = pb::ApproveExceptionRequest { request_id: request_id(), exception_id };
        let told = by.exceptions.approve_exception(request).await;
        self.told(told);
    }

    async fn end_exception(&mut self) {
        let exception_id = self.any(|walk| &walk.exceptions);
        let request = pb::EndExceptionRequest { request_id: request_id(), exception_id };
        let told = self.anna.exceptions.end_exception(request).await;
        self.told(told);
    }

    async fn make(&mut self) {
        let types = *self.chance.of(&[pb::ContentType::Invoice, pb::ContentType::Letter]);
        let request = agreement("made", pb::AgreementKind::Dpa, &[types]);
        let told = self.anna.agreements.create_agreement(request).await;
        self.told(told);
    }
}

//! Where a story is played: it turns calls into RPCs and remembers what later calls need.

use super::{
    acts,
    call::{Call, When, Who},
    person::Mailbox,
    words,
};
use crate::{app::System, cli::client, domain::time::Timestamp, pb, service::ports::Entropy};
use std::net::SocketAddr;
use tonic::{Status, transport::Channel};

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What a story states beforehand: the same every time it is told.
    pub(crate) said: Vec<String>,
    /// What is worth showing besides: times, revisions, texts for people.
    pub(crate) more: Vec<String>,
}

/// What later calls refer to.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The ledger and the last revision written: every question to the gate asks for at least that one.
    pub(super) written: (String, u64),
    /// The deadline of the version published last.
    pub(super) deadline: Option<prost_types::Timestamp>,
    /// The exception proposed last.
    pub(super) exception: String,
    /// Its end.
    pub(super) exception_end: Option<prost_types::Timestamp>,
    /// The acceptances recorded last.
    pub(super) acceptances: Vec<String>,
}

/// A running service, and who may speak to it.
pub(crate) struct Stage<'a> {
    channel: Channel,
    mint: &'a dyn Fn(Who) -> String,
    pub(super) now: Timestamp,
    pub(super) memory: Memory,
    pub(super) mailbox: Option<Mailbox>,
}

/// An answer, or the service's refusal.
pub(super) type Played = Result<Answer, Status>;

impl<'a> Stage<'a> {
    /// Connects. `mint` makes the tokens; `now` is when the story begins.
    pub(crate) async fn open(
        address: SocketAddr,
        mint: &'a dyn Fn(Who) -> String,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let channel = client::connect(&address.to_string()).await?;
        Ok(Self { channel, mint, now, memory: Memory::default(), mailbox: None })
    }

    /// With the mails that the service writes.
    pub(super) fn with(self, mailbox: Mailbox) -> Self {
        Self { mailbox: Some(mailbox), ..self }
    }

    /// Makes one call. A refusal is an answer too.
    pub(crate) async fn play(&mut self, who: Who, call: &Call) -> anyhow::Result<Answer> {
        let client = client::client(self.channel.clone(), &(self.mint)(who));
        let played = match *call {
            Call::CreateIntegrator { slug, name, number, kind, domain } => {
                self.create_integrator(client, slug, name, number, kind, domain).await
            }
            Call::SuspendIntegrator { slug } => self.suspend_integrator(client, slug).await,
            Call::CreateAgreement { agreement, kind, titles, content_types, minimum } => {
                self.create_agreement(client, agreement, kind, titles, content_types, minimum).await
            }
            Call::RequireMore { agreement, integrator, minimum } => {
                self.require_more(client, agreement, integrator, minimum).await
            }
            Call::ShowImpact(version) => self.publish(client, &version, None).await,
            Call::Publish(version, acknowledged) => self.publish(client, &version, Some(acknowledged)).await,
            Call::Propose { integrator, reference, hours, reason } => {
                self.propose(client, integrator, reference, hours, reason).await
            }
            Call::ApproveException => self.approve(client).await,
            Call::EndException => self.end_exception(client).await,
            Call::SuspendSender { integrator, reference } => self.suspend_sender(client, integrator, reference).await,
            Call::Invalidate => self.invalidate(client).await,
            Call::Bounce(kind) => self.bounce(client, kind).await,
            Call::Register(company) => self.register(client, &company).await,
            Call::RegisterAll(companies) => self.register_all(client, companies).await,
            Call::Confirm { reference } => self.confirm(client, reference).await,
            Call::EndConnection { reference } => self.end_connection(client, reference).await,
            Call::Accept(act) => self.accept(client, &act).await,
            Call::Decline { reference, agreement, version } => {
                self.decline(client, reference, agreement, version).await
            }
            Call::EndCoverage { number } => self.end_coverage(client, number).await,
            Call::Status { reference } => self.status(client, reference).await,
            Call::Check(question) => self.check(client, &question).await,
            Call::CheckAll { through, numbers, at } => self.check_all(client, through, numbers, at).await,
            Call::Explain(question) => self.explain(client, &question).await,
            Call::Ledger => self.ledger(client).await,
            Call::Invite { reference, email } => self.invite(client, reference, email).await,
            Call::Follow { email } => self.follow(email).await,
            Call::Verify { email } => self.verify(email).await,
        };
        Ok(played.unwrap_or_else(|status| words::refusal(&status)))
    }

    /// A published text in Swedish, as an acceptance names it.
    pub(crate) async fn document(
        &self,
        who: Who,
        agreement: &str,
        version: &str,
    ) -> anyhow::Result<pb::AcceptedDocument> {
        let client = client::client(self.channel.clone(), &(self.mint)(who));
        Ok(acts::read(&client, agreement, version).await?)
    }

    /// A fresh `request_id`.
    pub(super) fn new_id() -> String {
        System.uuid_v4().to_string()
    }

    /// Remembers what was written, for the next question to the gate.
    pub(super) fn wrote(&mut self, ledger_id: &str, revision: u64) -> String {
        self.memory.written = (ledger_id.to_owned(), revision);
        format!("revision {revision}")
    }

    /// The instant that is meant; nothing for now.
    pub(super) fn instant(&self, when: When) -> Result<Option<prost_types::Timestamp>, Status> {
        let known = match when {
            When::Now => return Ok(None),
            When::Deadline => self.memory.deadline,
            When::ExceptionEnd => self.memory.exception_end,
        };
        known.map(Some).ok_or_else(|| Status::aborted("the story has not come to that instant yet"))
    }

    /// How a story calls an instant: by what it is, since its time differs each time it is told.
    pub(super) fn name_of(&self, instant: &prost_types::Timestamp) -> &'static str {
        match Some(*instant) {
            known if known == self.memory.deadline => "the deadline",
            known if known == self.memory.exception_end => "the exception's end",
            _ => "another instant",
        }
    }
}

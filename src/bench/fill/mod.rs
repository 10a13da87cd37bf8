//! Fills a new database with senders whose every question is answered with ALLOW: the operator's part by the use cases
//! that its calls run, the senders by the same write that every use case makes, a thousand in one commit. So the ledger is
//! a true one, and verifies.

mod agreements;
mod senders;

use crate::{
    app::System,
    domain::{
        ids::{Digest, IntegratorId, RequestId},
        organisation_number::OrganisationNumber,
        vocabulary::{ContentType, IntegratorKind},
    },
    gate::{Gate, feed},
    service::{
        Services,
        caller::{Caller, Scopes},
        checks::watch::Watches,
        error::Error,
        integrators::create::CreateIntegrator,
        mutation::{Mutation, Stamp, mutate},
        ports::{Clock, Entropy},
    },
    store::Store,
};
use anyhow::{Context, bail};
use std::{sync::Arc, time::Duration};

/// The integrator of all senders.
pub const INTEGRATOR: &str = "bench";
/// What all senders may send.
pub const CONTENT_TYPE: ContentType = ContentType::Payslip;

/// How many senders share a commit.
const AT_ONCE: u32 = 1_000;
/// How long a gate's facts count; those here are of an empty database and only say so.
const FRESH: Duration = Duration::from_secs(3600);

/// Fills a database that has the schema and an empty ledger. `progress` is told how many senders there are, after each
/// commit.
pub async fn fill(store: Arc<dyn Store>, count: u32, progress: &mut (dyn FnMut(u32) + Send)) -> anyhow::Result<()> {
    if count == 0 || count > super::numbers::MOST {
        bail!("there can be 1 to {} senders", super::numbers::MOST);
    }
    let obstacles = store.obstacles().await?;
    if !obstacles.is_empty() {
        bail!("the database is not fit to be filled:\n  - {}", obstacles.join("\n  - "));
    }
    let revision = store.read().await?.head().revision;
    if revision > 0 {
        bail!("the database has {revision} entries; give one that is new, for what is in it would change the figures");
    }
    let desk = Desk::open(store).await?;
    desk.integrator().await?;
    let accepted = agreements::publish(&desk).await?;
    let mut from = 0;
    while from < count {
        let until = count.min(from + AT_ONCE);
        desk.act_as(senders::Fill { places: from..until, accepted: accepted.clone() }, &desk.integrator).await?;
        from = until;
        progress(from);
    }
    Ok(())
}

/// A service without a server, and who acts in it.
struct Desk {
    services: Arc<Services>,
    operator: Caller,
    integrator: Caller,
}

impl Desk {
    async fn open(store: Arc<dyn Store>) -> anyhow::Result<Self> {
        let gate = Arc::new(Gate::new(FRESH));
        // A publication reckons its impact on the facts before it: those of an empty database.
        feed::Reader::new(gate.clone(), store.clone(), Arc::new(|| System.now()), FRESH).load().await?;
        let services = Arc::new(Services {
            store,
            clock: Arc::new(System),
            entropy: Arc::new(System),
            gate,
            apply_patience: Duration::ZERO,
            revision_patience: Duration::ZERO,
            watches: Watches::default(),
            log: None,
            form: None,
        });
        let caller = |integrator, scopes| Caller::from_claims("bench".to_owned(), integrator, scopes);
        let rights = Scopes::SENDERS_WRITE.or(Scopes::ACCEPTANCES_WRITE);
        let operator = caller(None, Scopes::OPERATOR).context("no operator")?;
        let integrator = caller(Some(IntegratorId::parse(INTEGRATOR)?), rights).context("no integrator")?;
        Ok(Self { services, operator, integrator })
    }

    async fn act_as<M: Mutation>(&self, mutation: M, caller: &Caller) -> anyhow::Result<M::Response> {
        mutate(&self.services, caller.clone(), stamp(), mutation).await.map_err(plain)
    }

    async fn integrator(&self) -> anyhow::Result<()> {
        let number = OrganisationNumber::parse("5020000005")?.legal();
        let creation = CreateIntegrator {
            integrator_id: IntegratorId::parse(INTEGRATOR)?,
            display_name: "Mätbyrån AB".to_owned(),
            organisation_number: number.context("the integrator's number")?,
            kind: IntegratorKind::PayrollBureau,
            email_domains: vec!["matbyran.example".to_owned()],
        };
        self.act_as(creation, &self.operator).await.map(drop)
    }
}

/// Of a request that nobody repeats.
fn stamp() -> Stamp {
    Stamp { request_id: RequestId(System.uuid_v4()), payload_sha256: Digest([0; 32]) }
}

fn plain(error: Error) -> anyhow::Error {
    match error.cause {
        Some(cause) => cause.context(error.message.into_owned()),
        None => anyhow::anyhow!(error.message.into_owned()),
    }
}

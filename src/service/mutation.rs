//! How every change is made: one transaction that looks up the request id, decides, writes and commits, in that order.

use super::{
    Services,
    caller::{Caller, CallerKind},
    error::{Error, ErrorReason, Result},
    write::Write,
};
use crate::{
    domain::{
        ids::{Digest, RequestId},
        ledger::{Author, Private},
        vocabulary::Role,
    },
    store::{Remembered, RequestKey, actor_lookup},
};
use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// The caller's own id of a request, and what it asked for with it.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// The id.
    pub request_id: RequestId,
    /// Of the request's bytes.
    pub payload_sha256: Digest,
}

/// One verb that changes something.
#[async_trait]
pub trait Mutation: Send + 'static {
    /// The answer: ids, states, times, warnings and the revision. Kept for a month, so no personal data.
    type Response: Serialize + DeserializeOwned + Send + 'static;
    /// The RPC's name, part of the key of retries.
    const METHOD: &'static str;

    /// Whether everything is to be checked and nothing changed.
    fn validate_only(&self) -> bool {
        false
    }

    /// Decides and writes. Whatever it returns as an error leaves nothing behind.
    async fn run(self, write: &mut Write) -> Result<Self::Response>;
}

/// Runs a mutation to its end, even if whoever asked hangs up. A repeated request gets the first answer.
pub async fn mutate<M: Mutation>(
    services: &Arc<Services>,
    caller: Caller,
    stamp: Stamp,
    mutation: M,
) -> Result<M::Response> {
    let services = services.clone();
    let span = tracing::Span::current();
    let task = tokio::spawn(tracing::Instrument::instrument(
        async move { run(&services, caller, stamp, mutation).await },
        span,
    ));
    task.await.map_err(Error::internal)?
}

async fn run<M: Mutation>(services: &Services, caller: Caller, stamp: Stamp, mutation: M) -> Result<M::Response> {
    let mut write = begin(services, caller).await?;
    let caller_key = match &write.author().integrator_id {
        Some(integrator) => format!("integrator:{integrator}"),
        None => format!("actor:{}", write.author().actor_id),
    };
    let key = RequestKey { caller: caller_key, method: M::METHOD, request_id: stamp.request_id };
    if let Some(first) = write.tx.remembered(&key).await? {
        if first.payload_sha256 != stamp.payload_sha256 {
            return Err(Error::field(
                ErrorReason::RequestIdReused,
                "request_id",
                "was used before with another payload; take a new one for a new request",
            ));
        }
        // The first answer may be that of a writer whose commit is still under way: nobody may hear it before it is durable.
        write.tx.commit().await?;
        return serde_json::from_slice(&first.response).map_err(Error::internal);
    }
    write.check_integrator().await?;
    let validate_only = mutation.validate_only();
    let response = mutation.run(&mut write).await?;
    if validate_only {
        return Ok(response);
    }
    let encoded = serde_json::to_vec(&response).map_err(Error::internal)?;
    let remembered = Remembered { payload_sha256: stamp.payload_sha256, response: encoded };
    write.tx.remember(&key, &remembered, write.now).await?;
    let (revision, changed) = (write.revision(), write.changed());
    write.tx.commit().await?;
    if changed {
        // Too slow is no failure: the write is durable, and who must see it asks with at_least_revision.
        services.gate.reaches(revision, services.apply_patience).await;
    }
    Ok(response)
}

/// A change that no RPC asks for: a link's holder or the service itself makes it.
#[async_trait]
pub trait Act: Send + 'static {
    /// What became of it.
    type Done: Send + 'static;

    /// Decides and writes. Whatever it returns as an error leaves nothing behind.
    async fn run(self, write: &mut Write) -> Result<Self::Done>;
}

/// Runs such a change to its end. Its entries are by the service, unless it names another author.
pub async fn act<A: Act>(services: &Arc<Services>, change: A) -> Result<A::Done> {
    let services = services.clone();
    let span = tracing::Span::current();
    let task = tokio::spawn(tracing::Instrument::instrument(
        async move {
            let tx = services.store.begin().await?;
            services.check_ledger(tx.head())?;
            let now = services.clock.now();
            let mut write = Write::new(tx, now, Caller::service(), &services);
            let done = change.run(&mut write).await?;
            let (revision, changed) = (write.revision(), write.changed());
            write.tx.commit().await?;
            if changed {
                services.gate.reaches(revision, services.apply_patience).await;
            }
            Ok(done)
        },
        span,
    ));
    task.await.map_err(Error::internal)?
}

async fn begin(services: &Services, caller: Caller) -> Result<Write> {
    let mut tx = services.store.begin().await?;
    services.check_ledger(tx.head())?;
    let now = services.clock.now();
    let lookup = actor_lookup(caller.subject());
    let role = match caller.kind() {
        CallerKind::Integrator(_) => Role::Integrator,
        CallerKind::Operator => Role::Operator,
        // The table of scopes lets neither write; should a row of it ever be wrong, nothing is written all the same.
        CallerKind::Gateway | CallerKind::Auditor | CallerKind::Service => {
            return Err(Error::new(ErrorReason::ScopeMissing, "only integrators and operators write"));
        }
    };
    let known = tx.private_of(&lookup).await?;
    let integrator_id = caller.integrator().cloned();
    let mut write = Write::new(tx, now, caller, services);
    let Private { record_id: actor_id, commitment } = match known {
        Some(record) => record.reference(),
        None => write.keep_actor(lookup).await?,
    };
    write.set_author(Author { role, integrator_id, actor_id, commitment: Some(commitment) });
    Ok(write)
}

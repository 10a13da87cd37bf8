//! The log's keys: the one that signs now, and those that signed before it.

use crate::{
    domain::ledger::note::{SigningKey, VerifyingKey},
    service::{
        Services,
        error::{Error, ErrorReason, Result},
    },
};

/// The key that signs, and all that verify.
#[derive(Debug)]
pub struct LogKeys {
    signing: SigningKey,
    verifying: Vec<VerifyingKey>,
}

impl LogKeys {
    /// A key and the public halves of those before it.
    pub fn new(signing: SigningKey, former: Vec<VerifyingKey>) -> Self {
        let own = signing.public().clone();
        let others = former.into_iter().filter(|key| key != signing.public());
        let verifying = std::iter::once(own).chain(others).collect();
        Self { signing, verifying }
    }

    /// The key that signs.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The keys that verify, the present one first: for all to see.
    pub fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }
}

/// The keys of a service that has one to sign with.
pub(in crate::service) fn keys(services: &Services) -> Result<&LogKeys> {
    services.log.as_deref().ok_or_else(|| {
        Error::new(ErrorReason::ReceiptsNotConfigured, "this service has no key to sign receipts and checkpoints with")
    })
}

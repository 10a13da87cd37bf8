//! Tokens to callers, for the life of the process.

use super::{
    Refusal,
    claims::{TokenRules, Window},
    issuer::{Grant, Issuer},
    keys::KeySet,
    memory::Memory,
    ring::KeyRing,
    verify::{LONGEST_TOKEN, verify, verify_for},
};
use crate::{
    domain::time::Timestamp,
    service::caller::{Caller, Scopes},
};
use std::sync::Arc;

/// Verifies the tokens of one issuer.
#[derive(Debug, Clone)]
pub struct Authenticator {
    ring: Arc<KeyRing>,
    rules: Arc<TokenRules>,
    memory: Arc<Memory>,
}

/// Whom a token names, and when it counts.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// The caller.
    pub caller: Caller,
    pub(super) window: Window,
}

impl Verified {
    /// When the token's time is over.
    pub fn until(&self) -> Timestamp {
        Timestamp::BEGINNING.plus_seconds(self.window.until)
    }
}

/// The cryptography of this build does not verify tokens as it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this build's cryptography failed its self-test: a genuine token was refused, or a forged one was not")]
pub struct SelfTestFailed;

impl Authenticator {
    /// An authenticator over a key ring.
    pub fn new(ring: Arc<KeyRing>, rules: TokenRules) -> Self {
        Self { ring, rules: Arc::new(rules), memory: Arc::default() }
    }

    /// Who sent this token, if it was found genuine before and counts at `now`. Waits for nothing.
    pub fn remembered(&self, token: &str, now: Timestamp) -> Option<Arc<Verified>> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        self.memory.recall(token, &self.ring.keys(), now)
    }

    /// Who sent this token, if it is genuine and counts at `now`.
    pub async fn authenticate(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>, Refusal> {
        if token.len() > LONGEST_TOKEN {
            return Err(Refusal::TooLong);
        }
        if let Some(known) = self.remembered(token, now) {
            return Ok(known);
        }
        match self.verify(token, now) {
            Err(Refusal::UnknownKey) => {
                self.ring.refresh_for_unknown_key().await;
                self.verify(token, now)
            }
            decided => decided,
        }
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>, Refusal> {
        let keys = self.ring.keys();
        let (caller, window) = verify_for(token, &keys, &self.rules, now)?;
        let verified = Arc::new(Verified { caller, window });
        self.memory.remember(token, &keys, verified.clone(), now);
        Ok(verified)
    }
}

/// Makes and verifies one token, and one with a changed signature, before the first caller does: a build without the
/// cryptography that tokens need would otherwise fail at the first call. `seed` is 32 random bytes.
pub fn self_test(seed: [u8; 32], now: Timestamp) -> Result<(), SelfTestFailed> {
    let issuer = Issuer::from_seed(seed).map_err(|_| SelfTestFailed)?;
    let rules = TokenRules {
        issuer: "self-test".into(),
        audience: "self-test".into(),
        names: super::claims::ClaimNames::default(),
        max_lifetime_seconds: 60,
        leeway_seconds: 0,
    };
    let grant = Grant { subject: "self-test".into(), integrator: None, scopes: Scopes::OPERATOR, lifetime_seconds: 60 };
    let genuine = issuer.mint(&grant, &rules, now).map_err(|_| SelfTestFailed)?;
    let other = issuer.mint(&Grant { lifetime_seconds: 30, ..grant }, &rules, now).map_err(|_| SelfTestFailed)?;
    let (keys, _) = KeySet::parse(issuer.public_keys().as_bytes()).map_err(|_| SelfTestFailed)?;
    let forged = match (genuine.rsplit_once('.'), other.rsplit_once('.')) {
        (Some((signed, _)), Some((_, signature))) => format!("{signed}.{signature}"),
        _ => return Err(SelfTestFailed),
    };
    let accepted = verify(&genuine, &keys, &rules, now).is_ok_and(|caller| caller.is_operator());
    let refused = verify(&forged, &keys, &rules, now) == Err(Refusal::Signature);
    if accepted && refused { Ok(()) } else { Err(SelfTestFailed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_build_passes_its_self_test() {
        assert_eq!(self_test([7; 32], Timestamp::from_parts(1_800_000_000, 0).unwrap()), Ok(()));
    }
}

//! The decision about one token.

use super::{
    Refusal, claims,
    claims::{TokenRules, Window},
    compact::Compact,
    keys::KeySet,
};
use crate::{domain::time::Timestamp, service::caller::Caller};

/// The longest token text, in bytes; a longer one is refused before anything of it is read.
pub const LONGEST_TOKEN: usize = 8 * 1024;

/// Verifies a token against the issuer's keys and judges its claims at `now`.
///
/// The order matters: shape, header, key, algorithm, signature, and only then the claims, so that the answers about
/// claims tell nothing to those who cannot sign.
pub fn verify(token: &str, keys: &KeySet, rules: &TokenRules, now: Timestamp) -> Result<Caller, Refusal> {
    verify_for(token, keys, rules, now).map(|(caller, _)| caller)
}

/// The same, with the time in which the token counts.
pub(super) fn verify_for(
    token: &str,
    keys: &KeySet,
    rules: &TokenRules,
    now: Timestamp,
) -> Result<(Caller, Window), Refusal> {
    claims::caller(&signed(token, keys)?.claims()?, rules, now)
}

fn signed<'a>(token: &'a str, keys: &KeySet) -> Result<Compact<'a>, Refusal> {
    if token.len() > LONGEST_TOKEN {
        return Err(Refusal::TooLong);
    }
    let token = Compact::parse(token)?;
    let key = keys.get(&token.key_id).ok_or(Refusal::UnknownKey)?;
    if key.algorithm != token.algorithm {
        return Err(Refusal::Algorithm);
    }
    match jsonwebtoken::crypto::verify(token.signature, token.signed.as_bytes(), &key.key, key.algorithm) {
        Ok(true) => Ok(token),
        Ok(false) | Err(_) => Err(Refusal::Signature),
    }
}

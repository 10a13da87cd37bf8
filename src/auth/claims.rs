//! From verified claims to a [`Caller`]. Which claims carry what is configured, so that a company's existing identity
//! provider fits.

use super::Refusal;
use crate::{
    domain::{ids::IntegratorId, time::Timestamp},
    service::caller::{Caller, Scopes},
};
use serde_json::{Map, Value};

/// The names of the claims that are not the same at every identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// Who calls; one person or one machine.
    pub subject: String,
    /// The scopes: one text with spaces between, or a list of texts.
    pub scope: String,
    /// The slug of the integrator that the caller acts for.
    pub integrator: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { subject: "sub".into(), scope: "scope".into(), integrator: "integrator_id".into() }
    }
}

/// What a token must say to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    /// The one accepted `iss`.
    pub issuer: String,
    /// What `aud` must be or contain.
    pub audience: String,
    /// Where subject, scopes and integrator stand.
    pub names: ClaimNames,
    /// The longest time from `iat` to `exp`, in seconds.
    pub max_lifetime_seconds: i64,
    /// How far the issuer's clock may be off, in seconds.
    pub leeway_seconds: i64,
}

/// The longest subject, in bytes (OpenID Connect's own limit).
const LONGEST_SUBJECT: usize = 255;
/// The last second of year 9999: what is beyond it is not a time.
const LAST_SECOND: i64 = 253_402_300_799;

type Claims = Map<String, Value>;

/// When a token counts, in seconds since 1970; the leeway is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// From this second on.
    pub from: i64,
    /// Until this second, which is not in it.
    pub until: i64,
}

impl Window {
    /// Whether the token counts at that time.
    pub fn contains(self, now: Timestamp) -> bool {
        (self.from..self.until).contains(&now.parts().0)
    }
}

/// Judges verified claims at one point in time: whom they name, and when they do.
pub(super) fn caller(claims: &Claims, rules: &TokenRules, now: Timestamp) -> Result<(Caller, Window), Refusal> {
    if claims.get("iss").and_then(Value::as_str) != Some(rules.issuer.as_str()) {
        return Err(Refusal::Issuer);
    }
    if !names_audience(claims.get("aud"), &rules.audience) {
        return Err(Refusal::Audience);
    }
    let window = check_times(claims, rules, now)?;
    let subject = subject(claims, &rules.names.subject)?;
    let scopes = scopes(claims.get(&rules.names.scope))?;
    let integrator = integrator(claims.get(&rules.names.integrator))?;
    let caller = Caller::from_claims(subject, integrator, scopes).ok_or(Refusal::NoRight)?;
    Ok((caller, window))
}

fn names_audience(aud: Option<&Value>, wanted: &str) -> bool {
    match aud {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(many)) => {
            many.iter().all(Value::is_string) && many.iter().any(|one| one.as_str() == Some(wanted))
        }
        _ => false,
    }
}

fn check_times(claims: &Claims, rules: &TokenRules, now: Timestamp) -> Result<Window, Refusal> {
    let (now, _) = now.parts();
    let time = |name: &str, odd: Refusal| claims.get(name).map(|value| seconds(value).ok_or(odd)).transpose();
    let expires = time("exp", Refusal::Expiry)?.ok_or(Refusal::Expiry)?;
    let issued = time("iat", Refusal::IssuedAt)?.ok_or(Refusal::IssuedAt)?;
    let not_before = time("nbf", Refusal::NotBefore)?;
    if expires <= issued {
        return Err(Refusal::Expiry);
    }
    if issued > now + rules.leeway_seconds {
        return Err(Refusal::IssuedAt);
    }
    if not_before.is_some_and(|from| from > now + rules.leeway_seconds) {
        return Err(Refusal::NotBefore);
    }
    if expires - issued > rules.max_lifetime_seconds {
        return Err(Refusal::Lifetime);
    }
    if now >= expires + rules.leeway_seconds {
        return Err(Refusal::Expired);
    }
    let from = issued.max(not_before.unwrap_or(issued)) - rules.leeway_seconds;
    Ok(Window { from, until: expires + rules.leeway_seconds })
}

/// A NumericDate (RFC 7519) in whole seconds, if it is a time between 1970 and 9999.
fn seconds(value: &Value) -> Option<i64> {
    let whole = value.as_i64().or_else(|| {
        let float = value.as_f64().filter(|_| value.is_f64())?;
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked first; fractions are cut off")]
        (0.0..1e12).contains(&float).then_some(float as i64)
    })?;
    (0..=LAST_SECOND).contains(&whole).then_some(whole)
}

fn subject(claims: &Claims, name: &str) -> Result<String, Refusal> {
    match claims.get(name) {
        Some(Value::String(text))
            if (1..=LONGEST_SUBJECT).contains(&text.len())
                && !text.trim().is_empty()
                && !text.chars().any(char::is_control) =>
        {
            Ok(text.clone())
        }
        _ => Err(Refusal::Subject),
    }
}

/// Names that mean nothing here are passed over: tokens often carry scopes for other services.
fn scopes(claim: Option<&Value>) -> Result<Scopes, Refusal> {
    let add = |all: Scopes, name: &str| Scopes::named(name).map_or(all, |scope| all.or(scope));
    match claim {
        None => Ok(Scopes::NONE),
        Some(Value::String(text)) => Ok(text.split(' ').fold(Scopes::NONE, add)),
        Some(Value::Array(list)) => list
            .iter()
            .try_fold(Scopes::NONE, |all, name| name.as_str().map(|name| add(all, name)))
            .ok_or(Refusal::Scope),
        Some(_) => Err(Refusal::Scope),
    }
}

/// A claim that is there but odd (null and empty too) refuses the token: passing it over could make an integrator's
/// token an operator's.
fn integrator(claim: Option<&Value>) -> Result<Option<IntegratorId>, Refusal> {
    match claim {
        None => Ok(None),
        Some(Value::String(slug)) => IntegratorId::parse(slug).map(Some).map_err(|_| Refusal::Integrator),
        Some(_) => Err(Refusal::Integrator),
    }
}

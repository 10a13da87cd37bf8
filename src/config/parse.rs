//! Texts to values. The errors say what shape is wanted and never repeat the text: the caller shows it unless secret.

use http::Uri;
use humantime_serde::re::humantime;
use secrecy::SecretString;
use std::{net::SocketAddr, time::Duration};

/// A whole number from `MIN` to `MAX`.
pub(super) fn whole<const MIN: usize, const MAX: usize>(text: &str) -> Result<usize, &'static str> {
    let number = text.parse().map_err(|_| "must be a whole number")?;
    if number < MIN {
        Err("is too small")
    } else if number > MAX {
        Err("is too large")
    } else {
        Ok(number)
    }
}

/// A length of time from `MIN` to `MAX` milliseconds, with its unit.
pub(super) fn duration<const MIN: u64, const MAX: u64>(text: &str) -> Result<Duration, &'static str> {
    let duration = humantime::parse_duration(text).map_err(|_| "must be a length of time such as 200ms, 30s or 5m")?;
    if duration < Duration::from_millis(MIN) {
        Err("is too short")
    } else if duration > Duration::from_millis(MAX) {
        Err("is too long")
    } else {
        Ok(duration)
    }
}

pub(super) fn switch(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

/// A share of a whole.
pub(super) fn share(text: &str) -> Result<f64, &'static str> {
    let share: f64 = text.parse().map_err(|_| "must be a number such as 0.01")?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("must be from 0 to 1") }
}

/// Where a collector listens.
pub(super) fn collector(text: &str) -> Result<Uri, &'static str> {
    let parsed: Option<Uri> = text.parse().ok();
    let fits = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri
                .authority()
                .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
            && uri.port_u16().is_some_and(|port| port > 0)
            && matches!(uri.path(), "" | "/")
            && uri.query().is_none()
            && !text.contains('#')
    };
    parsed.filter(fits).ok_or("must be http:// or https://, a host and a port, and no more")
}

/// An address to listen on.
pub(super) struct Address(pub SocketAddr);

impl Default for Address {
    fn default() -> Self {
        Self(SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}

pub(super) fn address(text: &str) -> Result<Address, &'static str> {
    text.parse().map(Address).map_err(|_| "must be an address and a port, such as 127.0.0.1:50051 or [::]:50051")
}

pub(super) fn text(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("must not be empty") } else { Ok(text.to_owned()) }
}

/// Claims that have a meaning of their own cannot carry another.
pub(super) fn claim_name(name: &str) -> Result<String, &'static str> {
    match name {
        "iss" | "aud" | "exp" | "iat" | "nbf" => Err("must not be iss, aud, exp, iat or nbf"),
        name => text(name),
    }
}

pub(super) fn log_filter(filter: &str) -> Result<String, &'static str> {
    let parsed = tracing_subscriber::EnvFilter::builder().parse(filter);
    parsed.map_err(|_| "must be a log filter such as info or info,ombord=debug")?;
    text(filter)
}

pub(super) fn database_url(url: &str) -> Result<SecretString, &'static str> {
    let known = ["sqlite://", "sqlite::memory:", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.starts_with(scheme)) {
        Ok(SecretString::from(url))
    } else {
        Err("must begin with sqlite:// or postgres://")
    }
}

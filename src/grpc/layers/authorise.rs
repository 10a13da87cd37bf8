//! Who calls, and whether its scopes allow this RPC. Decided before anything of the request's body is read.

use crate::{
    auth::{Authenticator, Refusal, Verified, table::Row},
    domain::time::Timestamp,
    grpc::status,
    service::error::{Error, ErrorReason},
};
use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, Entry},
};
use std::sync::Arc;
use tonic::Status;

/// What the token of a call is known to be.
pub(super) enum Credentials {
    /// It was found genuine before, and has a scope that the RPC asks for.
    Known(Arc<Verified>),
    /// It has to be verified.
    New(HeaderValue),
}

/// Takes the token out of the headers, for nothing behind here has a use for it, and looks whether it is known. Waits for
/// nothing.
pub(super) fn credentials(
    headers: &mut HeaderMap,
    row: &Row,
    authenticator: &Authenticator,
    now: Timestamp,
) -> Result<Credentials, Status> {
    let credentials = take(headers).map_err(|refusal| refused(row, refusal))?;
    match authenticator.remembered(token(&credentials).map_err(|refusal| refused(row, refusal))?, now) {
        Some(known) => allowed(known, row).map(Credentials::Known),
        None => Ok(Credentials::New(credentials)),
    }
}

/// Verifies a token that is not known. It may have to wait for the issuer's keys.
pub(super) async fn verified(
    credentials: &HeaderValue,
    row: &Row,
    authenticator: &Authenticator,
    now: Timestamp,
) -> Result<Arc<Verified>, Status> {
    let authenticated = match token(credentials) {
        Ok(token) => authenticator.authenticate(token, now).await,
        Err(refusal) => Err(refusal),
    };
    allowed(authenticated.map_err(|refusal| refused(row, refusal))?, row)
}

fn allowed(verified: Arc<Verified>, row: &Row) -> Result<Arc<Verified>, Status> {
    if verified.caller.scopes().any_of(row.any_of) { Ok(verified) } else { Err(refused(row, Refusal::NoRight)) }
}

fn refused(row: &Row, refusal: Refusal) -> Status {
    let reason = match refusal {
        Refusal::NoRight => {
            let message = format!("the token has none of the scopes that this method asks for: {}", row.any_of);
            return status::status(&Error::new(ErrorReason::ScopeMissing, message).with("scope", row.any_of));
        }
        Refusal::Missing => ErrorReason::TokenMissing,
        Refusal::Expired => ErrorReason::TokenExpired,
        _ => ErrorReason::TokenInvalid,
    };
    tracing::debug!(%refusal, "a token was refused");
    status::of(reason, refusal.to_string())
}

/// What stands before the token, in any case.
const SCHEME: &[u8] = b"Bearer ";

fn take(headers: &mut HeaderMap) -> Result<HeaderValue, Refusal> {
    let Entry::Occupied(given) = headers.entry(AUTHORIZATION) else { return Err(Refusal::Missing) };
    let several = given.iter().nth(1).is_some();
    let first = given.remove();
    if several { Err(Refusal::Malformed) } else { Ok(first) }
}

fn token(credentials: &HeaderValue) -> Result<&str, Refusal> {
    let token = match credentials.as_bytes().split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => std::str::from_utf8(token.trim_ascii()).ok(),
        _ => None,
    };
    token.ok_or(Refusal::Malformed)
}

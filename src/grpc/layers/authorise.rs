//! Who calls, and whether its scopes allow this RPC. Decided before anything of the request's body is read.

use crate::{
    auth::{Authenticator, Refusal, Verified, table::Row},
    domain::time::Timestamp,
    grpc::status,
    service::error::{Error, ErrorReason},
};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use std::sync::Arc;
use tonic::Status;

/// The caller of one RPC, and until when it may call. Takes the token out of the headers: nothing behind here has a use for it.
pub(super) async fn caller(
    headers: &mut HeaderMap,
    row: &Row,
    authenticator: &Authenticator,
    now: Timestamp,
) -> Result<Arc<Verified>, Status> {
    let credentials = take_credentials(headers);
    let authenticated = match credentials.as_ref().map_err(|refusal| *refusal).and_then(token) {
        Ok(token) => match authenticator.remembered(token, now) {
            Some(known) => Ok(known),
            // A box of its own: it is large, seldom needed, and would be moved about with every call.
            None => Box::pin(authenticator.authenticate(token, now)).await,
        },
        Err(refusal) => Err(refusal),
    };
    match authenticated {
        Ok(verified) if verified.caller.scopes().any_of(row.any_of) => Ok(verified),
        Ok(_) | Err(Refusal::NoRight) => {
            let message = format!("the token has none of the scopes that this method asks for: {}", row.any_of);
            Err(status::status(&Error::new(ErrorReason::ScopeMissing, message).with("scope", row.any_of)))
        }
        Err(refusal) => {
            tracing::debug!(%refusal, "a token was refused");
            let reason = match refusal {
                Refusal::Missing => ErrorReason::TokenMissing,
                Refusal::Expired => ErrorReason::TokenExpired,
                _ => ErrorReason::TokenInvalid,
            };
            Err(status::of(reason, refusal.to_string()))
        }
    }
}

/// What stands before the token, in any case.
const SCHEME: &[u8] = b"Bearer ";

fn take_credentials(headers: &mut HeaderMap) -> Result<HeaderValue, Refusal> {
    let several = headers.get_all(AUTHORIZATION).iter().nth(1).is_some();
    match headers.remove(AUTHORIZATION) {
        None => Err(Refusal::Missing),
        Some(_) if several => Err(Refusal::Malformed),
        Some(only) => Ok(only),
    }
}

fn token(credentials: &HeaderValue) -> Result<&str, Refusal> {
    let token = match credentials.as_bytes().split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => std::str::from_utf8(token.trim_ascii()).ok(),
        _ => None,
    };
    token.ok_or(Refusal::Malformed)
}

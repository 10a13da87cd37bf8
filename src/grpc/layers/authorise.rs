//! Who calls, and whether its scopes allow this RPC. Decided before anything of the request's body is read.

use crate::{
    auth::{Authenticator, Refusal, table::Row},
    domain::time::Timestamp,
    grpc::status,
    service::{
        caller::Caller,
        error::{Error, ErrorReason},
    },
};
use http::{HeaderMap, header::AUTHORIZATION};
use tonic::Status;

/// The caller of one RPC. Takes the token out of the headers: nothing behind here has a use for it.
pub(super) async fn caller(
    headers: &mut HeaderMap,
    row: &Row,
    authenticator: &Authenticator,
    now: Timestamp,
) -> Result<Caller, Status> {
    let token = take_token(headers);
    let authenticated = match &token {
        Ok(token) => authenticator.authenticate(token, now).await,
        Err(refusal) => Err(*refusal),
    };
    match authenticated {
        Ok(caller) if caller.scopes().any_of(row.any_of) => Ok(Caller::clone(&caller)),
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

fn take_token(headers: &mut HeaderMap) -> Result<String, Refusal> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let token = match (given.next(), given.next()) {
        (None, _) => Err(Refusal::Missing),
        (Some(_), Some(_)) => Err(Refusal::Malformed),
        (Some(only), None) => match only.to_str().ok().and_then(|text| text.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim().to_owned()),
            _ => Err(Refusal::Malformed),
        },
    };
    headers.remove(AUTHORIZATION);
    token
}

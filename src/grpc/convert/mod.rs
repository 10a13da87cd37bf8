//! From messages to the domain and back. Every violation of a message is collected before anything is refused.

pub mod enums;
pub mod senders;
pub mod texts;
pub mod times;

pub use crate::wire::reasons;

use crate::{
    auth::Verified,
    domain::ids::{Digest, RequestId},
    service::{
        caller::Caller,
        error::{Error, ErrorReason, Result, Violation},
        mutation::Stamp,
    },
};
use prost::Message;
use std::{fmt::Display, sync::Arc};
use tonic::{Request, Response, Status};

/// No answer lists more violations than this: the rest follows when these are mended.
const MOST_VIOLATIONS: usize = 100;

/// Collects the violations of one message.
#[derive(Debug, Default)]
pub struct Fields {
    prefix: String,
    violations: Vec<Violation>,
}

impl Fields {
    /// Keeps a good value; notes what is wrong with a bad one.
    pub fn take<T, E: Display>(&mut self, field: &str, value: std::result::Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault(field, fault);
                None
            }
        }
    }

    /// The same for a field that may be empty.
    pub fn take_unless_empty<T, E: Display>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> std::result::Result<T, E>,
    ) -> Option<T> {
        if text.is_empty() { None } else { self.take(field, parse(text)) }
    }

    /// Notes a violation.
    pub fn fault(&mut self, field: &str, description: impl Display) {
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations
                .push(Violation { field: format!("{}{field}", self.prefix), description: description.to_string() });
        }
    }

    /// Reads something inside the message: `prefix` stands before the names of its fields.
    pub fn within<T>(&mut self, prefix: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.prefix.len();
        self.prefix.push_str(prefix);
        self.prefix.push('.');
        let value = read(self);
        self.prefix.truncate(length);
        value
    }

    /// Reads each element of a repeated field, `field[n]` before the names of its fields.
    pub fn each<M, T>(
        &mut self,
        field: &str,
        items: Vec<M>,
        mut read: impl FnMut(&mut Self, M) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::with_capacity(items.len());
        for (place, item) in items.into_iter().enumerate() {
            values.extend(self.within(&format!("{field}[{place}]"), |fields| read(fields, item)));
        }
        values
    }

    /// The value, if nothing was wrong with any field.
    #[inline]
    pub fn finish<T>(self, value: Option<T>) -> Result<T> {
        match value {
            Some(value) if self.violations.is_empty() => Ok(value),
            _ => Err(Error::invalid(self.violations)),
        }
    }

    /// The request id of a mutation and the digest of its payload.
    pub fn stamp(&mut self, request_id: &str, message: &impl Message) -> Option<Stamp> {
        let request_id: RequestId = self.take("request_id", request_id.parse())?;
        Some(Stamp { request_id, payload_sha256: Digest::of(&message.encode_to_vec()) })
    }
}

/// The caller that the authentication layer found, and the message. A call without a caller never gets here; if one
/// does, it is refused.
pub fn open<M>(request: Request<M>) -> std::result::Result<(Caller, M), Status> {
    open_shared(request).map(|(verified, message)| (verified.caller.clone(), message))
}

/// The same, where the caller is only looked at.
pub fn open_shared<M>(request: Request<M>) -> std::result::Result<(Arc<Verified>, M), Status> {
    let (_, mut extensions, message) = request.into_parts();
    let verified = extensions.remove::<Arc<Verified>>();
    verified
        .map(|verified| (verified, message))
        .ok_or_else(|| super::status::status(&Error::new(ErrorReason::TokenMissing, "a token is required")))
}

/// The answer of a service as gRPC knows it.
pub fn answer<T>(result: Result<T>) -> std::result::Result<Response<T>, Status> {
    result.map(Response::new).map_err(|error| super::status::status(&error))
}

/// The digest that binds a page token to the other parameters of its list: of the message without its page fields.
pub fn filter_digest(message: &impl Message) -> Digest {
    Digest::of(&message.encode_to_vec())
}

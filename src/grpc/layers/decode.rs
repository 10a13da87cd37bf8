//! Whose fault it is. tonic answers a request that it cannot decode with INTERNAL and the decoder's text; here INTERNAL
//! is to mean our own fault, always.
//!
//! Every answer that a handler makes carries an `ErrorInfo` (see [`status`]), tonic's own carry no details, and of those
//! only the known texts are the caller's fault: a text that a later tonic words otherwise stays INTERNAL, which the
//! tests with hostile bytes notice.

use crate::grpc::status;
use http::Response;
use tonic::{Code, Status, body::Body};

const TOO_LARGE: [&str; 2] = ["Error, decoded message length too large", "Error decompressing: size limit"];
const MALFORMED: [&str; 6] = [
    "failed to decode Protobuf message",
    "protocol error: received message with",
    "Error decompressing",
    "Unexpected EOF decoding stream",
    "Missing request message",
    "h2 protocol error",
];
const UNKNOWN_COMPRESSION: &str = "Content is compressed with";

/// Rewrites tonic's own answers about requests that it could not decode; leaves every other answer as it is.
pub fn blame(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    // Before the head of an answer is out there is a status in it only where there is nothing else.
    if !headers.contains_key(Status::GRPC_STATUS) || headers.contains_key(Status::GRPC_STATUS_DETAILS) {
        return response;
    }
    let Some(made) = Status::from_header_map(headers) else {
        return response;
    };
    let says = |texts: &[&str]| texts.iter().any(|text| made.message().starts_with(text));
    let rewritten = match made.code() {
        Code::OutOfRange | Code::ResourceExhausted if says(&TOO_LARGE) => status::too_large(),
        Code::Internal if says(&MALFORMED) => status::malformed(),
        Code::Internal => {
            tracing::error!("an answer was INTERNAL without a reason");
            status::internal()
        }
        // The code that gRPC's document on compression asks for, with the accepted encodings in the metadata.
        Code::Unimplemented if says(&[UNKNOWN_COMPRESSION]) => {
            Status::unimplemented("the request's compression is not one that this server takes")
        }
        _ => return response,
    };
    if rewritten.add_header(headers).is_err() {
        return status::internal().into_http();
    }
    response
}

//! A `BatchCheckSendResponse` on its way out, most of which is in bytes already.

use crate::pb::BatchCheckSendResponse;
use prost::{
    DecodeError, Message,
    bytes::{Buf, BufMut},
    encoding::{DecodeContext, WireType},
};

/// The bytes of the first results, and a message with all the rest. To whoever reads it, it is one message.
#[derive(Debug, Clone, Default)]
pub struct Encoded {
    results: Vec<u8>,
    rest: BatchCheckSendResponse,
}

impl Encoded {
    pub(super) fn new(results: Vec<u8>, rest: BatchCheckSendResponse) -> Self {
        Self { results, rest }
    }
}

impl From<BatchCheckSendResponse> for Encoded {
    fn from(rest: BatchCheckSendResponse) -> Self {
        Self { results: Vec::new(), rest }
    }
}

impl Message for Encoded {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        buffer.put_slice(&self.results);
        self.rest.encode_raw(buffer);
    }

    fn encoded_len(&self) -> usize {
        self.results.len() + self.rest.encoded_len()
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        self.rest.merge_field(tag, wire_type, buffer, context)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

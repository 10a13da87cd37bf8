//! The API as generated from `proto/ombord/v1`: messages, clients and server traits. The comments of the protos are
//! its manual.

#![expect(clippy::large_enum_variant, reason = "nearly every row of a batch has the larger one")]

tonic::include_proto!("ombord.v1");

/// The encoded descriptors of the API and of all that it imports, with their comments, for server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("ombord");

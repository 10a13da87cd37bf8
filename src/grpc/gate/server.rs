//! The server of `GateService`, generated like the others but for a batch: to read and write its messages costs as much as all
//! else in it, so its items are [read as they come](super::batch::Asked) and its results [are bytes](super::batch::Encoded).

include!(concat!(env!("OUT_DIR"), "/gate/ombord.v1.rs"));

//! What the API's messages mean, for both ends of the wire: the server that sends them and the client that reads them.

pub mod enums;
pub mod facts;
pub mod reasons;
pub mod times;

//! Where a call goes.

use crate::auth::table::{Row, row};

/// Services that are asked without a token, outside the limits: what watches this service must see it when it is full.
const OPEN: [(&str, &str); 3] = [
    ("/grpc.health.v1.Health/", "grpc.health"),
    ("/grpc.reflection.v1.ServerReflection/", "grpc.reflection"),
    ("/grpc.reflection.v1alpha.ServerReflection/", "grpc.reflection"),
];

/// Where a call goes. A path without a row reaches no handler, even if there should be one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Route {
    /// An RPC of ours.
    Ours(&'static Row),
    /// Health and reflection.
    Open(&'static str),
    /// Anything else.
    Unknown,
}

impl Route {
    pub fn of(path: &str) -> Self {
        if let Some(row) = row(path) {
            return Self::Ours(row);
        }
        let open = OPEN.iter().find(|(prefix, _)| path.starts_with(prefix));
        open.map_or(Self::Unknown, |(_, name)| Self::Open(name))
    }

    /// Whether it is a check of the gate, with one answer.
    pub fn is_check(self) -> bool {
        matches!(self, Self::Ours(row) if row.check)
    }

    /// Whether a call that is answered well leaves no line in the log.
    pub fn is_quiet(self) -> bool {
        self.is_check() || matches!(self, Self::Open(_))
    }

    /// The name for the log; never text of the caller's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours(row) => row.path,
            Self::Open(name) => name,
            Self::Unknown => "(unknown)",
        }
    }
}

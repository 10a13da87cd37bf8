//! Who calls, and how far that reaches. A [`Caller`] is made from a verified token's claims and from nothing else;
//! there is no default and no absent caller, so a missing context can never mean full access.

use crate::domain::ids::IntegratorId;
use std::{fmt, sync::Arc};

/// A set of scopes, in the order in which they are documented.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Scopes(u8);

const NAMES: [(Scopes, &str); 6] = [
    (Scopes::SENDERS_READ, "senders:read"),
    (Scopes::SENDERS_WRITE, "senders:write"),
    (Scopes::ACCEPTANCES_WRITE, "acceptances:write"),
    (Scopes::GATE_CHECK, "gate:check"),
    (Scopes::OPERATOR, "operator"),
    (Scopes::AUDIT_READ, "audit:read"),
];

impl Scopes {
    /// No scope at all.
    pub const NONE: Self = Self(0);
    /// An integrator reads its own senders and acts.
    pub const SENDERS_READ: Self = Self(1);
    /// An integrator registers and changes its own senders.
    pub const SENDERS_WRITE: Self = Self(2);
    /// An integrator records acts of its own senders.
    pub const ACCEPTANCES_WRITE: Self = Self(4);
    /// Asks the gate.
    pub const GATE_CHECK: Self = Self(8);
    /// Runs the service: everything but the ledger's entries.
    pub const OPERATOR: Self = Self(16);
    /// Reads everything that is evidence, the ledger included.
    pub const AUDIT_READ: Self = Self(32);
    /// Every scope.
    pub const ALL: Self = Self(63);

    /// The scope of one name; `None` for a name that means nothing here.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(scope, _)| *scope)
    }

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the two sets share a scope.
    pub const fn any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no scope in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of the scopes in it, in documented order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(move |(scope, _)| self.any_of(*scope)).map(|(_, name)| name)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

/// What a caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerKind {
    /// An integrator: reaches its own senders and nothing else, whatever else its token says.
    Integrator(IntegratorId),
    /// The operator of the service.
    Operator,
    /// A send gateway: asks about any sender.
    Gateway,
    /// An auditor: reads evidence, changes nothing.
    Auditor,
    /// The service itself, for what a link's holder or the passing of time brings about. No claims make one.
    Service,
}

/// How far a caller reaches within an RPC that its scopes allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach<'a> {
    /// Only what belongs to this integrator; the rest does not exist for it.
    Own(&'a IntegratorId),
    /// Everything.
    All,
}

/// The authenticated caller of one request.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    kind: CallerKind,
    subject: Arc<str>,
    scopes: Scopes,
}

/// The right to act as the operator. Functions that need full power take one; only [`Caller::operator`] makes it.
#[derive(Debug, Clone, Copy)]
pub struct OperatorRight<'a>(&'a Caller);

impl<'a> OperatorRight<'a> {
    /// The operator behind it.
    pub fn caller(self) -> &'a Caller {
        self.0
    }
}

impl Caller {
    /// The caller that some claims make; `None` if they give it no right at all.
    ///
    /// A token with an integrator claim is never more than that integrator: `operator` and `audit:read` fall away.
    /// Without one, the integrators' scopes fall away: they would reach no sender, and must not reach all of them.
    pub fn from_claims(subject: String, integrator: Option<IntegratorId>, scopes: Scopes) -> Option<Self> {
        const GENERAL: Scopes = Scopes::GATE_CHECK.or(Scopes::OPERATOR).or(Scopes::AUDIT_READ);
        const INTEGRATOR: Scopes =
            Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE).or(Scopes::GATE_CHECK);
        let (kind, scopes) = match integrator {
            Some(id) => (CallerKind::Integrator(id), scopes.and(INTEGRATOR)),
            None => {
                let scopes = scopes.and(GENERAL);
                let kind = if scopes.any_of(Scopes::OPERATOR) {
                    CallerKind::Operator
                } else if scopes.any_of(Scopes::GATE_CHECK) {
                    CallerKind::Gateway
                } else {
                    CallerKind::Auditor
                };
                (kind, scopes)
            }
        };
        (!scopes.is_empty()).then_some(Self { kind, subject: subject.into(), scopes })
    }

    /// The service itself. Its writes say in the ledger on whose behalf they were made.
    pub(in crate::service) fn service() -> Self {
        Self { kind: CallerKind::Service, subject: "".into(), scopes: Scopes::NONE }
    }

    /// What the caller is.
    pub fn kind(&self) -> &CallerKind {
        &self.kind
    }

    /// The kind as one word, for logs and for the ledger.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            CallerKind::Integrator(_) => "integrator",
            CallerKind::Operator => "operator",
            CallerKind::Gateway => "gateway",
            CallerKind::Auditor => "auditor",
            CallerKind::Service => "service",
        }
    }

    /// The token's subject. Personal data: it belongs in `private_record`, never in a log or the ledger.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The scopes that count.
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    /// The integrator, if the caller is one.
    pub fn integrator(&self) -> Option<&IntegratorId> {
        match &self.kind {
            CallerKind::Integrator(id) => Some(id),
            _ => None,
        }
    }

    /// How far the caller sees and acts.
    pub fn reach(&self) -> Reach<'_> {
        self.integrator().map_or(Reach::All, Reach::Own)
    }

    /// Whether the caller is the operator.
    pub fn is_operator(&self) -> bool {
        self.kind == CallerKind::Operator
    }

    /// The right to act as the operator, if the caller is one.
    pub fn operator(&self) -> Option<OperatorRight<'_>> {
        self.is_operator().then_some(OperatorRight(self))
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("kind", &self.kind)
            .field("subject", &"[redacted]")
            .field("scopes", &self.scopes)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(integrator: Option<&str>, scopes: Scopes) -> Option<Caller> {
        Caller::from_claims(
            "anna@lonebyran.example".into(),
            integrator.map(|i| IntegratorId::parse(i).unwrap()),
            scopes,
        )
    }

    #[test]
    fn an_integrator_is_never_more_than_that_integrator() {
        let all = caller(Some("lonebyran"), Scopes::ALL).unwrap();
        assert_eq!(all.reach(), Reach::Own(&IntegratorId::parse("lonebyran").unwrap()));
        assert!(!all.is_operator() && all.operator().is_none());
        assert_eq!(all.scopes().to_string(), "senders:read senders:write acceptances:write gate:check");
        assert!(caller(Some("lonebyran"), Scopes::OPERATOR.or(Scopes::AUDIT_READ)).is_none());
    }

    #[test]
    fn integrators_scopes_without_an_integrator_reach_nothing() {
        for scopes in [Scopes::NONE, Scopes::SENDERS_READ, Scopes::SENDERS_WRITE, Scopes::ACCEPTANCES_WRITE] {
            assert!(caller(None, scopes).is_none(), "{scopes}");
        }
        let gateway = caller(None, Scopes::GATE_CHECK.or(Scopes::SENDERS_READ)).unwrap();
        assert_eq!((gateway.kind(), gateway.scopes()), (&CallerKind::Gateway, Scopes::GATE_CHECK));
    }

    #[test]
    fn the_most_powerful_scope_names_the_kind() {
        assert_eq!(caller(None, Scopes::ALL).unwrap().kind(), &CallerKind::Operator);
        let both = caller(None, Scopes::GATE_CHECK.or(Scopes::AUDIT_READ)).unwrap();
        assert_eq!((both.kind(), both.reach()), (&CallerKind::Gateway, Reach::All));
        assert!(both.scopes().any_of(Scopes::AUDIT_READ));
        assert_eq!(caller(None, Scopes::AUDIT_READ).unwrap().kind_name(), "auditor");
    }

    #[test]
    fn the_subject_does_not_show_in_debug() {
        let operator = caller(None, Scopes::OPERATOR).unwrap();
        for text in [format!("{operator:?}"), format!("{:?}", operator.operator())] {
            assert!(!text.contains("anna"), "{text}");
        }
    }

    #[test]
    fn every_scope_has_one_name() {
        for name in ["senders:read", "senders:write", "acceptances:write", "gate:check", "operator", "audit:read"] {
            assert_eq!(Scopes::named(name).unwrap().to_string(), name);
        }
        assert_eq!(Scopes::ALL.names().count(), 6);
        assert_eq!(Scopes::named("Operator"), None);
    }
}

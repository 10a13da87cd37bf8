//! How requests name senders, and the parts that several services take: contact points and evidence.

use super::{Fields, reasons};
use crate::{
    domain::{
        ids::{Digest, IntegratorId},
        organisation_number::OrganisationNumber,
        reason::{Code, Reason, Severity},
        text,
        vocabulary::{ContactQuality, EvidenceKind},
    },
    pb,
    service::senders::{
        evidence::GivenEvidence,
        resolve::{SenderName, SenderRef},
    },
};

/// Longest external reference, in characters.
const LONGEST_REFERENCE: usize = 100;

/// Longest reference of a piece of evidence, in characters.
const LONGEST_EVIDENCE: usize = 200;

/// Most pieces of evidence of one act.
const MOST_EVIDENCE: usize = 10;

/// What is worth mending about a contact point, in the gate's own words (R6); in plainer ones for an address of the
/// integrator's own.
pub fn contact_warnings(quality: ContactQuality, of_integrator: bool) -> Vec<pb::ReasonDetail> {
    let code = match quality {
        ContactQuality::Missing => Code::ContactPointMissing,
        ContactQuality::LooksPersonal => Code::ContactPointLooksPersonal,
        ContactQuality::Fine => return Vec::new(),
    };
    let severity = Severity::Warning;
    let reason = Reason { code, severity, agreement_id: None, deadline: None, remedy: code.remedy() };
    let mut warning = reasons::to_pb(&reason);
    if of_integrator {
        warning.message =
            "The contact point is in the integrator's own e-mail domains. It was kept, but it counts as none: \
                           no notice goes there. Give an address of the sender's own."
                .to_owned();
    }
    vec![warning]
}

impl Fields {
    /// The integrator that the body names, if it names one.
    pub fn named_integrator(&mut self, text: &str) -> Option<IntegratorId> {
        self.take_unless_empty("integrator_id", text, IntegratorId::parse)
    }

    /// A sender by exactly one of `sender_id` and `external_reference`.
    pub fn sender_ref(&mut self, sender_id: &str, external_reference: &str) -> Option<SenderRef> {
        match (sender_id.is_empty(), external_reference.is_empty()) {
            (false, true) => self.take("sender_id", sender_id.parse()).map(SenderRef::Id),
            (true, false) => self.reference("external_reference", external_reference).map(SenderRef::Reference),
            _ => {
                self.fault("sender_id", "must be given, or external_reference instead of it, but not both");
                None
            }
        }
    }

    /// A sender together with the integrator that the body names, if it names one.
    pub fn sender_name(
        &mut self,
        integrator_id: &str,
        sender_id: &str,
        external_reference: &str,
    ) -> Option<SenderName> {
        let integrator_id = self.named_integrator(integrator_id);
        Some(SenderName { integrator_id, sender: self.sender_ref(sender_id, external_reference)? })
    }

    /// An integrator's own reference.
    pub fn reference(&mut self, field: &str, text: &str) -> Option<String> {
        self.take(field, text::reference(text, LONGEST_REFERENCE))
    }

    /// An organisation number in any usual notation.
    pub fn organisation_number(&mut self, text: &str) -> Option<OrganisationNumber> {
        self.take("organisation_number", OrganisationNumber::parse(text))
    }

    /// A contact point's address. Absent where there is no contact point; `Some(None)` where its address is empty.
    pub fn contact_point(&mut self, contact: Option<pb::ContactPoint>) -> Option<Option<String>> {
        let email = contact?.email;
        if email.is_empty() {
            return Some(None);
        }
        Some(self.take("contact_point.email", text::email(&email)))
    }

    /// Evidence: each piece has a digest or a reference, and what its kind asks for.
    pub fn evidence(&mut self, evidence: Vec<pb::Evidence>) -> Vec<GivenEvidence> {
        if evidence.len() > MOST_EVIDENCE {
            self.fault("evidence", format!("must have at most {MOST_EVIDENCE} pieces"));
            return Vec::new();
        }
        self.each("evidence", evidence, |fields, one| {
            let kind = fields.required_enum::<EvidenceKind>("kind", one.kind);
            let sha256 = fields.take_unless_empty("sha256", &one.sha256, str::parse::<Digest>);
            let reference =
                fields.take_unless_empty("reference", &one.reference, |text| text::one_line(text, LONGEST_EVIDENCE));
            let kind = kind?;
            match kind {
                EvidenceKind::SignedScan | EvidenceKind::ClickRecord if one.sha256.is_empty() => {
                    fields.fault("sha256", "must be given with SIGNED_SCAN and CLICK_RECORD");
                }
                EvidenceKind::EidReference if one.reference.is_empty() => {
                    fields.fault("reference", "must be given with EID_REFERENCE");
                }
                _ if one.sha256.is_empty() && one.reference.is_empty() => {
                    fields.fault("sha256", "must be given, or reference instead of it");
                }
                _ => {}
            }
            Some(GivenEvidence { kind, sha256, reference })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults<T>(read: impl FnOnce(&mut Fields) -> Option<T>) -> Vec<String> {
        let mut fields = Fields::default();
        let value = read(&mut fields);
        fields.finish(value).err().map_or(Vec::new(), |error| error.violations.into_iter().map(|v| v.field).collect())
    }

    #[test]
    fn a_sender_has_exactly_one_name() {
        let id = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
        assert_eq!(faults(|f| f.sender_ref(id, "")), [""; 0]);
        assert_eq!(faults(|f| f.sender_ref("", "K-1")), [""; 0]);
        assert_eq!(faults(|f| f.sender_ref(id, "K-1")), ["sender_id"]);
        assert_eq!(faults(|f| f.sender_ref("", "")), ["sender_id"]);
        assert_eq!(faults(|f| f.sender_name("No Slug", "x", "")), ["integrator_id", "sender_id"]);
    }

    #[test]
    fn evidence_has_what_its_kind_asks_for() {
        let piece = |kind: pb::EvidenceKind, sha256: &str, reference: &str| {
            let evidence = pb::Evidence { kind: kind as i32, sha256: sha256.into(), reference: reference.into() };
            faults(|f| Some(f.evidence(vec![evidence])))
        };
        let digest = "a".repeat(64);
        assert_eq!(piece(pb::EvidenceKind::SignedScan, &digest, ""), [""; 0]);
        assert_eq!(piece(pb::EvidenceKind::Instruction, "", "mail of 3 May"), [""; 0]);
        assert_eq!(piece(pb::EvidenceKind::SignedScan, "", "shelf 3"), ["evidence[0].sha256"]);
        assert_eq!(piece(pb::EvidenceKind::EidReference, &digest, ""), ["evidence[0].reference"]);
        assert_eq!(piece(pb::EvidenceKind::Other, "", ""), ["evidence[0].sha256"]);
        assert_eq!(piece(pb::EvidenceKind::Unspecified, &digest, ""), ["evidence[0].kind"]);
    }
}

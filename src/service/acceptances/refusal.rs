//! The refusals of the domain in the words of the API: a reason, the field it is about, and what to do.

use crate::{
    domain::recording::Refusal,
    service::error::{Error, ErrorReason, Violation},
};

/// What was to be recorded; it decides how fields are called.
pub(super) enum About<'a> {
    /// An acceptance, and the places in the request of the documents that were judged.
    Acceptance(&'a [usize]),
    /// A decline.
    Decline,
}

/// The error of one or more refusals: all malformed fields, else all of the first reason.
pub(super) fn error(about: &About<'_>, refusals: &[Refusal]) -> Error {
    let told: Vec<Told> = refusals.iter().map(|refusal| tell(about, *refusal)).collect();
    let Some(first) = told.iter().find(|told| told.reason == ErrorReason::InvalidFields).or(told.first()) else {
        return Error::internal(anyhow::anyhow!("refused without a reason"));
    };
    let same = told.iter().filter(|told| told.reason == first.reason);
    let violations =
        same.map(|told| Violation { field: told.field.clone(), description: told.text.to_owned() }).collect();
    if first.reason == ErrorReason::InvalidFields {
        return Error::invalid(violations);
    }
    Error { violations, ..Error::new(first.reason, first.text) }
}

struct Told {
    reason: ErrorReason,
    field: String,
    text: &'static str,
}

fn tell(about: &About<'_>, refusal: Refusal) -> Told {
    let of_subject = |place: usize, field: &str| match about {
        About::Acceptance(places) => format!("documents[{}].{field}", places.get(place).unwrap_or(&place)),
        About::Decline => field.to_owned(),
    };
    let time = match about {
        About::Acceptance(_) => "accept_time",
        About::Decline => "decline_time",
    };
    let (reason, field, text) = match refusal {
        Refusal::Incomplete(absent) => {
            (ErrorReason::InvalidFields, absent.to_string(), "must be given, except in an import")
        }
        Refusal::TimeMissing => (ErrorReason::InvalidFields, time.to_owned(), "must be given in an import"),
        Refusal::TimeAhead => {
            (ErrorReason::InvalidFields, time.to_owned(), "must lie at most 2 minutes ahead of the time of the call")
        }
        Refusal::NoSubject => (ErrorReason::InvalidFields, "documents".to_owned(), "must name at least one agreement"),
        Refusal::AgreementTwice(place) => {
            (ErrorReason::InvalidFields, of_subject(place, "agreement_id"), "must not be given twice")
        }
        Refusal::TooManySignatories => {
            (ErrorReason::InvalidFields, "signatories".to_owned(), "must be at most two persons")
        }
        Refusal::SignatoryTwice(place) => {
            (ErrorReason::InvalidFields, format!("signatories[{place}].email"), "must be another person's")
        }
        Refusal::TooManyCovered => {
            (ErrorReason::InvalidFields, "covered_organisations".to_owned(), "must be at most 200 companies")
        }
        Refusal::CoveredTwice(place) => {
            (ErrorReason::InvalidFields, format!("covered_organisations[{place}]"), "must not be given twice")
        }
        Refusal::CoversItself(place) => (
            ErrorReason::InvalidFields,
            format!("covered_organisations[{place}]"),
            "must be another company than the sender",
        ),
        Refusal::ConnectionEnded => (
            ErrorReason::ConnectionEnded,
            "sender_id".to_owned(),
            "the connection has ended; registering the sender again opens a new one",
        ),
        Refusal::AuthorityNotDeclared => (
            ErrorReason::AuthorityNotDeclared,
            "authority_declared".to_owned(),
            "the persons must declare that they have authority; ask them, and do not declare it for them",
        ),
        Refusal::SignatoryIsIntegrator(place) => (
            ErrorReason::SignatoryIsIntegrator,
            format!("signatories[{place}].email"),
            "an address in the integrator's own domains cannot accept for a sender; it must be the sender's own person",
        ),
        Refusal::GroupPermissionNotDeclared => (
            ErrorReason::GroupPermissionNotDeclared,
            "group_permission_declared".to_owned(),
            "the permission of the covered companies must be declared",
        ),
        Refusal::NoSuchAgreement(place) => {
            (ErrorReason::AgreementNotFound, of_subject(place, "agreement_id"), "there is no such agreement")
        }
        Refusal::NoSuchVersion(place) => {
            (ErrorReason::VersionNotFound, of_subject(place, "version"), "the agreement has no such version")
        }
        Refusal::VersionWithdrawn(place) => (
            ErrorReason::VersionWithdrawn,
            of_subject(place, "version"),
            "the version was withdrawn; take the one in force",
        ),
        Refusal::VersionNotInForce(place) => (
            ErrorReason::VersionNotInForce,
            of_subject(place, "version"),
            "the version was neither in force at that time nor published by then for later",
        ),
        Refusal::LanguageNotAvailable(place) => (
            ErrorReason::LanguageNotAvailable,
            of_subject(place, "language"),
            "the version has no document in this language",
        ),
        Refusal::DocumentDiffers(place) => (
            ErrorReason::DigestMismatch,
            of_subject(place, "document_sha256"),
            "is not the digest of the version's document in this language: something else was shown",
        ),
        Refusal::SpecificationDiffers(place) => (
            ErrorReason::DigestMismatch,
            of_subject(place, "specification_sha256"),
            "is not the digest of the version's specification: something else was shown",
        ),
        Refusal::GeneralTermsNotAccepted(place) => (
            ErrorReason::GeneralTermsNotAccepted,
            of_subject(place, "agreement_id"),
            "a data processing agreement presumes accepted general terms; accept both in one call",
        ),
    };
    Told { reason, field, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recording::Absent;

    #[test]
    fn all_malformed_fields_come_at_once_and_before_the_rest() {
        let refusals =
            [Refusal::AuthorityNotDeclared, Refusal::Incomplete(Absent::Email(1)), Refusal::AgreementTwice(1)];
        let error = error(&About::Acceptance(&[0, 2]), &refusals);
        assert_eq!(error.reason, ErrorReason::InvalidFields);
        let fields: Vec<&str> = error.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["signatories[1].email", "documents[2].agreement_id"]);
    }

    #[test]
    fn each_digest_points_at_its_field() {
        let refusals =
            [Refusal::DocumentDiffers(0), Refusal::SpecificationDiffers(0), Refusal::GeneralTermsNotAccepted(0)];
        let error = error(&About::Acceptance(&[0]), &refusals);
        assert_eq!(error.reason, ErrorReason::DigestMismatch);
        let fields: Vec<&str> = error.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["documents[0].document_sha256", "documents[0].specification_sha256"]);
    }

    #[test]
    fn a_decline_has_its_own_fields() {
        let field = |refusal| error(&About::Decline, &[refusal]).violations[0].field.clone();
        assert_eq!(field(Refusal::TimeAhead), "decline_time");
        assert_eq!(field(Refusal::NoSuchVersion(0)), "version");
    }

    #[test]
    fn the_figure_in_the_text_is_the_rule() {
        let text = tell(&About::Decline, Refusal::TooManyCovered).text;
        assert!(text.contains(&crate::domain::rules::COVERED_COMPANIES.to_string()));
    }
}

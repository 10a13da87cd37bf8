//! What the requests ask for.

use super::specification;
use crate::{
    domain::{
        ids::{AgreementId, VersionLabel},
        specification::Specification,
        text,
        vocabulary::{AgreementKind, Assurance, ChangeClass, ContentType, DeadlineFrom, Enforcement, Language},
    },
    grpc::convert::{Fields, filter_digest, texts::parse_language},
    pb,
    service::{
        agreements::{
            VersionState,
            create::CreateAgreement,
            enforce::SetEnforcement,
            list::ListAgreements,
            list_versions::ListVersions,
            publish::{Document, PublishVersion},
            withdraw::WithdrawVersion,
        },
        error::Result,
        mutation::Stamp,
    },
};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;
/// The longest text, in bytes.
const LONGEST_MARKDOWN: usize = 256 * 1024;
/// The longest PDF, in bytes.
const LONGEST_PDF: usize = 1024 * 1024;
/// The longest grace, in seconds: 3,650 days.
const LONGEST_GRACE: u32 = 3650 * 86_400;

pub(super) fn agreement_id(fields: &mut Fields, text: &str) -> Option<AgreementId> {
    fields.take("agreement_id", AgreementId::parse(text))
}

fn label(fields: &mut Fields, text: &str) -> Option<VersionLabel> {
    fields.take("version", VersionLabel::parse(text))
}

pub(super) fn create(message: pb::CreateAgreementRequest) -> Result<(Stamp, CreateAgreement)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let agreement_id = agreement_id(&mut fields, &message.agreement_id);
    let kind = fields.required_enum::<AgreementKind>("kind", message.kind);
    let mut titles = fields.local_texts("titles", message.titles, LONGEST_TITLE);
    titles.sort_by_key(|title| title.language);
    let mut content_types = fields.enums::<ContentType>("content_types", &message.content_types);
    content_types.sort_unstable();
    let enforcement = fields.required_enum::<Enforcement>("enforcement", message.enforcement);
    let minimum_assurance = minimum_assurance(&mut fields, message.minimum_assurance);
    let read = || {
        let (kind, enforcement) = (kind?, enforcement?);
        let agreement_id = agreement_id?;
        Some((stamp?, CreateAgreement { agreement_id, kind, titles, content_types, enforcement, minimum_assurance }))
    };
    fields.finish(read())
}

fn minimum_assurance(fields: &mut Fields, number: i32) -> Assurance {
    fields.optional_enum("minimum_assurance", number).unwrap_or(Assurance::Imported)
}

pub(super) fn enforce(message: pb::SetEnforcementRequest) -> Result<(Stamp, SetEnforcement)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let agreement_id = agreement_id(&mut fields, &message.agreement_id);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let enforcement = fields.required_enum::<Enforcement>("enforcement", message.enforcement);
    let minimum_assurance = minimum_assurance(&mut fields, message.minimum_assurance);
    let effective = fields.time("effective_time", message.effective_time);
    let read = || {
        let (agreement_id, enforcement) = (agreement_id?, enforcement?);
        Some((stamp?, SetEnforcement { agreement_id, integrator_id, enforcement, minimum_assurance, effective }))
    };
    fields.finish(read())
}

pub(super) fn publish(message: pb::PublishAgreementVersionRequest) -> Result<(Stamp, PublishVersion)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let agreement_id = agreement_id(&mut fields, &message.agreement_id);
    let version = label(&mut fields, &message.version);
    let documents = documents(&mut fields, message.documents);
    let languages: Vec<Language> = documents.iter().map(|document| document.language).collect();
    let specification: Option<Specification> = message
        .specification
        .map(|annex| fields.within("specification", |fields| specification::read(fields, annex, &languages)));
    let change_class = fields.required_enum::<ChangeClass>("change_class", message.change_class);
    let effective = fields.time("effective_time", message.effective_time);
    let grace_seconds = grace(&mut fields, change_class, message.reacceptance_grace);
    let deadline_from =
        fields.optional_enum("deadline_from", message.deadline_from).unwrap_or(DeadlineFrom::Publication);
    let acknowledged_denials = message.acknowledged_denials;
    let read = || {
        Some((
            stamp?,
            PublishVersion {
                agreement_id: agreement_id?,
                version: version?,
                documents,
                specification,
                change_class: change_class?,
                effective,
                grace_seconds: grace_seconds?,
                deadline_from,
                acknowledged_denials,
            },
        ))
    };
    fields.finish(read())
}

fn documents(fields: &mut Fields, documents: Vec<pb::AgreementDocument>) -> Vec<Document> {
    if documents.is_empty() || documents.len() > Language::ALL.len() {
        fields.fault("documents", "must have a document in at least one language, and each language once");
        return Vec::new();
    }
    let mut languages = Vec::new();
    let mut documents = fields.each("documents", documents, |fields, document| {
        let language = fields.take("language", parse_language(&document.language));
        if languages.contains(&language) {
            fields.fault("language", "must not be given twice");
        }
        languages.push(language);
        fields.take("markdown", text::document(&document.markdown, LONGEST_MARKDOWN));
        if document.pdf.len() > LONGEST_PDF {
            fields.fault("pdf", format!("must have at most {LONGEST_PDF} bytes"));
        } else if !document.pdf.is_empty() && !document.pdf.starts_with(b"%PDF-") {
            fields.fault("pdf", "must be a PDF, beginning with %PDF-");
        }
        let pdf = (!document.pdf.is_empty()).then(|| document.pdf.to_vec());
        Some(Document { language: language?, markdown: document.markdown, pdf })
    });
    documents.sort_by_key(|document| document.language);
    documents
}

/// The grace of a MAJOR version, in whole seconds; the others have none.
fn grace(fields: &mut Fields, change_class: Option<ChangeClass>, grace: Option<prost_types::Duration>) -> Option<u32> {
    let field = "reacceptance_grace";
    let Some(grace) = grace else {
        if change_class == Some(ChangeClass::Major) {
            fields.fault(field, "must be given with MAJOR");
        }
        return Some(0);
    };
    if change_class.is_some_and(|class| class != ChangeClass::Major) {
        fields.fault(field, "must be left out unless change_class is MAJOR");
    }
    let seconds = u32::try_from(grace.seconds).ok().filter(|seconds| *seconds <= LONGEST_GRACE && grace.nanos == 0);
    if seconds.is_none() {
        fields.fault(field, "must be 0 to 3650 days in whole seconds");
    }
    seconds
}

pub(super) fn withdraw(message: pb::WithdrawAgreementVersionRequest) -> Result<(Stamp, WithdrawVersion)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let agreement_id = agreement_id(&mut fields, &message.agreement_id);
    let version = label(&mut fields, &message.version);
    let reason = fields.take("reason", text::one_line(&message.reason, 1000));
    let read = || Some((stamp?, WithdrawVersion { agreement_id: agreement_id?, version: version?, reason: reason? }));
    fields.finish(read())
}

pub(super) fn list(mut message: pb::ListAgreementsRequest) -> Result<ListAgreements> {
    let mut fields = Fields::default();
    let kinds = fields.enums::<AgreementKind>("kinds", &message.kinds);
    let content_type = fields.optional_enum::<ContentType>("content_type", message.content_type);
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let changed_after_revision = message.changed_after_revision;
    fields.finish(Some(ListAgreements { page_size, page_token, filter, kinds, content_type, changed_after_revision }))
}

pub(super) fn list_versions(mut message: pb::ListAgreementVersionsRequest) -> Result<ListVersions> {
    let mut fields = Fields::default();
    let agreement_id = agreement_id(&mut fields, &message.agreement_id);
    let mut states = Vec::new();
    for (place, state) in message.states.iter().enumerate().take(64) {
        match pb::AgreementVersionState::try_from(*state) {
            Ok(pb::AgreementVersionState::Scheduled) => states.push(VersionState::Scheduled),
            Ok(pb::AgreementVersionState::InForce) => states.push(VersionState::InForce),
            Ok(pb::AgreementVersionState::Superseded) => states.push(VersionState::Superseded),
            Ok(pb::AgreementVersionState::Withdrawn) => states.push(VersionState::Withdrawn),
            Ok(pb::AgreementVersionState::Unspecified) | Err(_) => {
                fields.fault(
                    &format!("states[{place}]"),
                    "must be one of the values of its enumeration, not UNSPECIFIED",
                );
            }
        }
    }
    if message.states.len() > 64 {
        fields.fault("states", "must have at most 64 values");
    }
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let read = || Some(ListVersions { page_size, page_token, filter, agreement_id: agreement_id?, states });
    fields.finish(read())
}

/// An agreement, and a version of it unless the one in force is meant.
pub(super) fn version(id: &str, version: &str) -> Result<(AgreementId, Option<VersionLabel>)> {
    let mut fields = Fields::default();
    let id = agreement_id(&mut fields, id);
    let version = fields.take_unless_empty("version", version, VersionLabel::parse);
    let read = || Some((id?, version));
    fields.finish(read())
}

pub(super) fn document(
    message: &pb::GetAgreementDocumentRequest,
) -> Result<(AgreementId, Option<VersionLabel>, Language)> {
    let mut fields = Fields::default();
    let id = agreement_id(&mut fields, &message.agreement_id);
    let version = fields.take_unless_empty("version", &message.version, VersionLabel::parse);
    let language = fields.take("language", parse_language(&message.language));
    let read = || Some((id?, version, language?));
    fields.finish(read())
}

#[cfg(test)]
mod tests;

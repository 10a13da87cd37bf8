//! Requests of `AcceptanceService`, all violations of each collected.

use crate::{
    domain::{
        authority::{named_twice, repeated},
        ids::{AcceptanceId, AgreementId, VersionLabel},
        organisation_number::{LegalNumber, OrganisationNumber},
        recording::{Shown, Signer},
        rules::{COVERED_COMPANIES, COVERED_IN_A_BATCH, SIGNATORIES},
        text,
        time::Timestamp,
        vocabulary::{AuthorityBasis, Language, Method},
    },
    grpc::convert::{Fields, filter_digest, texts},
    pb,
    service::{
        acceptances::{
            Validity,
            act::{Document, RecordAcceptance, RecordDecline},
            batch_record::{BatchRecordAcceptances, MOST_ROWS},
            end_coverage::EndGroupCoverage,
            invalidate::InvalidateAcceptance,
            list::ListAcceptances,
        },
        caller::OperatorRight,
        error::Result,
        mutation::Stamp,
        senders::{evidence::GivenEvidence, resolve::SenderName},
    },
};

/// The most agreements that one act accepts.
const MOST_DOCUMENTS: usize = 10;

/// Longest reason of a decline or an invalidation, in characters.
const LONGEST_REASON: usize = 1000;

const NOT_TWICE: &str = "must not be given twice";

fn authority_basis(number: i32) -> Option<AuthorityBasis> {
    Some(match pb::AuthorityBasis::try_from(number).ok()? {
        pb::AuthorityBasis::Unspecified => AuthorityBasis::NotRecorded,
        pb::AuthorityBasis::AuthorisedSignatory => AuthorityBasis::AuthorisedSignatory,
        pb::AuthorityBasis::ManagingDirector => AuthorityBasis::ManagingDirector,
        pb::AuthorityBasis::PowerOfAttorney => AuthorityBasis::PowerOfAttorney,
        pb::AuthorityBasis::Position => AuthorityBasis::Position,
        pb::AuthorityBasis::SoleTrader => AuthorityBasis::SoleTrader,
    })
}

/// A language of two letters; nothing for one that no document has.
fn language(code: &str) -> std::result::Result<Option<Language>, &'static str> {
    if code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_lowercase()) {
        Ok(texts::parse_language(code).ok())
    } else {
        Err("must be two lower-case letters, such as sv")
    }
}

impl Fields {
    fn documents(&mut self, documents: Vec<pb::AcceptedDocument>) -> Vec<Document> {
        if documents.is_empty() || documents.len() > MOST_DOCUMENTS {
            self.fault("documents", format!("must be 1 to {MOST_DOCUMENTS}"));
            return Vec::new();
        }
        let agreements: Vec<_> = documents.iter().map(|one| Some(one.agreement_id.clone())).collect();
        for place in repeated(&agreements, |one, other| one == other && !one.is_empty()) {
            self.fault(&format!("documents[{place}].agreement_id"), NOT_TWICE);
        }
        self.each("documents", documents, |fields, one| {
            let agreement_id = fields.take("agreement_id", AgreementId::parse(&one.agreement_id));
            let version = fields.take("version", VersionLabel::parse(&one.version));
            let language = fields.take("language", language(&one.language));
            let document_sha256 = fields.take("document_sha256", one.document_sha256.parse());
            let specification_sha256 = fields.take("specification_sha256", one.specification_sha256.parse());
            let (document_sha256, specification_sha256) = (document_sha256?, specification_sha256?);
            let shown = Shown { language: language?, document_sha256, specification_sha256 };
            Some(Document { agreement_id: agreement_id?, version: version?, shown })
        })
    }

    /// Who acts. Only an import may leave out particulars, and says by that what it lacks.
    fn signatories(&mut self, signatories: Vec<pb::Signatory>, import: bool) -> Vec<Signer> {
        if signatories.len() > SIGNATORIES {
            self.fault("signatories", format!("must be at most {SIGNATORIES} persons"));
            return Vec::new();
        }
        let emails: Vec<_> =
            signatories.iter().map(|one| Some(one.email.as_str()).filter(|email| !email.is_empty())).collect();
        for place in named_twice(&emails) {
            self.fault(&format!("signatories[{place}].email"), "must be another person's");
        }
        self.each("signatories", signatories, |fields, one| {
            if import && one == pb::Signatory::default() {
                fields.fault(
                    "full_name",
                    "must be given, or another particular; leave out a person of whom nothing is known",
                );
            }
            let full_name = fields.particular("full_name", &one.full_name, import, text::name);
            let role = fields.particular("role", &one.role, import, text::name);
            let email = fields.particular("email", &one.email, import, text::email);
            let basis =
                authority_basis(one.authority_basis).filter(|basis| import || *basis != AuthorityBasis::NotRecorded);
            if basis.is_none() {
                fields.fault("authority_basis", "must be one of the values of its enumeration, not UNSPECIFIED");
            }
            Some(Signer { full_name, role, email, authority_basis: basis? })
        })
    }

    /// How an act was given. That of the hosted form nobody can claim.
    fn method(&mut self, number: i32) -> Option<Method> {
        let method = self.required_enum("method", number);
        if method == Some(Method::HostedForm) {
            self.fault("method", "must not be HOSTED_FORM: only this service's own form makes it");
            return None;
        }
        method
    }

    fn particular(
        &mut self,
        field: &str,
        text: &str,
        import: bool,
        parse: fn(&str) -> std::result::Result<String, text::InvalidText>,
    ) -> Option<String> {
        if import { self.take_unless_empty(field, text, parse) } else { self.take(field, parse(text)) }
    }

    fn moment(&mut self, field: &str, time: Option<prost_types::Timestamp>, import: bool) -> Option<Timestamp> {
        if import && time.is_none() {
            self.fault(field, "must be given in an import");
        }
        self.time(field, time)
    }

    fn proof(&mut self, evidence: Vec<pb::Evidence>, import: bool) -> Vec<GivenEvidence> {
        if evidence.is_empty() && !import {
            self.fault("evidence", "must have at least one piece, except in an import");
        }
        self.evidence(evidence)
    }

    fn covered(&mut self, numbers: &[String]) -> Vec<LegalNumber> {
        if numbers.len() > COVERED_COMPANIES {
            self.fault("covered_organisations", format!("must be at most {COVERED_COMPANIES} companies"));
            return Vec::new();
        }
        let mut read = |(place, number): (usize, &String)| {
            let field = format!("covered_organisations[{place}]");
            match self.take(&field, OrganisationNumber::parse(number))? {
                OrganisationNumber::Legal(number) => Some(number),
                OrganisationNumber::SoleTrader(_) => {
                    self.fault(&field, "must be that of a legal person");
                    None
                }
            }
        };
        let numbers: Vec<Option<LegalNumber>> = numbers.iter().enumerate().map(&mut read).collect();
        for place in repeated(&numbers, |one, other| one == other) {
            self.fault(&format!("covered_organisations[{place}]"), NOT_TWICE);
        }
        numbers.into_iter().flatten().collect()
    }

    fn act(&mut self, message: pb::RecordAcceptanceRequest) -> Option<RecordAcceptance> {
        let sender = self.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
        let method = self.method(message.method);
        let import = method == Some(Method::Import);
        let documents = self.documents(message.documents);
        if message.signatories.is_empty() && !import {
            self.fault("signatories", "must be one or two persons, except in an import");
        }
        let signatories = self.signatories(message.signatories, import);
        let accept_time = self.moment("accept_time", message.accept_time, import);
        let evidence = self.proof(message.evidence, import);
        let contact = self.contact_point(message.contact_point.clone()).flatten();
        if message.contact_point.is_some_and(|contact| contact.email.is_empty()) {
            self.fault("contact_point.email", "must be an e-mail address; leave out a contact point that is not known");
        }
        let covered = self.covered(&message.covered_organisations);
        Some(RecordAcceptance {
            sender: sender?,
            documents,
            signatories,
            authority_declared: message.authority_declared,
            method: method?,
            accept_time,
            evidence,
            contact,
            covered,
            group_permission_declared: message.group_permission_declared,
            retroactive_delivery: message.retroactive_delivery,
            validate_only: message.validate_only,
            invitations: Vec::new(),
        })
    }
}

pub(super) fn record(message: pb::RecordAcceptanceRequest) -> Result<(Stamp, RecordAcceptance)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let act = fields.act(message);
    let read = || Some((stamp?, act?));
    fields.finish(read())
}

pub(super) fn batch_record(message: pb::BatchRecordAcceptancesRequest) -> Result<(Stamp, BatchRecordAcceptances)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    if message.requests.is_empty() || message.requests.len() > MOST_ROWS {
        fields.fault("requests", format!("must have 1 to {MOST_ROWS} rows"));
    }
    if message.requests.iter().map(|row| row.covered_organisations.len()).sum::<usize>() > COVERED_IN_A_BATCH {
        fields.fault("requests", format!("must cover at most {COVERED_IN_A_BATCH} companies together"));
    }
    let stamp = fields.finish(stamp)?;
    let rows = message.requests.into_iter().map(row).collect();
    Ok((stamp, BatchRecordAcceptances { integrator_id, rows, validate_only: message.validate_only }))
}

/// One row of a batch. What is wrong with it is its own outcome.
fn row(message: pb::RecordAcceptanceRequest) -> Result<RecordAcceptance> {
    let mut fields = Fields::default();
    if !message.request_id.is_empty() {
        fields.fault("request_id", "must be empty in a row; it is set on the batch");
    }
    if message.validate_only {
        fields.fault("validate_only", "must not be set in a row; it is set on the batch");
    }
    let act = fields.act(message);
    fields.finish(act)
}

pub(super) fn decline(message: pb::RecordDeclineRequest) -> Result<(Stamp, RecordDecline)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let sender = fields.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
    let agreement_id = fields.take("agreement_id", AgreementId::parse(&message.agreement_id));
    let version = fields.take("version", VersionLabel::parse(&message.version));
    let method = fields.method(message.method);
    let import = method == Some(Method::Import);
    let signatories = fields.signatories(message.signatories, import);
    let decline_time = fields.moment("decline_time", message.decline_time, import);
    let evidence = fields.evidence(message.evidence);
    let reason = fields.take_unless_empty("reason", &message.reason, |text| text::one_line(text, LONGEST_REASON));
    let read = || {
        let (agreement_id, version) = (agreement_id?, version?);
        let (sender, method) = (sender?, method?);
        Some((
            stamp?,
            RecordDecline {
                sender,
                agreement_id,
                version,
                signatories,
                method,
                decline_time,
                evidence,
                reason,
                invitation: None,
            },
        ))
    };
    fields.finish(read())
}

pub(super) fn end_coverage(message: &pb::EndGroupCoverageRequest) -> Result<(Stamp, EndGroupCoverage)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let acceptance_id = fields.take("acceptance_id", message.acceptance_id.parse());
    let number = fields.organisation_number(&message.organisation_number);
    let read = || {
        let (acceptance_id, organisation_number) = (acceptance_id?, number?);
        Some((stamp?, EndGroupCoverage { integrator_id, acceptance_id, organisation_number }))
    };
    fields.finish(read())
}

pub(super) fn invalidate(
    message: &pb::InvalidateAcceptanceRequest,
    right: OperatorRight<'_>,
) -> Result<(Stamp, InvalidateAcceptance)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, message);
    let acceptance_id = fields.take("acceptance_id", message.acceptance_id.parse());
    let reason = fields.take("reason", text::one_line(&message.reason, LONGEST_REASON));
    let read = || Some((stamp?, InvalidateAcceptance::new(right, acceptance_id?, reason?)));
    fields.finish(read())
}

pub(super) fn get(message: &pb::GetAcceptanceRequest) -> Result<AcceptanceId> {
    let mut fields = Fields::default();
    let id = fields.take("acceptance_id", message.acceptance_id.parse());
    fields.finish(id)
}

pub(super) fn receipt(message: &pb::GetReceiptRequest) -> Result<AcceptanceId> {
    let mut fields = Fields::default();
    let id = fields.take("acceptance_id", message.acceptance_id.parse());
    fields.finish(id)
}

pub(super) fn list(mut message: pb::ListAcceptancesRequest) -> Result<ListAcceptances> {
    let mut fields = Fields::default();
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let sender = fields.sender_filter(&message.sender_id, &message.external_reference);
    let agreement_id = fields.take_unless_empty("agreement_id", &message.agreement_id, AgreementId::parse);
    let version = fields.take_unless_empty("version", &message.version, VersionLabel::parse);
    if !message.version.is_empty() && message.agreement_id.is_empty() {
        fields.fault("agreement_id", "must be given with version");
    }
    let mut states = Vec::new();
    for (place, state) in message.states.iter().enumerate() {
        match pb::AcceptanceState::try_from(*state) {
            Ok(pb::AcceptanceState::Valid) => states.push(Validity::Valid),
            Ok(pb::AcceptanceState::Contested) => states.push(Validity::Contested),
            Ok(pb::AcceptanceState::Invalidated) => states.push(Validity::Invalidated),
            _ => fields.fault(&format!("states[{place}]"), "must be VALID, CONTESTED or INVALIDATED"),
        }
    }
    fields.finish(Some(ListAcceptances {
        page_size,
        page_token,
        filter,
        integrator_id,
        sender,
        agreement_id,
        version,
        states,
        changed_after_revision: message.changed_after_revision.min(1 << 53),
    }))
}

pub(super) fn status(message: &pb::GetAcceptanceStatusRequest) -> Result<(SenderName, Option<Timestamp>)> {
    let mut fields = Fields::default();
    let name = fields.sender_name(&message.integrator_id, &message.sender_id, &message.external_reference);
    let evaluate_time = fields.time("evaluate_time", message.evaluate_time);
    fields.finish(name.map(|name| (name, evaluate_time)))
}

#[cfg(test)]
mod tests;

//! The calls that ask: the gate's, and the ledger's.

use super::{
    call::{Question, When},
    stage::{Answer, Played, Stage},
    words::{self, short},
};
use crate::{client::Client, domain::ids::Digest, pb};

impl Stage<'_> {
    pub(super) async fn check(&mut self, client: Client, question: &Question) -> Played {
        let (ledger_id, at_least_revision) = self.memory.written.clone();
        let request = pb::CheckSendRequest {
            organisation_number: question.number.to_owned(),
            integrator_id: question.through.to_owned(),
            content_type: question.content_type.into(),
            evaluate_time: self.instant(question.at)?,
            at_least_revision,
            ledger_id,
            ..Default::default()
        };
        let response = client.gate().check_send(request).await?.into_inner();
        Ok(self.decided(&response))
    }

    pub(super) async fn check_all(&mut self, client: Client, through: &str, numbers: &[&str], at: When) -> Played {
        let (ledger_id, at_least_revision) = self.memory.written.clone();
        let item =
            |number: &&str| pb::BatchCheckSendItem { organisation_number: (*number).to_owned(), ..Default::default() };
        let request = pb::BatchCheckSendRequest {
            items: numbers.iter().map(item).collect(),
            integrator_id: through.to_owned(),
            content_type: pb::ContentType::Payslip.into(),
            evaluate_time: self.instant(at)?,
            at_least_revision,
            ledger_id,
        };
        let response = client.gate().batch_check_send(request).await?.into_inner();
        let line = |(number, result): (&&str, &pb::BatchCheckSendResult)| {
            let codes: Vec<_> = result.reasons.iter().map(|reason| words::code(reason.code())).collect();
            let bad = if result.error_index.is_some() { " (a bad question)" } else { "" };
            format!("{number}: {}{bad} {}", words::decision(result.decision(), result.advice()), codes.join(" "))
                .trim_end()
                .to_owned()
        };
        let said = numbers.iter().zip(&response.results).map(line).collect();
        Ok(Answer { said, more: vec![format!("all at revision {}", response.revision)] })
    }

    pub(super) async fn explain(&mut self, client: Client, question: &Question) -> Played {
        let (ledger_id, at_least_revision) = self.memory.written.clone();
        let request = pb::ExplainSendRequest {
            organisation_number: question.number.to_owned(),
            integrator_id: question.through.to_owned(),
            content_type: question.content_type.into(),
            evaluate_time: self.instant(question.at)?,
            at_least_revision,
            ledger_id,
            ..Default::default()
        };
        let response = client.gate().explain_send(request).await?.into_inner();
        let mut answer = self.decided(&response.answer.clone().unwrap_or_default());
        for facts in &response.agreements {
            let enforcement = short(facts.enforcement().as_str_name(), "ENFORCEMENT_");
            let standing = short(facts.standing().as_str_name(), "STANDING_");
            answer.said.push(format!(
                "{}, {enforcement}, in force {}: {standing}",
                facts.agreement_id, facts.version_in_force
            ));
            answer.said.extend(facts.acts.iter().map(|act| {
                let kind = short(act.kind().as_str_name(), "ACT_KIND_");
                let assurance = short(act.assurance().as_str_name(), "ASSURANCE_");
                format!(
                    "  {kind} of {}, {assurance}: {}",
                    act.version,
                    short(act.verdict().as_str_name(), "ACT_VERDICT_")
                )
            }));
        }
        Ok(answer)
    }

    /// Reads the whole ledger and checks what anyone can check of it.
    pub(super) async fn ledger(&mut self, client: Client) -> Played {
        let mut entries = Vec::new();
        let mut page_token = String::new();
        let head = loop {
            let request = pb::ListEntriesRequest { page_size: 1000, page_token, ..Default::default() };
            let response = client.ledger().list_entries(request).await?.into_inner();
            entries.extend(response.entries);
            page_token = response.next_page_token;
            if page_token.is_empty() {
                break response.revision;
            }
        };
        let whole = entries.iter().map(|entry| entry.revision).eq(1..=head);
        let leaf = |entry: &pb::LedgerEntry| {
            Digest::of_parts(&[&[0], entry.canonical_json.as_bytes()]).to_string() == entry.leaf_hash
        };
        let addresses = entries.iter().filter(|entry| entry.canonical_json.contains('@')).count();
        let said = vec![
            format!("every revision from the first to the head: {}", yes(whole)),
            format!("every leaf hash is that of its bytes: {}", yes(entries.iter().all(leaf))),
            format!("entries with an e-mail address in them: {addresses}"),
        ];
        let line = |entry: &pb::LedgerEntry| format!("{:>3}  {}", entry.revision, entry.event_type);
        Ok(Answer { said, more: entries.iter().map(line).collect() })
    }

    fn decided(&self, response: &pb::CheckSendResponse) -> Answer {
        let mut first = words::decision(response.decision(), response.advice());
        if let (pb::Decision::Allow, Some(terms)) = (response.decision(), response.handling) {
            let pb::HandlingTerms { undelivered_retention_days, support_retention_days } = terms;
            first = format!(
                "{first}; keep undelivered {undelivered_retention_days} days, for support {support_retention_days} days"
            );
        }
        let mut said = vec![first];
        let name = |reason: &pb::ReasonDetail| reason.deadline.as_ref().map(|instant| self.name_of(instant));
        said.extend(response.reasons.iter().map(|reason| words::reason(reason, name(reason))));
        let mut more: Vec<_> = response.reasons.iter().map(|reason| reason.message.clone()).collect();
        if let Some(next) = &response.next_scheduled_change_time {
            said.push(format!("the same until {}", self.name_of(next)));
            more.push(format!("that is at {next}"));
        }
        Answer { said, more }
    }
}

fn yes(fact: bool) -> &'static str {
    if fact { "yes" } else { "no" }
}

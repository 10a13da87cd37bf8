//! Verbs without a database: a link's token is the name of the sample it leads to, filled up with `A`.

use super::samples;
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, VersionLabel},
    },
    service::{
        agreements::public::PublicVersion,
        error::Result,
        form::{
            DeclineInput,
            view::{AcceptInput, Fault, Field, Page, Posted},
        },
    },
    web::verbs::{Keys, Verbs},
};
use async_trait::async_trait;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The link to a sample.
pub fn token(name: &str) -> String {
    format!("{name:A<43}")
}

/// Counts what would have been written.
#[derive(Default)]
pub struct Fake {
    pub written: AtomicUsize,
}

impl Fake {
    fn done(&self) -> Posted {
        self.written.fetch_add(1, Ordering::SeqCst);
        Posted::Done
    }
}

fn person(input: &crate::service::form::view::PersonInput) -> Vec<(Field, Fault)> {
    let mut faults = Vec::new();
    for (field, text) in [(Field::FullName, &input.full_name), (Field::Role, &input.role), (Field::Email, &input.email)]
    {
        if text.is_empty() {
            faults.push((field, Fault::Missing));
        }
    }
    if input.authority_basis.is_none() {
        faults.push((Field::AuthorityBasis, Fault::Missing));
    }
    faults
}

#[async_trait]
impl Verbs for Fake {
    async fn open(&self, token: &str) -> Result<Page> {
        Ok(samples::page(token.trim_end_matches('A')))
    }

    async fn check(&self, _: &str, input: &AcceptInput) -> Result<Vec<(Field, Fault)>> {
        let mut faults = person(&input.person);
        if input.contact == "boom" {
            panic!("as ordered");
        }
        if input.contact.is_empty() {
            faults.push((Field::Contact, Fault::Missing));
        }
        if !input.covered.is_empty() && !input.group_permission {
            faults.push((Field::GroupPermission, Fault::Missing));
        }
        Ok(faults)
    }

    async fn accept(&self, token: &str, input: AcceptInput) -> Result<Posted> {
        let mut faults = self.check(token, &input).await?;
        for one in samples::offered(None) {
            if !input.ticked.iter().any(|ticked| ticked == one.agreement_id.as_str()) {
                faults.push((Field::Statement(one.agreement_id), Fault::Missing));
            }
        }
        if !input.authority_declared {
            faults.push((Field::Authority, Fault::Missing));
        }
        Ok(if faults.is_empty() { self.done() } else { Posted::Faults(faults) })
    }

    async fn decline(&self, _: &str, input: DeclineInput) -> Result<Posted> {
        let mut faults = person(&input.person);
        if !input.authority_declared {
            faults.push((Field::Authority, Fault::Missing));
        }
        if !input.confirmed {
            faults.push((Field::Confirm, Fault::Missing));
        }
        Ok(if faults.is_empty() { self.done() } else { Posted::Faults(faults) })
    }

    async fn forward(&self, _: &str, recipient: &str) -> Result<Posted> {
        if recipient.contains('@') {
            Ok(self.done())
        } else {
            Ok(Posted::Faults(vec![(Field::Recipient, Fault::NotAnAddress)]))
        }
    }

    async fn not_ours(&self, _: &str) -> Result<Posted> {
        Ok(self.done())
    }

    async fn resend(&self, token: &str) -> Result<Posted> {
        Ok(if token.starts_with("superseded") { Posted::TooOften } else { self.done() })
    }

    async fn second(&self, _: &str, email: &str) -> Result<Posted> {
        if email.contains('@') {
            Ok(self.done())
        } else {
            Ok(Posted::Faults(vec![(Field::SecondEmail, Fault::NotAnAddress)]))
        }
    }

    async fn contest(&self, _: &str, _: &str) -> Result<Posted> {
        Ok(self.done())
    }

    async fn agreements(&self) -> Result<Vec<AgreementFacts>> {
        Ok(Vec::new())
    }

    async fn version(&self, _: &AgreementId, _: &VersionLabel) -> Result<Option<PublicVersion>> {
        Ok(None)
    }

    fn keys(&self) -> Keys {
        Keys {
            current: Some("ombord/0190+1a2b3c4d+AfE3".to_owned()),
            former: vec!["ombord/0190+00000000+AAAA".to_owned()],
        }
    }
}

//! What an integrator was told about a company, so that it can be compared with what another was told about another one.

use prost::Message;
use std::{collections::HashMap, fmt::Debug};
use tonic::{Response, Status};

/// A company as its second integrator comes to it.
#[derive(Clone)]
pub struct Company {
    /// The integrator that comes.
    pub slug: &'static str,
    /// Its number.
    pub number: String,
    /// An acceptance that concerns the company, or one that does not exist.
    pub acceptance_id: String,
    /// The company's id, or one that does not exist.
    pub sender_id: String,
    /// Another company, for it to cover.
    pub other: String,
}

/// Answers, each with what it answers, ids and times and revisions taken out.
pub struct Told {
    pub answers: Vec<(&'static str, String)>,
    names: Vec<(String, &'static str)>,
    ids: HashMap<String, usize>,
}

impl Told {
    /// Nothing yet.
    pub fn about(company: &Company) -> Self {
        let names = vec![
            (company.number.clone(), "NUMBER"),
            (company.other.clone(), "OTHER"),
            (company.slug.to_owned(), "INTEGRATOR"),
        ];
        Self { answers: Vec::new(), names, ids: HashMap::new() }
    }

    /// Adds an answer.
    pub fn tell<T: Debug>(&mut self, what: &'static str, answer: Result<Response<T>, Status>) {
        let text = match answer {
            Ok(response) => format!("{:?}", response.into_inner()),
            Err(status) => {
                let details = tonic_types::pb::Status::decode(status.details()).unwrap();
                format!("{:?} {} {details:?}", status.code(), status.message())
            }
        };
        let text = self.plain(text);
        self.answers.push((what, text));
    }

    /// The text with its ids numbered in the order in which they first appeared, and without figures that go up.
    fn plain(&mut self, mut text: String) -> String {
        for (name, stands_for) in &self.names {
            text = text.replace(name, stands_for);
        }
        let (mut plain, mut rest) = (String::with_capacity(text.len()), text.as_str());
        while let Some(first) = rest.chars().next() {
            if let Some(id) = rest.get(..36).filter(|id| uuid::Uuid::try_parse(id).is_ok()) {
                let next = self.ids.len();
                plain += &format!("ID-{}", self.ids.entry(id.to_owned()).or_insert(next));
                rest = &rest[36..];
            } else if let Some(code) = rest.strip_prefix("check_code: \"").and_then(|code| code.get(9..)) {
                plain += "check_code: \"#";
                rest = code;
            } else if let Some(figure) =
                ["revision: ", "seconds: ", "nanos: ", "etag: \"r"].into_iter().find(|figure| rest.starts_with(figure))
            {
                plain += figure;
                plain.push('#');
                rest = rest[figure.len()..].trim_start_matches(|digit: char| digit.is_ascii_digit());
            } else {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        plain
    }
}

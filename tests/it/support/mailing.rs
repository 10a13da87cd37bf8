//! The real program with a mail server and the hosted form, and what people do with the mails that come.

use super::{
    process::{OMBORD, Process, command},
    server::{Clients, request_id},
    smtp::MailServer,
    world::{agreement, number, registration, version},
};
use ombord::pb;
use std::{net::TcpListener, path::Path, process::Command};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Where the pages of a test are, at each start of the program.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// `ombord` with pages on a port, mails to a server, and a key that signs receipts.
pub fn mailing(arguments: &[&str], folder: &Path, database: &str, web: u16, server: &MailServer) -> Command {
    let key = folder.join("signing.pem");
    if !key.exists() {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        std::fs::write(&key, pair.serialize_pem()).unwrap();
    }
    let mut command = command(OMBORD, arguments, folder, database);
    command
        .env("OMBORD_WEB_LISTEN", format!("127.0.0.1:{web}"))
        .env("OMBORD_WEB_BASE_URL", format!("http://127.0.0.1:{web}"))
        .env("OMBORD_WEB_PER_MINUTE", "100000")
        .env("OMBORD_OPERATOR_NAME", "Brevlådan AB")
        .env("OMBORD_OPERATOR_EMAIL", "avtal@brev.example")
        .env("OMBORD_OPERATOR_PRIVACY_NOTICE_URL", "https://brev.example/integritet")
        .env("OMBORD_LEDGER_NAME", "brev.example")
        .env("OMBORD_LEDGER_SIGNING_KEY_FILE", key)
        .env("OMBORD_MAIL_SMTP_URL", server.url())
        .env("OMBORD_MAIL_SMTP_CA_FILE", server.ca_file())
        .env("OMBORD_MAIL_FROM", "avtal@brev.example")
        .env("OMBORD_MAIL_PER_MINUTE", "60000")
        .env("OMBORD_SHUTDOWN_DEADLINE", "20s");
    command
}

/// General terms, a DPA for payslips and the integrator `first`, in a running program.
pub async fn furnish(service: &Process) {
    let mut operator = service.operator();
    let request = pb::CreateIntegratorRequest {
        request_id: request_id(),
        integrator_id: "first".into(),
        display_name: "Lönebyrån i Norr AB".into(),
        organisation_number: "5567115695".into(),
        kind: pb::IntegratorKind::PayrollBureau as i32,
        email_domains: vec!["first.example".into()],
    };
    operator.integrators.create_integrator(request).await.unwrap();
    let payslips = [pb::ContentType::Payslip];
    let terms = agreement("terms", pb::AgreementKind::GeneralTerms, &[]);
    operator.agreements.create_agreement(terms).await.unwrap();
    operator.agreements.create_agreement(agreement("dpa", pb::AgreementKind::Dpa, &payslips)).await.unwrap();
    operator.agreements.publish_agreement_version(version("terms", "1")).await.unwrap();
    operator.agreements.publish_agreement_version(version("dpa", "1")).await.unwrap();
}

/// Where the n-th company's person is written to.
pub fn person(n: usize) -> String {
    format!("asa.oberg@company-{n}.example")
}

/// The n-th company's contact point.
pub fn contact(n: usize) -> String {
    format!("lon@company-{n}.example")
}

/// Registers the n-th company and invites its person.
pub async fn invite(clients: &Clients, n: usize) -> pb::CreateInvitationResponse {
    let mut clients = clients.clone();
    let request = pb::RegisterSenderRequest { contact_point: None, ..registration(&number(n), &format!("K-{n}")) };
    clients.senders.register_sender(request).await.unwrap();
    let request = pb::CreateInvitationRequest {
        request_id: request_id(),
        external_reference: format!("K-{n}"),
        recipient_email: person(n),
        ..Default::default()
    };
    clients.acceptances.create_invitation(request).await.unwrap().into_inner()
}

/// An answer over HTTP: status and body.
pub struct Page {
    pub status: u16,
    pub body: String,
}

async fn ask(url: &str, method: &str, body: &str) -> std::io::Result<Page> {
    let rest = url.strip_prefix("http://").unwrap();
    let (place, path) = rest.split_at(rest.find('/').unwrap());
    let mut stream = TcpStream::connect(place).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {place}\r\nconnection: close\r\norigin: http://{place}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(broken)?;
    let body = answer.split_once("\r\n\r\n").ok_or_else(broken)?.1.to_owned();
    Ok(Page { status, body })
}

/// Opens a link.
pub async fn open(link: &str) -> Page {
    ask(link, "GET", "").await.unwrap()
}

/// Posts a form.
pub async fn post(link: &str, fields: &[(&str, &str)]) -> std::io::Result<Page> {
    let encoded = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect::<String>()
    };
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    ask(link, "POST", &fields.join("&")).await
}

/// Accepts everything through the n-th company's link; whether the service said that it did.
pub async fn accept(link: &str, n: usize) -> bool {
    let page = open(link).await;
    let shown = page.body.split("name=\"shown\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let (email, contact) = (person(n), contact(n));
    let fields = [
        ("do", "accept"),
        ("lang", "sv"),
        ("shown", shown.unwrap_or_else(|| panic!("no form: {} {}", page.status, page.body))),
        ("full_name", "Åsa Öberg"),
        ("role", "Ekonomichef"),
        ("email", &email),
        ("authority_basis", "AUTHORISED_SIGNATORY"),
        ("contact", &contact),
        ("agree", "terms"),
        ("agree", "dpa"),
        ("authority", "on"),
    ];
    let answer = post(link, &fields).await;
    answer.is_ok_and(|page| page.status == 303)
}

/// All mails as an operator sees them.
pub async fn listed(service: &Process, states: &[pb::MailState]) -> Vec<pb::Mail> {
    let states = states.iter().map(|state| *state as i32).collect();
    let request = pb::ListMailRequest { states, page_size: 1000, ..Default::default() };
    service.operator().mail.list_mail(request).await.unwrap().into_inner().mails
}

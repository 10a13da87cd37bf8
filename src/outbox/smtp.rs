//! Mails to a mail server, over TLS.
//!
//! The conversation is led command by command rather than by the library's transport, because what a refusal means
//! depends on when it comes: before the recipient is named it is about this service (its password, its address, its
//! reputation), and no mail must be given up for that; after it, it is about the mail.

use super::{
    mailer::{Mailer, Outgoing, SendFailure},
    message::{Sender, Wire},
};
use crate::config::{Security, SmtpServer};
use async_trait::async_trait;
use lettre::{
    Address,
    address::Envelope,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use secrecy::ExposeSecret;
use std::{error::Error as _, io, path::Path, time::Duration};
use tokio::{sync::Mutex, time::timeout};

/// How long a mail may take from the name's resolution to the server's last word. The library bounds only the connecting.
pub const LONGEST_SEND: Duration = Duration::from_secs(45);
/// How long a line that was kept open may take to show that it is alive, and to be closed politely.
const MOMENT: Duration = Duration::from_secs(3);

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSetup {
    /// The file with the extra root cannot be read.
    #[error("mail.smtp_ca_file cannot be read: {0}")]
    CaFile(io::ErrorKind),
    /// It holds no certificate.
    #[error("mail.smtp_ca_file holds no certificate (PEM)")]
    NoCertificate,
    /// TLS cannot be set up.
    #[error("TLS towards the mail server cannot be set up")]
    Tls,
}

/// A mail server.
pub struct Smtp {
    server: SmtpServer,
    tls: Option<TlsParameters>,
    sender: Sender,
    longest: Duration,
    /// The line that the last mail went over.
    kept: Mutex<Option<AsyncSmtpConnection>>,
}

impl Smtp {
    /// A server that is trusted by the machine's certificate authorities and by those in `ca_file`.
    pub fn new(
        server: SmtpServer,
        ca_file: Option<&Path>,
        sender: Sender,
        longest: Duration,
    ) -> Result<Self, SmtpSetup> {
        let tls = match server.security {
            Security::None => None,
            Security::StartTls | Security::Tls => {
                let mut builder = TlsParameters::builder(server.host.clone());
                if let Some(path) = ca_file {
                    let pem = std::fs::read(path).map_err(|error| SmtpSetup::CaFile(error.kind()))?;
                    // The library takes a file without any certificate for one.
                    if !pem.windows(MARK.len()).any(|part| part == MARK) {
                        return Err(SmtpSetup::NoCertificate);
                    }
                    builder = builder
                        .add_root_certificate(Certificate::from_pem(&pem).map_err(|_| SmtpSetup::NoCertificate)?);
                }
                Some(builder.build_rustls().map_err(|_| SmtpSetup::Tls)?)
            }
        };
        Ok(Self { server, tls, sender, longest, kept: Mutex::new(None) })
    }

    /// A line to the server: the one that was kept if it is alive, else a new one.
    async fn line(&self) -> Result<AsyncSmtpConnection, SendFailure> {
        let kept = self.kept.lock().await.take();
        if let Some(mut kept) = kept
            && timeout(MOMENT, kept.test_connected()).await == Ok(true)
        {
            return Ok(kept);
        }
        let hello = ClientId::default();
        let wrapped = self.tls.clone().filter(|_| self.server.security == Security::Tls);
        let place = (self.server.host.as_str(), self.server.port);
        let connected = AsyncSmtpConnection::connect_tokio1(place, Some(self.longest), &hello, wrapped, None).await;
        let mut line = connected.map_err(|error| ours(&error))?;
        if let (Security::StartTls, Some(tls)) = (self.server.security, self.tls.clone()) {
            if !line.can_starttls() {
                return Err(SendFailure::transient("starttls-missing"));
            }
            line.starttls(tls, &hello).await.map_err(|error| ours(&error))?;
        }
        if let Some((user, password)) = &self.server.credentials {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            if line.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                return Err(SendFailure::transient("auth-missing"));
            }
            line.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(|error| ours(&error))?;
        }
        Ok(line)
    }

    async fn deliver(&self, envelope: &Envelope, bytes: &[u8]) -> Result<(), SendFailure> {
        let mut line = self.line().await?;
        let delivered = converse(&mut line, envelope, bytes).await;
        if delivered.is_ok() {
            *self.kept.lock().await = Some(line);
        } else {
            close(line).await;
        }
        delivered
    }
}

/// How a certificate begins in a PEM file.
const MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendFailure> {
        let message = self.sender.message(outgoing, Wire::Ascii)?;
        let bytes = message.formatted();
        match timeout(self.longest, self.deliver(message.envelope(), &bytes)).await {
            Ok(sent) => sent,
            Err(_) => Err(SendFailure::transient("timeout")),
        }
    }

    async fn rest(&self) {
        if let Some(line) = self.kept.lock().await.take() {
            close(line).await;
        }
    }
}

/// One mail over an open line.
async fn converse(line: &mut AsyncSmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Result<(), SendFailure> {
    let mut options = Vec::new();
    let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !envelope.to().iter().chain(envelope.from()).all(ascii) {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(SendFailure::permanent("smtputf8-missing"));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    line.command(Mail::new(envelope.from().cloned(), options)).await.map_err(|error| ours(&error))?;
    for to in envelope.to() {
        line.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(|error| of_the_mail(&error))?;
    }
    line.command(Data).await.map_err(|error| of_the_mail(&error))?;
    line.message(bytes).await.map_err(|error| of_the_mail(&error))?;
    Ok(())
}

/// Says goodbye, if the other side still listens.
async fn close(mut line: AsyncSmtpConnection) {
    let _ = timeout(MOMENT, line.abort()).await;
}

/// A failure that is about this service: it is mended here, and the mail waits for it.
fn ours(error: &Error) -> SendFailure {
    SendFailure::transient(class(error))
}

/// A failure that may be about the mail.
fn of_the_mail(error: &Error) -> SendFailure {
    // Answers of this class that are about the sender's authentication or the order of commands.
    let not_about_it = matches!(error.status().map(u16::from), Some(502 | 503 | 530 | 534 | 535 | 538));
    if error.is_permanent() && !not_about_it {
        SendFailure::permanent(class(error))
    } else {
        SendFailure::transient(class(error))
    }
}

macro_rules! codes {
    ($status:expr, $($code:literal),+) => {
        match $status {
            $($code => concat!("smtp-", $code),)+
            400..=499 => "smtp-4xx",
            _ => "smtp-5xx",
        }
    };
}

/// The fixed word for a failure.
fn class(error: &Error) -> &'static str {
    if let Some(status) = error.status() {
        return codes!(
            u16::from(status),
            421,
            432,
            450,
            451,
            452,
            454,
            455,
            500,
            501,
            502,
            503,
            504,
            521,
            530,
            534,
            535,
            538,
            550,
            551,
            552,
            553,
            554,
            555,
            556
        );
    }
    if error.is_timeout() {
        return "timeout";
    }
    let mut source = error.source();
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(_)) => return "tls-certificate",
            Some(_) => return "tls",
            None => source = cause.source(),
        }
    }
    "connection"
}

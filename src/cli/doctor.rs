//! `ombord doctor`: what stands between this setup and a safe start, and what to do about it.

use super::{Given, output::say};
use crate::{
    app::{self, System},
    auth::ring::KeyRing,
    config::{DatabaseKind, Mode, Settings},
    domain::vocabulary::AgreementKind,
    service::ports::Clock,
    store::Store,
};
use std::{fmt, io, process::ExitCode, sync::Arc};

/// How far the database's clock may be off, in seconds.
const CLOCK_SKEW: i64 = 5;

/// What a production setup gives at least.
const LEAST: &str = "\
The least settings of a production setup:
  DATABASE_URL=postgres://ombord@db.example/ombord?sslmode=verify-full   (or the file DATABASE_URL_FILE names)
  OMBORD_AUTH_JWKS_URL=https://login.example/.well-known/jwks.json
  OMBORD_AUTH_ISSUER=https://login.example
  OMBORD_AUTH_AUDIENCE=ombord
  OMBORD_GRPC_LISTEN=0.0.0.0:50051
With invitations, the form and mails besides:
  OMBORD_WEB_BASE_URL=https://ombord.example
  OMBORD_OPERATOR_NAME='Brevlådan AB'
  OMBORD_OPERATOR_EMAIL=avtal@www.example                               (told of contests)
  OMBORD_OPERATOR_PRIVACY_NOTICE_URL=https://www.example/privacy
  OMBORD_MAIL_SMTP_URL=smtps://USER:PASSWORD@mail.example:465            (or the file OMBORD_MAIL_SMTP_URL_FILE names)
  OMBORD_MAIL_FROM=avtal@ombord.example
With receipts and a log that shows tampering:
  OMBORD_LEDGER_NAME=ombord.example
  OMBORD_LEDGER_SIGNING_KEY_FILE=ledger.pem                              (openssl genpkey -algorithm ed25519)
  OMBORD_LEDGER_CHECKPOINT_FILE=/mnt/elsewhere/ombord.checkpoint
Then: ombord migrate, ombord doctor, ombord serve.";

struct Report {
    faults: usize,
    /// Whether all of it could be written.
    told: io::Result<()>,
}

impl Report {
    fn line(&mut self, text: fmt::Arguments<'_>) {
        if self.told.is_ok() {
            self.told = say!("{text}");
        }
    }

    fn good(&mut self, what: &str) {
        self.line(format_args!("ok    {what}"));
    }

    fn advice(&mut self, what: &str, remedy: &str) {
        self.line(format_args!("to do {what}\n      {remedy}"));
    }

    fn fault(&mut self, what: &str, remedy: &str) {
        self.faults += 1;
        self.line(format_args!("FAULT {what}\n      {remedy}"));
    }
}

/// Checks everything that can be checked without changing anything.
pub(crate) async fn run(given: &Given) -> anyhow::Result<ExitCode> {
    let mut report = Report { faults: 0, told: Ok(()) };
    let settings = match given.settings(Mode::Serve) {
        Ok(settings) => {
            report.good("settings");
            settings
        }
        Err(error) => {
            report.fault(&format!("{error:#}"), "Mend the settings named above.");
            report.line(format_args!("\n{LEAST}\n"));
            match given.settings(Mode::Command) {
                Ok(settings) => settings,
                Err(_) => {
                    report.told?;
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
    };
    keys(&settings, &mut report).await;
    people(&settings, &mut report);
    database(&settings, &mut report).await;
    report.told?;
    say!("\n{}", if report.faults == 0 { "ready to serve".to_owned() } else { format!("{} to mend", report.faults) })?;
    Ok(if report.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn keys(settings: &Settings, report: &mut Report) {
    let Some(source) = settings.auth.keys.clone() else { return };
    match KeyRing::open(source).await {
        Ok(_) => report.good("the token issuer's public keys"),
        Err(error) => report.fault(
            &format!("the token issuer's public keys: {error}"),
            "Check auth.jwks_url or auth.jwks_file, and that this machine may reach it.",
        ),
    }
}

/// What the sender's own person needs; all of it may be left out.
fn people(settings: &Settings, report: &mut Report) {
    match (&settings.web.base_url, &settings.mail.smtp) {
        (None, _) => report.advice(
            "web.base_url: not given, so there are no invitations and no mails",
            "Give it with operator.name, operator.email and operator.privacy_notice_url, if people are to accept on the form.",
        ),
        (Some(_), None) => report.advice(
            "mail.smtp_url: not given, so mails are only written as files",
            "Give it with mail.from, so that invitations reach anybody.",
        ),
        (Some(_), Some(_)) => report.good("invitations, the form and mails are set up"),
    }
    if settings.ledger.signing_key.is_none() {
        report.advice(
            "ledger.signing_key: not given, so there are no receipts and no checkpoints",
            "Make one with openssl genpkey -algorithm ed25519, and keep it safe.",
        );
    } else if settings.ledger.checkpoint_file.is_none()
        && settings.ledger.checkpoint_url.is_none()
        && settings.ledger.checkpoint_email.is_none()
    {
        report.advice(
            "ledger.checkpoint_file, ledger.checkpoint_url, ledger.checkpoint_email: none is given",
            "A checkpoint outside the database is what shows that the database lost entries.",
        );
    } else {
        report.good("receipts, and checkpoints kept elsewhere");
    }
}

async fn database(settings: &Settings, report: &mut Report) {
    if settings.database.kind() == DatabaseKind::Sqlite {
        report.good("database: SQLite, for one process; more nodes need PostgreSQL");
    }
    let store = match app::open_store(&settings.database).await {
        Ok(store) => store,
        Err(error) => {
            let remedy =
                "Check database.url. An SQLite file belongs to one process: stop the service before the doctor looks.";
            return report.fault(&format!("database: {error:#}"), remedy);
        }
    };
    let obstacles = match store.obstacles().await {
        Ok(obstacles) => obstacles,
        Err(error) => return report.fault(&format!("database: {error}"), "Check that the database answers."),
    };
    for obstacle in &obstacles {
        report.fault(&format!("database: {obstacle}"), "The service refuses to start until this is mended.");
    }
    if obstacles.is_empty() {
        report.good("database: durable, and its schema is the one this program knows");
        facts(&store, report).await;
    }
    clock(&store, report).await;
}

async fn clock(store: &Arc<dyn Store>, report: &mut Report) {
    let before = System.now();
    match store.clock().await {
        Ok(theirs) => {
            let skew = (theirs.micros() - before.micros()).abs() / 1_000_000;
            if skew > CLOCK_SKEW {
                report.fault(
                    &format!("clock: {skew} s off the database's"),
                    "Let both machines follow the same time servers.",
                );
            } else {
                report.good("clock: agrees with the database's");
            }
        }
        Err(error) => report.fault(&format!("clock: {error}"), "Check that the database answers."),
    }
}

async fn facts(store: &Arc<dyn Store>, report: &mut Report) {
    let agreements = match store.read().await {
        Ok(mut reader) => reader.agreements().await,
        Err(error) => Err(error),
    };
    match agreements {
        Ok(agreements) => {
            let now = System.now();
            let terms = agreements.iter().find(|a| a.kind == AgreementKind::GeneralTerms);
            if terms.is_some_and(|terms| terms.in_force(now).is_some()) {
                report.good("general terms: a version is in force");
            } else {
                report.advice(
                    "general terms: no version is in force, so every send is denied",
                    "Once the service runs: create the general terms and publish a version (AgreementService).",
                );
            }
        }
        Err(error) => report.fault(&format!("database: {error}"), "Check that the database answers."),
    }
}

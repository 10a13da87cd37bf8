//! `ombord serve` and `ombord demo`.

use super::{
    Given, banner,
    demo::{self, Mailbox, Who},
    dev_data,
    output::Output,
    token::{self, TokenRole},
};
use crate::{
    app::{self, Node, System},
    auth::{claims::TokenRules, issuer::Issuer, ring::KeySource},
    config::{Mode, Settings},
    domain::ids::{IntegratorId, LedgerId},
    lifecycle,
    service::ports::{Clock, Entropy},
    store::Store,
    telemetry,
};
use anyhow::Context;
use clap::Args;
use secrecy::SecretString;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};
use tempfile::TempDir;
use tokio::{runtime::Handle, sync::mpsc};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// For trying things out: a database that is thrown away (unless database.url is given), a signing key of its own,
    /// printed tokens and ready-to-paste calls.
    #[arg(long)]
    dev: bool,
    /// Start though the database lacks entries that a checkpoint elsewhere counts: tells which are lost, gives the ledger
    /// a new id, and records both with this reason. Only where no newer copy is left.
    #[arg(long, value_name = "REASON", conflicts_with = "dev")]
    accept_rollback: Option<String>,
}

/// Runs the service until a signal.
pub(crate) async fn run(given: &Given, verb: Serve, gate: Handle) -> anyhow::Result<ExitCode> {
    if verb.dev {
        return dev(given, gate).await;
    }
    let settings = given.settings(Mode::Serve)?;
    telemetry::start(&settings.log)?;
    let keys = settings.auth.keys.clone().context("the token issuer's keys are not configured")?;
    let store = app::open_store(&settings.database).await?;
    if let Some(reason) = &verb.accept_rollback {
        match app::accept_rollback(&settings, &store, reason).await? {
            Some(lost) => tracing::warn!("the loss of entries was accepted: {lost}"),
            None => tracing::warn!("--accept-rollback: nothing is lost, leave it out"),
        }
    }
    let node = app::start(&settings, store.clone(), keys, gate).await?;
    // Before anybody is told: who then ends it at once ends it well.
    let signals = lifecycle::signals()?;
    tracing::info!(address = %node.address, "serving");
    let end = node.run(signals).await;
    app::close_store(store.as_ref()).await;
    Ok(end.exit_code())
}

/// A service with a token issuer of its own, and a database that lives as long as it does.
struct Throwaway {
    node: Node,
    issuer: Issuer,
    rules: TokenRules,
    /// Where mails are written; nothing with a mail server.
    mails: Option<PathBuf>,
    store: Arc<dyn Store>,
    _folder: TempDir,
}

async fn throwaway(mut settings: Settings, own_database: bool, gate: Handle) -> anyhow::Result<Throwaway> {
    let folder = tempfile::Builder::new().prefix("ombord-").tempdir()?;
    if own_database {
        settings.database.url = SecretString::from(format!("sqlite://{}", folder.path().join("ombord.db").display()));
    }
    if settings.web.base_url.is_none() {
        settings.web.base_url = Some(format!("http://127.0.0.1:{}", settings.web.listen.port()));
        settings.operator.name.get_or_insert("Postlådan Norden AB".to_owned());
        settings.operator.email.get_or_insert("avtal@postladan.example".to_owned());
        settings.operator.privacy_notice_url.get_or_insert("https://www.example.com/privacy".to_owned());
    }
    if !settings.mail.directory_given {
        settings.mail.directory = folder.path().join("mail");
    }
    if settings.mail.smtp.is_none() {
        // The pace is for mail servers; whoever tries things out need not wait for a file.
        settings.mail.per_minute = 6000;
    }
    settings.auth.rules = token::rules(&settings.auth.rules);
    settings.ledger.signing_key.get_or_insert(Issuer::from_seed(System::random())?.pem());
    let issuer = Issuer::from_seed(System::random())?;
    let store = app::open_store(&settings.database).await?;
    store.migrate(LedgerId(System.uuid_v7())).await?;
    let keys = KeySource::Fixed(issuer.public_keys().to_owned());
    let node = app::start(&settings, store.clone(), keys, gate).await?;
    let mails = settings.mail.smtp.is_none().then_some(settings.mail.directory);
    Ok(Throwaway { node, issuer, rules: settings.auth.rules, mails, store, _folder: folder })
}

impl Throwaway {
    fn mint(issuer: &Issuer, rules: &TokenRules, who: Who) -> String {
        let integrator = |slug: &str| IntegratorId::parse(slug).ok();
        let grant = match who {
            Who::Operator(subject) => token::grant(TokenRole::Operator, subject, None, LIFETIME),
            Who::Integrator(slug) => token::grant(TokenRole::Integrator, "system", integrator(slug), LIFETIME),
            Who::Gateway => token::grant(TokenRole::Gateway, "gateway", None, LIFETIME),
            Who::Auditor => token::grant(TokenRole::Auditor, "auditor", None, LIFETIME),
            // A person has a link, and calls nothing.
            Who::Person => return "none".to_owned(),
        };
        issuer.mint(&grant, rules, System.now()).unwrap_or_default()
    }
}

/// How long the printed tokens last: a working day.
const LIFETIME: i64 = 12 * 3600;

async fn dev(given: &Given, gate: Handle) -> anyhow::Result<ExitCode> {
    let settings = given.settings(Mode::Dev)?;
    telemetry::start(&settings.log)?;
    let own_database = !settings.database.given;
    let Throwaway { node, issuer, rules, mails, store, _folder } = throwaway(settings, own_database, gate).await?;
    let address = node.address;
    let ended = tokio::spawn(node.run(lifecycle::signals()?));
    let mint = |who: Who| Throwaway::mint(&issuer, &rules, who);
    let senders = dev_data::fill(address, &mint).await?;
    banner::print(&mut Output, address, &mint, mails.as_deref(), &senders)?;
    let end = ended.await?;
    app::close_store(store.as_ref()).await;
    Ok(end.exit_code())
}

/// Tells the whole story on a temporary database; succeeds only if every answer was as expected.
pub(crate) async fn demo(gate: Handle) -> anyhow::Result<ExitCode> {
    // The surroundings do not matter to the story: it has a database, a port and a key of its own.
    let mut settings = Settings::default();
    settings.grpc.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.web.listen = settings.grpc.listen;
    settings.shutdown.drain = std::time::Duration::ZERO;
    let Throwaway { node, issuer, rules, mails, _folder, .. } = throwaway(settings, true, gate).await?;
    let address = node.address;
    let keys = node.services.log.as_ref().map(|log| log.verifying().to_vec()).unwrap_or_default();
    let mailbox = Mailbox { folder: mails.unwrap_or_default(), keys };
    let (stop, signals) = mpsc::channel(1);
    let ended = tokio::spawn(node.run(signals));
    let mint = |who: Who| Throwaway::mint(&issuer, &rules, who);
    let told = demo::tell(address, &mint, &mut Output, System.now(), mailbox).await;
    stop.send("the story's end").await.context("the service ended before the story did")?;
    ended.await?;
    Ok(if told? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

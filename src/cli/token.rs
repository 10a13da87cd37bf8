//! `ombord token`: tokens for development. Production has an identity provider.

use super::{Given, output::say};
use crate::{
    app::System,
    auth::{
        claims::TokenRules,
        issuer::{Grant, Issuer},
    },
    config::Mode,
    domain::ids::IntegratorId,
    service::{caller::Scopes, ports::Clock},
};
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What the token's bearer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenRole {
    /// An integrator's system; needs --integrator-id.
    Integrator,
    /// The send gateway.
    Gateway,
    /// Operator staff.
    Operator,
    /// An auditor.
    Auditor,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    /// What the token's bearer is.
    #[arg(long)]
    role: TokenRole,
    /// Who the bearer is.
    #[arg(long, default_value = "developer")]
    sub: String,
    /// The integrator's slug.
    #[arg(long)]
    integrator_id: Option<String>,
    /// The signing key's PEM file; made if it is not there.
    #[arg(long, default_value = "data/dev-signing-key.pem")]
    key: PathBuf,
    /// Where to write the public keys, for auth.jwks_file.
    #[arg(long, default_value = "data/dev-jwks.json")]
    jwks: PathBuf,
    /// Seconds until it expires.
    #[arg(long, default_value_t = 8 * 3600)]
    lifetime: i64,
}

/// The name that development tokens give as issuer and audience where the settings name none.
pub(crate) const DEVELOPMENT: &str = "ombord-development";

/// The rules of the settings, with names for development where they have none.
pub(crate) fn rules(configured: &TokenRules) -> TokenRules {
    let or = |text: &str| if text.is_empty() { DEVELOPMENT.to_owned() } else { text.to_owned() };
    TokenRules { issuer: or(&configured.issuer), audience: or(&configured.audience), ..configured.clone() }
}

/// What a role may do.
pub(crate) fn grant(role: TokenRole, subject: &str, integrator: Option<IntegratorId>, lifetime_seconds: i64) -> Grant {
    let scopes = match role {
        TokenRole::Integrator => Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE),
        TokenRole::Gateway => Scopes::GATE_CHECK,
        TokenRole::Operator => Scopes::OPERATOR,
        TokenRole::Auditor => Scopes::AUDIT_READ,
    };
    Grant { subject: subject.to_owned(), integrator, scopes, lifetime_seconds }
}

/// Prints one token.
pub(crate) fn run(given: &Given, verb: Token) -> anyhow::Result<ExitCode> {
    let settings = given.settings(Mode::Command)?;
    let integrator = verb.integrator_id.as_deref().map(IntegratorId::parse).transpose().context("--integrator-id")?;
    if (verb.role == TokenRole::Integrator) != integrator.is_some() {
        bail!("--role integrator needs --integrator-id, and no other role takes it");
    }
    let issuer = key(&verb.key)?;
    write(&verb.jwks, issuer.public_keys().as_bytes(), 0o644, true)?;
    let grant = grant(verb.role, &verb.sub, integrator, verb.lifetime);
    say!("{}", issuer.mint(&grant, &rules(&settings.auth.rules), System.now())?)?;
    Ok(ExitCode::SUCCESS)
}

/// The key of a file, which is made if it is not there.
fn key(path: &Path) -> anyhow::Result<Issuer> {
    match fs::read_to_string(path) {
        Ok(pem) => Ok(Issuer::from_pem(&SecretString::from(pem))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let issuer = Issuer::from_seed(System::random())?;
            write(path, issuer.pem().expose_secret().as_bytes(), 0o600, false)?;
            Ok(issuer)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn write(path: &Path, bytes: &[u8], mode: u32, replace: bool) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(replace).create_new(!replace).mode(mode);
    let mut file = options.open(path).with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(bytes).with_context(|| format!("{} cannot be written", path.display()))
}

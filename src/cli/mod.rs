//! The commands of the one binary, a file each. Settings are given by file, variable or flag, with the same names.

mod banner;
mod bench;
mod client;
mod demo;
mod dev_data;
mod doctor;
mod gate_proxy;
mod health;
mod import;
mod keys;
mod ledger;
mod migrate;
mod outbox;
mod output;
mod protos;
mod receipt;
mod serve;
mod token;

use crate::{
    config::{Mode, Settings},
    lifecycle,
};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use std::{path::PathBuf, process::ExitCode};
use tokio::runtime::Runtime;

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the service.
    Serve(serve::Serve),
    /// Answer the gate's questions on this machine, from facts that are kept up to date by a running service.
    GateProxy(gate_proxy::GateProxy),
    /// Bring the database's schema up to date.
    Migrate,
    /// Make a token for development, with a key of its own.
    Token(token::Token),
    /// Start the service on a temporary database and drive it as its users would.
    Demo,
    /// Send a CSV file to a running service.
    #[command(subcommand)]
    Import(import::Import),
    /// Look at the mails that are to go out, pause them, send them again. On SQLite only while the service is stopped.
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Verify the ledger, and print the keys that others verify with.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Verify a receipt, without the service.
    #[command(subcommand)]
    Receipt(receipt::Receipt),
    /// Write the API's proto files.
    Protos(protos::Protos),
    /// Measure a service, next to a bare gRPC server that answers the same.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Ask a running service whether it serves.
    Health(health::Health),
    /// Check settings, database, clock and keys, and say what to do.
    Doctor,
}

#[derive(Debug, Args)]
struct Common {
    /// A TOML file with settings.
    #[arg(long, global = true, env = "OMBORD_CONFIG")]
    config: Option<PathBuf>,
}

/// What every command needs to read the settings.
pub(crate) struct Given {
    file: Option<PathBuf>,
    flags: Vec<(String, String)>,
}

impl Given {
    /// The settings: defaults, file, variables, flags.
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub(crate) fn settings(&self, mode: Mode) -> anyhow::Result<Settings> {
        let own =
            |(name, _): &(String, String)| !OWN_VARIABLES.contains(&name.as_str()) && !name.starts_with("OMBORD_TEST_");
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let all = variables.filter(own).chain(self.flags.iter().cloned());
        Ok(Settings::load(self.file.as_deref(), all, mode)?)
    }
}

/// Variables that are no settings: those of the commands that are clients.
const OWN_VARIABLES: &[&str] = &["OMBORD_CONFIG", "OMBORD_ADDRESS", "OMBORD_TOKEN"];

fn command() -> Command {
    let command = Command::new("ombord")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .subcommand_required(true)
        .arg_required_else_help(true);
    let flags = Settings::describe().into_iter().map(|setting| {
        let flag = setting.name.replace(['.', '_'], "-");
        let help = if setting.default.is_empty() {
            setting.meaning.to_owned()
        } else {
            format!("{} [default: {}]", setting.meaning, setting.default)
        };
        Arg::new(setting.name)
            .long(flag)
            .value_name("VALUE")
            .help(help)
            .global(true)
            .hide_short_help(true)
            .help_heading("Settings")
    });
    Verb::augment_subcommands(Common::augment_args(command)).args(flags)
}

/// Reads the command line and runs the command.
pub fn run() -> ExitCode {
    let matches = command().get_matches();
    match dispatch(&matches) {
        Ok(code) => code,
        Err(error) => output::unread(&error).unwrap_or_else(|| {
            output::hint!("ombord: {error:#}");
            ExitCode::from(2)
        }),
    }
}

fn dispatch(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let verb = Verb::from_arg_matches(matches)?;
    let common = Common::from_arg_matches(matches)?;
    let flags = Settings::describe().into_iter().filter_map(|setting| {
        let value = deepest(matches, setting.name)?;
        Some((setting.variable, value))
    });
    let given = Given { file: common.config, flags: flags.collect() };
    match verb {
        Verb::Serve(verb) => lifecycle::beside_the_gate(|gate| serve::run(&given, verb, gate))?,
        Verb::GateProxy(verb) => alone(gate_proxy::run(&given, verb)),
        Verb::Migrate => alone(migrate::run(&given)),
        Verb::Token(verb) => token::run(&given, verb),
        Verb::Demo => lifecycle::beside_the_gate(serve::demo)?,
        Verb::Import(verb) => alone(import::run(verb)),
        Verb::Outbox(verb) => alone(outbox::run(&given, verb)),
        Verb::Ledger(verb) => alone(ledger::run(&given, verb)),
        Verb::Receipt(verb) => receipt::run(verb),
        Verb::Protos(verb) => protos::run(verb),
        Verb::Bench(verb) => alone(bench::run(verb)),
        Verb::Health(verb) => alone(health::run(verb)),
        Verb::Doctor => alone(doctor::run(&given)),
    }
}

/// Runs a command that serves nobody, or nothing but the gate.
fn alone(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    Runtime::new()?.block_on(command)
}

/// A flag's value, given before or after the command.
fn deepest(matches: &ArgMatches, name: &str) -> Option<String> {
    let inner = matches.subcommand().and_then(|(_, inner)| deepest(inner, name));
    inner.or_else(|| matches.try_get_one::<String>(name).ok().flatten().cloned())
}

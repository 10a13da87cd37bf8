//! `ombord outbox`: what stands in the outbox, and how its sending is paused, let go on and taken up again. It works on
//! the database itself: beside a running service on PostgreSQL, instead of one on SQLite.

use super::{Given, output::Output};
use crate::{
    app::{self, System},
    config::{DatabaseKind, Mode},
    domain::{
        ids::MessageId,
        mail::{MailPurpose, MailState},
    },
    service::{
        error::Error,
        mail::{retry, set_paused},
        ports::Clock,
    },
    store::{MailFilter, MailRow, Store},
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use std::{io::Write, process::ExitCode, sync::Arc};

/// How many mails are read at once.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// List mails: id, kind, state, attempts, when the next try is due, and what went wrong last. Never an address.
    List(List),
    /// Stop sending, on all nodes, until `resume`. Mails wait.
    Pause,
    /// Send again.
    Resume,
    /// Send a mail again that was given up or came back, as if it had never been tried.
    Retry(Retry),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only mails in this state; may be given several times. Without it, those that wait and those that were given up.
    #[arg(long, value_enum)]
    state: Vec<State>,
    /// At most so many.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Retry {
    /// Which mail.
    message_id: Option<String>,
    /// All that were given up.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Pending,
    Sent,
    Bounced,
    Dead,
    Cancelled,
}

impl From<State> for MailState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Sent => Self::Sent,
            State::Bounced => Self::Bounced,
            State::Dead => Self::Dead,
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// Runs one of the commands.
pub(crate) async fn run(given: &Given, verb: Outbox) -> anyhow::Result<ExitCode> {
    let settings = given.settings(Mode::Command)?;
    app::must_exist(&settings.database)?;
    let store = app::open_store(&settings.database).await;
    let store = match settings.database.kind() {
        DatabaseKind::Sqlite => {
            store.context("on SQLite this works while the service is stopped: the file belongs to one process")?
        }
        DatabaseKind::Postgres => store?,
    };
    let obstacles = store.obstacles().await?;
    if !obstacles.is_empty() {
        bail!("the database is not fit to work on:\n  - {}", obstacles.join("\n  - "));
    }
    let mut out = Output;
    match verb {
        Outbox::List(wanted) => listed(&store, &wanted, &mut out).await?,
        Outbox::Pause => {
            let changed = set_paused(store.as_ref(), true).await.map_err(plain)?;
            writeln!(out, "{}", if changed { "the outbox is paused: mails wait" } else { "it was paused already" })?;
        }
        Outbox::Resume => {
            let changed = set_paused(store.as_ref(), false).await.map_err(plain)?;
            writeln!(out, "{}", if changed { "the outbox goes on" } else { "it was not paused" })?;
        }
        Outbox::Retry(Retry { message_id, .. }) => {
            let only = message_id.map(|id| id.parse::<MessageId>()).transpose().context("the mail's id")?;
            let count = retry(store.as_ref(), only, System.now()).await.map_err(plain)?;
            writeln!(out, "{count} to be sent again")?;
            if only.is_some() && count == 0 {
                writeln!(out, "it was neither given up nor did it come back")?;
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn listed(store: &Arc<dyn Store>, wanted: &List, out: &mut impl Write) -> anyhow::Result<()> {
    if store.read().await?.outbox_paused().await? {
        writeln!(out, "# the outbox is paused; `ombord outbox resume` lets it go on")?;
    }
    writeln!(out, "{:<36} {:<20} {:<9} {:>8} {:<27} fault", "message_id", "kind", "state", "attempts", "due")?;
    let states: Vec<MailState> = wanted.state.iter().map(|state| MailState::from(*state)).collect();
    let states = if states.is_empty() { vec![MailState::Pending, MailState::Dead] } else { states };
    let mut filter = MailFilter { states, ..MailFilter::default() };
    let mut left = wanted.limit;
    while left > 0 {
        let rows = store.read().await?.mails(&filter, left.min(PAGE)).await?;
        let Some(last) = rows.last() else { break };
        filter.after = Some(last.message_id);
        left = left.saturating_sub(u32::try_from(rows.len()).unwrap_or(left));
        for row in &rows {
            writeln!(out, "{}", line(row))?;
        }
    }
    if left == 0 {
        writeln!(out, "# more may follow: --limit")?;
    }
    Ok(())
}

fn line(row: &MailRow) -> String {
    let state = match row.state {
        MailState::Pending => "PENDING",
        MailState::Sent => "SENT",
        MailState::Bounced => "BOUNCED",
        MailState::Dead => "DEAD",
        MailState::Cancelled => "CANCELLED",
    };
    let due = if row.state == MailState::Pending { row.due.to_string() } else { "-".to_owned() };
    let (kind, fault) = (MailPurpose::name(&row.purpose), row.fault.as_deref().unwrap_or("-"));
    format!("{:<36} {kind:<20} {state:<9} {:>8} {due:<27} {fault}", row.message_id.to_string(), row.attempts)
}

/// A refusal, with its inner cause.
fn plain(error: Error) -> anyhow::Error {
    anyhow::anyhow!(error.told())
}

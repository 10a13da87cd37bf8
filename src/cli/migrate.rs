//! `ombord migrate`.

use super::{Given, output::say};
use crate::{
    app::{self, System},
    config::Mode,
    domain::ids::LedgerId,
    service::ports::Entropy,
};
use std::process::ExitCode;

/// Brings the schema up to date and says what still stands in the way of a start.
pub(crate) async fn run(given: &Given) -> anyhow::Result<ExitCode> {
    let settings = given.settings(Mode::Command)?;
    let store = app::open_store(&settings.database).await?;
    store.migrate(LedgerId(System.uuid_v7())).await?;
    let obstacles = store.obstacles().await?;
    say!("the schema is up to date")?;
    for obstacle in &obstacles {
        say!("- {obstacle}")?;
    }
    Ok(if obstacles.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

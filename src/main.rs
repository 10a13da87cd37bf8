//! The `ombord` program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    ombord::cli::run().await
}

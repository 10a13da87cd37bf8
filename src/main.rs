//! The `ombord` program.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A call is to a good part allocations, and a sender in memory is a few small ones.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ombord::cli::run()
}

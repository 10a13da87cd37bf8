//! Standard output, whose reader may go at any time (`ombord doctor | head`): then the command ends without a word.

use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Standard output. A write that nobody reads any more is told from other broken connections.
pub(crate) struct Output;

#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
struct Unread;

fn told(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::BrokenPipe { io::Error::other(Unread) } else { error }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes).map_err(told)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush().map_err(told)
    }
}

/// The exit code of a command that ended because nobody reads its output: as shells tell of SIGPIPE, and never that of a
/// success which it had not come to.
pub(crate) fn unread(error: &anyhow::Error) -> Option<ExitCode> {
    let of = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>()?.get_ref().filter(|inner| inner.is::<Unread>()).map(|_| ())
    };
    error.chain().find_map(of).map(|()| ExitCode::from(141))
}

/// Writes a line to [`Output`].
macro_rules! say {
    ($($text:tt)*) => {
        std::io::Write::write_fmt(&mut $crate::cli::output::Output, format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Writes a line to standard error; whether anybody reads it makes no difference.
macro_rules! hint {
    ($($text:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{}\n", format_args!($($text)*)));
    }};
}

pub(crate) use {hint, say};

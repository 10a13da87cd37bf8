//! `ombord protos`: writes the API's proto files, so that a client needs nothing but the binary.

use super::output::say;
use anyhow::Context;
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, Args)]
pub(crate) struct Protos {
    /// The folder to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

macro_rules! files {
    ($($path:literal),+ $(,)?) => { &[$(($path, include_str!(concat!("../../proto/", $path)))),+] };
}

/// Every file under `proto/`.
const FILES: &[(&str, &str)] = files![
    "google/rpc/status.proto",
    "ombord/v1/acceptance.proto",
    "ombord/v1/acceptance_service.proto",
    "ombord/v1/agreement.proto",
    "ombord/v1/agreement_service.proto",
    "ombord/v1/decision.proto",
    "ombord/v1/errors.proto",
    "ombord/v1/exception.proto",
    "ombord/v1/exception_service.proto",
    "ombord/v1/explanation.proto",
    "ombord/v1/gate_service.proto",
    "ombord/v1/integrator.proto",
    "ombord/v1/integrator_service.proto",
    "ombord/v1/invitation.proto",
    "ombord/v1/ledger_service.proto",
    "ombord/v1/mail_service.proto",
    "ombord/v1/reasons.proto",
    "ombord/v1/sender.proto",
    "ombord/v1/sender_service.proto",
    "ombord/v1/types.proto",
    "ombord/v1/watch.proto",
];

/// Writes them and says where.
pub(crate) fn run(verb: Protos) -> anyhow::Result<ExitCode> {
    write(&verb.out)?;
    say!("{} files written to {}", FILES.len(), verb.out.display())?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the files below `out`, over what is there.
pub(crate) fn write(out: &Path) -> anyhow::Result<()> {
    for (path, text) in FILES {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn every_proto_file_is_written_to_the_byte() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto");
        let out = tempfile::tempdir().unwrap();
        write(out.path()).unwrap();
        let mut wanted = below(&source);
        wanted.retain(|path| path.extension().is_some_and(|extension| extension == "proto"));
        wanted.sort();
        let mut written = below(out.path());
        written.sort();
        assert_eq!(written.len(), wanted.len());
        for (written, wanted) in written.iter().zip(&wanted) {
            assert_eq!(written.strip_prefix(out.path()).unwrap(), wanted.strip_prefix(&source).unwrap());
            assert_eq!(fs::read(written).unwrap(), fs::read(wanted).unwrap());
        }
    }
}

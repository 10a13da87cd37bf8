//! Processes: what they use, on which processor they run, and those that are started for a measurement.

use anyhow::{Context, bail};
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// A second of `/proc/PID/stat`, which is the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What a process has used, or used between two moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// Seconds of processor, its own and the kernel's for it.
    pub cpu_seconds: f64,
    /// Memory that is resident.
    pub resident_bytes: u64,
}

impl Usage {
    /// Of a process.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the server's process is gone")?;
        // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
        let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat is not as expected")?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).context("/proc/PID/stat is not as expected")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
        Ok(Self {
            cpu_seconds: (user + system) / TICKS,
            resident_bytes: kilobytes.context("/proc/PID/status has no VmRSS")? * 1024,
        })
    }

    /// Of a process that may be on another machine.
    pub fn maybe(pid: Option<u32>) -> anyhow::Result<Option<Self>> {
        pid.map(Self::of).transpose()
    }

    /// What was used since an earlier moment; the memory is that of now.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self { cpu_seconds: self.cpu_seconds - before.cpu_seconds, ..*self }
    }
}

/// Which processor the servers run on, and which the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pinning {
    /// The servers', one after the other.
    pub server: usize,
    /// That of the load.
    pub load: usize,
}

impl Pinning {
    /// The first and the last processor that this process may use; nothing where there is only one, or no `taskset`.
    pub fn possible() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        let number = |part: Option<&str>| part?.trim().parse().ok();
        let (server, load) = (number(list.split([',', '-']).next())?, number(list.rsplit([',', '-']).next())?);
        let works = Command::new("taskset").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
        (server != load && works.is_ok_and(|status| status.success())).then_some(Self { server, load })
    }

    /// Moves the thread that calls to the load's processor.
    pub fn load_here(&self) -> anyhow::Result<()> {
        let link = fs::read_link("/proc/thread-self").context("/proc/thread-self")?;
        let thread = link.file_name().context("/proc/thread-self")?;
        let mut command = Command::new("taskset");
        let moved = command.args(["-pc", &self.load.to_string()]).arg(thread).output()?;
        if !moved.status.success() {
            bail!("taskset: {}", String::from_utf8_lossy(&moved.stderr).trim());
        }
        Ok(())
    }
}

/// A program's command, on one processor if it is to be.
pub fn pinned(program: &std::path::Path, processor: Option<usize>) -> Command {
    match processor {
        Some(processor) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &processor.to_string()]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// A server in a process of its own. Killed when dropped: it holds nothing that is worth an orderly end.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
    /// What it needs as long as it runs.
    folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts a command whose files are in `folder`. What it says goes to a file there: whoever reads a pipe takes part in
    /// what is measured.
    pub fn start(mut command: Command, folder: TempDir) -> anyhow::Result<Self> {
        let log = folder.path().join("log");
        let file = File::create(&log)?;
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn();
        let child = child.with_context(|| format!("{:?} cannot be started", command.get_program()))?;
        Ok(Self { child, log, folder })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Waits until it has said, in a line of JSON, at which address it is serving.
    pub async fn address(&mut self, patience: Duration) -> anyhow::Result<SocketAddr> {
        self.until(patience, "it said where it listens", |log| log.lines().find_map(address)).await
    }

    /// Waits until `found` finds something in what it has said.
    pub async fn until<T>(
        &mut self,
        patience: Duration,
        what: &str,
        found: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        let waiting = async {
            loop {
                let log = fs::read_to_string(&self.log)?;
                if let Some(found) = found(&log) {
                    return Ok(found);
                }
                if let Some(status) = self.child.try_wait()? {
                    bail!("the server ended ({status}) before {what}:\n{log}");
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(patience, waiting).await;
        waited.with_context(|| format!("{} s were over before {what}", patience.as_secs()))?
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line["message"] == "serving" { line["address"].as_str()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_what_it_uses() {
        let before = Usage::of(std::process::id()).unwrap();
        let used = Usage::of(std::process::id()).unwrap().since(&before);
        assert!(used.cpu_seconds >= 0.0 && used.resident_bytes > 1 << 20, "{used:?}");
    }

    #[test]
    fn the_address_is_read_from_the_log() {
        assert_eq!(address(r#"{"message":"other","address":"127.0.0.1:1"}"#), None);
        let found = address(r#"{"level":"INFO","message":"serving","address":"127.0.0.1:1"}"#);
        assert_eq!(found, Some("127.0.0.1:1".parse().unwrap()));
    }
}

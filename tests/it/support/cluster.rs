//! A PostgreSQL server started from the machine's own programs: one for all tests, or one of a test's own, which it may
//! stop, hang and have followed by a standby. It ends with this process, however that ends.

use super::variable;
use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Waits until the pipe to this process closes, then ends the server, be it stopped or hung, and cleans up.
const GUARD: &str = r#"
read -r _
if pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null); then
    kill -CONT $pid $(cat /proc/$pid/task/$pid/children 2>/dev/null) 2>/dev/null
    kill -QUIT $pid 2>/dev/null
    while kill -0 $pid 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$1"
"#;

/// The server.
pub struct Cluster {
    pub address: SocketAddr,
    folder: PathBuf,
    guard: Child,
}

/// The folder of the newest PostgreSQL's programs.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let found = versions.filter(|path| path.join("bin/initdb").exists()).max_by_key(number)?;
    Some(found.join("bin"))
}

/// One of PostgreSQL's programs.
pub fn program(name: &str) -> PathBuf {
    let found = binaries().map(|folder| folder.join(name)).filter(|path| path.exists());
    found.unwrap_or_else(|| name.into())
}

/// The command of one of PostgreSQL's programs, as a user that it takes: the server refuses to run as root.
fn command(name: &str) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program(name));
        command
    } else {
        Command::new(program(name))
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Runs a command to its end, beside the tasks of other tests.
async fn run(mut command: Command) {
    let ran = tokio::task::spawn_blocking(move || (command.output(), command)).await.unwrap();
    let (output, command) = (ran.0.unwrap(), ran.1);
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Cluster {
    /// A new server with durable settings (the service refuses others). Where this machine has no PostgreSQL there is none,
    /// which the run says; with CI=true it fails.
    pub async fn make() -> Option<Self> {
        if binaries().is_some() {
            return Some(Self::start().await);
        }
        assert!(variable("CI").as_deref() != Some("true"), "this machine has no PostgreSQL: install postgresql");
        // Not by eprintln!, which is only shown when a test fails.
        let _ = writeln!(
            std::io::stderr(),
            "\n*** NO POSTGRESQL ON THIS MACHINE: ITS HALF OF THE TESTS IS SKIPPED (install postgresql, or set \
             OMBORD_TEST_POSTGRES_URL) ***\n"
        );
        None
    }

    async fn start() -> Self {
        let cluster = Self::empty();
        let mut made = command("initdb");
        made.arg("-D").arg(cluster.data());
        made.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        run(made).await;
        cluster.up().await;
        cluster
    }

    /// A server that follows this one, which it finds at an address.
    pub async fn standby(through: SocketAddr) -> Self {
        let standby = Self::empty();
        let mut made = command("pg_basebackup");
        made.arg("-D").arg(standby.data()).args(["-U", "postgres", "-h", "127.0.0.1", "-p"]);
        made.arg(through.port().to_string()).args(["-R", "-X", "stream", "-c", "fast", "--no-sync"]);
        run(made).await;
        standby.up().await;
        standby
    }

    /// A folder with a guard.
    fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("ombord-test-postgres-").tempdir().unwrap().keep();
        if is_root() {
            assert!(Command::new("chown").arg("postgres").arg(&folder).status().unwrap().success());
        }
        let mut guard = Command::new("sh");
        let guard =
            guard.args(["-c", GUARD, "sh"]).arg(&folder).stdin(Stdio::piped()).process_group(0).spawn().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { address, folder, guard }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The address of its first database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    async fn control(&self, arguments: &[&str]) {
        let mut command = command("pg_ctl");
        command.arg("-D").arg(self.data()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let told = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(told.success(), "pg_ctl {arguments:?}:\n{}", log());
    }

    /// Starts it, again.
    pub async fn up(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300",
            self.address.port()
        );
        let log = self.folder.join("log").display().to_string();
        self.control(&["-w", "-t", "120", "-l", &log, "-o", &options, "start"]).await;
    }

    /// Stops it as a crash does: nobody is waited for, nothing is written back.
    pub async fn crash(&self) {
        self.control(&["-w", "-m", "immediate", "stop"]).await;
    }

    /// Makes a standby a server of its own.
    pub async fn promote(&self) {
        self.control(&["-w", "promote"]).await;
    }

    /// Hangs all of its processes: connections stay, and nothing is answered.
    pub fn hang(&self) {
        // Its first process begins no more others from here on.
        let first = self.first();
        signal("STOP", &[first]);
        signal("STOP", &children(first));
    }

    /// Lets them go on.
    pub fn go_on(&self) {
        let first = self.first();
        signal("CONT", &children(first));
        signal("CONT", &[first]);
    }

    fn first(&self) -> u32 {
        let told = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        told.lines().next().unwrap().parse().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn children(process: u32) -> Vec<u32> {
    let told = std::fs::read_to_string(Path::new("/proc").join(format!("{process}/task/{process}/children"))).unwrap();
    told.split_whitespace().map(|child| child.parse().unwrap()).collect()
}

fn signal(name: &str, processes: &[u32]) {
    let processes = processes.iter().map(ToString::to_string);
    // One that has ended meanwhile needs no signal.
    let _ = Command::new("kill").arg(format!("-{name}")).args(processes).stderr(Stdio::null()).status();
}

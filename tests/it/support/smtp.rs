//! A mail server with TLS in this process, which takes mails, or misbehaves as ordered.

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs::default_provider,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// How the server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// From the first byte.
    Tls,
    /// After STARTTLS; without it there is no AUTH and no mail.
    StartTls,
    /// Never.
    Plain,
}

/// What it does with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Accept,
    /// Greets with this code.
    Greet(u16),
    /// Answers AUTH with this code.
    Auth(u16),
    /// Answers MAIL with this code.
    Mail(u16),
    /// Answers RCPT with this code.
    Recipient(u16),
    /// Takes the mail and answers with this code.
    Content(u16),
    /// Says nothing once the mail is there, and keeps it not.
    Hang,
    /// Says nothing from the start.
    Mute,
    /// Takes and keeps the mail, and hangs up before it says so.
    DropAfterData,
    /// Hangs up after each mail, having said that it took it.
    CloseAfterMail,
    /// Tells the test when a mail has come so far, and says no more but in the last stage.
    Halt(Stage),
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its recipient was named; it is not there.
    Recipient,
    /// It was taken, and nobody was told.
    Taken,
    /// It was taken, and the answer is on its way.
    Answered,
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub struct Received {
    pub from: String,
    pub to: String,
    pub user: Option<String>,
    pub encrypted: bool,
    pub data: String,
}

/// A running server on `localhost`, with user `ombord` and password `p@ss:word`.
pub struct MailServer {
    pub port: u16,
    speaks: Speaks,
    state: Arc<Mutex<State>>,
    folder: TempDir,
    task: JoinHandle<()>,
}

struct State {
    does: Does,
    halted: Arc<Notify>,
    received: Vec<Received>,
    connections: usize,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MailServer {
    /// A server with a certificate of an authority of its own.
    pub async fn start(speaks: Speaks) -> Self {
        Self::start_as(speaks, "localhost").await
    }

    /// The same with a certificate for another name.
    pub async fn start_as(speaks: Speaks, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "test authority");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.as_ref().pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            does: Does::Accept,
            halted: Arc::default(),
            received: Vec::new(),
            connections: 0,
        }));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let talk = Talk { state: shared.clone(), user: None, encrypted: false };
                tokio::spawn(talk.begin(stream, speaks, acceptor.clone()));
            }
        });
        Self { port, speaks, state, folder, task }
    }

    /// From now on.
    pub fn does(&self, does: Does) {
        let mut state = self.state.lock().unwrap();
        state.does = does;
        state.halted = Arc::default();
    }

    /// Waits until a mail came as far as [`Does::Halt`] says, since it was told so.
    pub async fn halted(&self) {
        let halted = self.state.lock().unwrap().halted.clone();
        let reached = tokio::time::timeout(std::time::Duration::from_secs(30), halted.notified()).await;
        assert!(reached.is_ok(), "no mail came so far");
    }

    /// The mails so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// Waits for so many mails, ten seconds at most.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..1000 {
            if self.received().len() >= count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        self.received()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// Where its authority's certificate is.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Its address, with user and password unless it speaks no TLS.
    pub fn url(&self) -> String {
        match self.speaks {
            Speaks::Tls => format!("smtps://ombord:p%40ss%3Aword@localhost:{}", self.port),
            Speaks::StartTls => format!("smtp://ombord:p%40ss%3Aword@localhost:{}", self.port),
            Speaks::Plain => format!("smtp://localhost:{}?tls=none", self.port),
        }
    }
}

/// One connection.
struct Talk {
    state: Arc<Mutex<State>>,
    user: Option<String>,
    encrypted: bool,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
type Line = BufReader<Box<dyn Stream>>;

impl Talk {
    fn now(&self) -> Does {
        self.state.lock().unwrap().does
    }

    fn halt(&self) {
        self.state.lock().unwrap().halted.notify_one();
    }

    async fn begin(mut self, stream: TcpStream, speaks: Speaks, acceptor: TlsAcceptor) {
        if self.now() == Does::Mute {
            let _held = stream;
            return std::future::pending().await;
        }
        let mut line: Line = if speaks == Speaks::Tls {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            self.encrypted = true;
            BufReader::new(Box::new(stream))
        } else {
            BufReader::new(Box::new(stream))
        };
        let greeting = if let Does::Greet(code) = self.now() { code } else { 220 };
        if say(&mut line, &format!("{greeting} test")).await.is_none() || greeting != 220 {
            return;
        }
        let upgrade = self.converse(&mut line, speaks == Speaks::StartTls).await;
        if upgrade == Some(true) {
            let Ok(stream) = acceptor.accept(line.into_inner()).await else { return };
            self.encrypted = true;
            let mut line: Line = BufReader::new(Box::new(stream));
            self.converse(&mut line, false).await;
        }
    }

    /// Until the end, or until TLS begins (true).
    async fn converse(&mut self, line: &mut Line, offers_tls: bool) -> Option<bool> {
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let mut said = String::new();
            if line.read_line(&mut said).await.ok()? == 0 {
                return None;
            }
            let said = said.trim_end();
            let verb = said.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let inside = |said: &str| said.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let answer = match verb.as_str() {
                "EHLO" if offers_tls => "250-test\r\n250 STARTTLS".to_owned(),
                "EHLO" => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN".to_owned(),
                "STARTTLS" if offers_tls => {
                    say(line, "220 go ahead").await?;
                    return Some(true);
                }
                "AUTH" => self.auth(line, said).await?,
                "MAIL" if offers_tls => "530 STARTTLS first".to_owned(),
                "MAIL" => {
                    from = inside(said);
                    if let Does::Mail(code) = self.now() { format!("{code} no") } else { "250 ok".to_owned() }
                }
                "RCPT" => {
                    to = inside(said);
                    match self.now() {
                        // What servers say often repeats the address; it must not come up in a log.
                        Does::Recipient(code) => format!("{code} <{to}> not here"),
                        Does::Halt(Stage::Recipient) => {
                            self.halt();
                            return std::future::pending().await;
                        }
                        _ => "250 ok".to_owned(),
                    }
                }
                "DATA" => {
                    say(line, "354 go ahead").await?;
                    let data = data(line).await?;
                    let does = self.now();
                    match does {
                        Does::Hang => return std::future::pending().await,
                        Does::Content(code) => format!("{code} no"),
                        _ => {
                            let (user, encrypted) = (self.user.clone(), self.encrypted);
                            let (from, to) = (from.clone(), to.clone());
                            let received = Received { from, to, user, encrypted, data };
                            self.state.lock().unwrap().received.push(received);
                            match does {
                                Does::DropAfterData => return None,
                                Does::CloseAfterMail => {
                                    say(line, "250 taken").await?;
                                    return None;
                                }
                                Does::Halt(Stage::Taken) => {
                                    self.halt();
                                    return std::future::pending().await;
                                }
                                Does::Halt(Stage::Answered) => {
                                    say(line, "250 taken").await?;
                                    self.halt();
                                    continue;
                                }
                                _ => "250 taken".to_owned(),
                            }
                        }
                    }
                }
                "NOOP" | "RSET" => "250 ok".to_owned(),
                "QUIT" => {
                    say(line, "221 bye").await?;
                    return None;
                }
                _ => "502 unknown".to_owned(),
            };
            say(line, &answer).await?;
        }
    }

    async fn auth(&mut self, line: &mut Line, said: &str) -> Option<String> {
        let decoded = |text: &str| String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok();
        let mut words = said.split(' ').skip(1);
        let (user, password) = match (words.next()?, words.next()) {
            ("PLAIN", Some(initial)) => {
                let said = decoded(initial)?;
                let mut parts = said.split('\0').skip(1).map(str::to_owned);
                (parts.next()?, parts.next()?)
            }
            ("LOGIN", _) => {
                let mut told = Vec::new();
                for prompt in ["Username:", "Password:"] {
                    say(line, &format!("334 {}", STANDARD.encode(prompt))).await?;
                    let mut answer = String::new();
                    line.read_line(&mut answer).await.ok()?;
                    told.push(decoded(&answer)?);
                }
                (told[0].clone(), told[1].clone())
            }
            _ => return Some("504 unknown".to_owned()),
        };
        if let Does::Auth(code) = self.now() {
            return Some(format!("{code} no"));
        }
        if (user.as_str(), password.as_str()) != ("ombord", "p@ss:word") || !self.encrypted {
            return Some("535 no".to_owned());
        }
        self.user = Some(user);
        Some("235 ok".to_owned())
    }
}

async fn say(line: &mut Line, words: &str) -> Option<()> {
    let stream = line.get_mut();
    stream.write_all(format!("{words}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn data(line: &mut Line) -> Option<String> {
    let mut data = Vec::new();
    while !data.ends_with(b"\r\n.\r\n") {
        data.push(line.read_u8().await.ok()?);
    }
    data.truncate(data.len() - 3);
    Some(String::from_utf8(data).ok()?.replace("\r\n..", "\r\n."))
}

impl Received {
    /// A header's value, when it stands on one line.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.data.split("\r\n\r\n").next()?;
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The parts: head and body each.
    fn parts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.data.split("\r\n--").filter_map(|part| part.split_once("\r\n\r\n"))
    }

    /// The plain text.
    pub fn text(&self) -> String {
        let plain = self.parts().find(|(head, _)| head.contains("text/plain") && !head.contains("attachment"));
        unquoted(plain.expect("a text").1)
    }

    /// The HTML.
    pub fn html(&self) -> String {
        unquoted(self.parts().find(|(head, _)| head.contains("text/html")).expect("HTML").1)
    }

    /// The attached file: its name and text.
    pub fn attachment(&self) -> Option<(String, String)> {
        let (head, body) = self.parts().find(|(head, _)| head.contains("attachment"))?;
        let name = head.split("filename=\"").nth(1)?.split('"').next()?.to_owned();
        let body: String = body.split_whitespace().collect();
        Some((name, String::from_utf8(STANDARD.decode(body).ok()?).ok()?))
    }

    /// The first line that is a link and nothing else.
    pub fn link(&self) -> Option<String> {
        self.text().lines().find(|line| line.starts_with("http")).map(str::to_owned)
    }
}

/// Quoted-printable, undone.
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "").replace("\r\n", "\n");
    let (mut bytes, mut rest) = (Vec::new(), joined.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'=' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
        } else {
            byte
        });
    }
    String::from_utf8(bytes).unwrap()
}

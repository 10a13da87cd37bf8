//! From the invitation to the verified receipt, with the real program and a mail server with TLS; and what operators do
//! when mails do not get through.

use crate::support::{
    mailing::{accept, contact, free_port, furnish, invite, listed, mailing, open, person},
    process::{Process, migrate},
    smtp::{Does, MailServer, Speaks},
    world::{number, question},
};
use ombord::pb;
use std::{path::Path, time::Duration};

struct Stage {
    folder: tempfile::TempDir,
    database: String,
    web: u16,
    server: MailServer,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("ombord.db").display());
        migrate(folder.path(), &database);
        Self { folder, database, web: free_port(), server: MailServer::start(Speaks::StartTls).await }
    }

    fn start(&self) -> Process {
        Process::spawn(mailing(&["serve"], self.folder.path(), &self.database, self.web, &self.server))
    }

    /// Runs a command beside: its exit code and what it printed.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = mailing(arguments, self.folder.path(), &self.database, self.web, &self.server).output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(printed).unwrap())
    }

    /// Stops the service as SIGTERM does. What it logged.
    fn stop(mut service: Process) -> String {
        service.signal("TERM");
        assert!(service.child.wait().unwrap().success());
        service.log()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_becomes_an_acceptance_and_a_receipt_that_proves_itself() {
    let stage = Stage::new().await;
    let service = stage.start();
    furnish(&service).await;
    let invited = invite(&service.integrator(), 7).await;
    let mail = stage.server.wait_for(1).await.remove(0);
    assert!(mail.encrypted && mail.to == person(7));
    let text = mail.text();
    assert!(text.contains(&invited.check_code) && text.contains("Lönebyrån i Norr AB, er lönebyrå"), "{text}");
    let link = mail.link().unwrap();
    let token = link.rsplit('/').next().unwrap().to_owned();
    // Looking changes nothing.
    for _ in 0..3 {
        assert_eq!(open(&link).await.status, 200);
    }
    let asked = question(&number(7), "first");
    let before = service.gateway().gate.check_send(asked.clone()).await.unwrap().into_inner();
    assert_eq!(before.decision(), pb::Decision::Deny);
    assert!(accept(&link, 7).await);
    let after = service.gateway().gate.check_send(asked).await.unwrap().into_inner();
    assert_eq!(after.decision(), pb::Decision::Allow);

    let mails = stage.server.wait_for(3).await;
    let confirmations: Vec<_> = mails.iter().filter(|mail| mail.data.contains("multipart/mixed")).collect();
    let mut told: Vec<_> = confirmations.iter().map(|mail| mail.to.clone()).collect();
    told.sort();
    assert_eq!(told, [person(7), contact(7)]);
    let keys = open(&format!("http://127.0.0.1:{}/keys", stage.web)).await.body;
    let from = keys.find("brev.example+").expect("a key on the page of keys");
    let key: String = keys[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || "+/=.".contains(*c)).collect();
    for (place, mail) in confirmations.iter().enumerate() {
        let (name, receipt) = mail.attachment().unwrap();
        assert!(name.starts_with("ombord-receipt-") && mail.text().contains(&name));
        let file = stage.folder.path().join(format!("{place}.txt"));
        std::fs::write(&file, &receipt).unwrap();
        let verify = |file: &Path| stage.run(&["receipt", "verify", file.to_str().unwrap(), "--key", &key]);
        let (code, said) = verify(&file);
        assert!(code == 0 && said.starts_with("GOOD"), "{said}");
        std::fs::write(&file, receipt.replacen("Åsa", "Asa", 1)).unwrap();
        assert_eq!(verify(&file).0, 1, "one letter changed");
    }
    // All is settled before the end; and the log knows neither addresses nor keys to the form.
    while listed(&service, &[pb::MailState::Sent]).await.len() < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = Stage::stop(service);
    assert!(log.contains("a mail went out"));
    for secret in [token.as_str(), "company-7.example", "asa.oberg", "Öberg", "p@ss", "p%40ss", "brev.example"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_mail_is_given_up_listed_and_sent_again_when_asked() {
    let stage = Stage::new().await;
    let service = stage.start();
    furnish(&service).await;
    stage.server.does(Does::Recipient(550));
    invite(&service.integrator(), 1).await;
    while listed(&service, &[pb::MailState::Dead]).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stage.server.does(Does::Recipient(451));
    invite(&service.integrator(), 2).await;
    while listed(&service, &[pb::MailState::Pending]).await.iter().all(|mail| mail.fault.is_empty()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (code, said) = stage.run(&["outbox", "list"]);
    assert!(code == 2 && said.contains("stopped"), "an SQLite file belongs to one process: {said}");
    let log = Stage::stop(service);
    assert!(log.contains("smtp-550") && log.contains("smtp-451") && !log.contains("company-1"), "{log}");

    let (code, list) = stage.run(&["outbox", "list"]);
    let lines: Vec<Vec<&str>> = list.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((code, lines.len()), (0, 2), "{list}");
    assert_eq!((lines[0][1..4].to_vec(), lines[0][5]), (vec!["INVITATION", "DEAD", "1"], "smtp-550"));
    assert_eq!((lines[1][1..4].to_vec(), lines[1][5]), (vec!["INVITATION", "PENDING", "1"], "smtp-451"));
    assert!(!list.contains('@') && lines[1][4].starts_with("20"), "{list}");
    assert_eq!(stage.run(&["outbox", "list", "--state", "sent"]).1.lines().count(), 1);
    assert_eq!(stage.run(&["outbox", "retry"]).0, 2, "which one?");
    assert_eq!(stage.run(&["outbox", "retry", lines[1][0]]).0, 1, "it waits already");
    let (code, said) = stage.run(&["outbox", "retry", lines[0][0]]);
    assert!(code == 0 && said.starts_with("1 to be sent again"), "{said}");
    let (code, said) = stage.run(&["outbox", "retry", "--all"]);
    assert!(code == 0 && said.starts_with("0 to be sent again"), "{said}");
    assert_eq!(stage.run(&["outbox", "pause"]).0, 0);
    assert!(stage.run(&["outbox", "list"]).1.starts_with("# the outbox is paused"));

    stage.server.does(Does::Accept);
    let service = stage.start();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(stage.server.received().is_empty(), "paused");
    Stage::stop(service);
    assert!(stage.run(&["outbox", "resume"]).1.contains("goes on"));
    let service = stage.start();
    let mails = stage.server.wait_for(1).await;
    assert_eq!(mails[0].to, person(1));
    assert_eq!(mails[0].header("Message-ID").unwrap(), format!("<{}@brev.example>", lines[0][0]));
    Stage::stop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_send_as_configured_does_not_start() {
    let stage = Stage::new().await;
    let mut command = mailing(&["serve"], stage.folder.path(), &stage.database, stage.web, &stage.server);
    let output = command.env("OMBORD_MAIL_SMTP_CA_FILE", "/not/there.pem").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("mail.smtp_ca_file cannot be read"), "{said}");
    assert!(!said.contains("p%40ss") && !said.contains("p@ss"));
}

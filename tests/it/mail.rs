//! Mails to a real mail server over TLS, and every way in which that fails.

use crate::support::smtp::{Does, MailServer, Speaks};
use ombord::{
    app::System,
    config::{Mode, Settings},
    domain::{ids::MessageId, vocabulary::Language},
    outbox::{
        files::Files,
        mailer::{Mailer, Outgoing, SendFailure},
        message::Sender,
        smtp::Smtp,
        words::{self, Operator},
    },
    service::{
        mail::letter::{Content, Letter},
        ports::Clock,
    },
};
use std::{path::Path, time::Duration};
use uuid::Uuid;

const SHORT: Duration = Duration::from_millis(700);

fn operator() -> Operator {
    Operator { name: "Brevlådan\r\nBcc: x@y.se".into(), privacy_notice: None, email: Some("stod@brev.example".into()) }
}

/// A mailer made from settings, as the service makes its own.
fn mailer(url: &str, ca_file: Option<&Path>, longest: Duration) -> Smtp {
    let mut env = vec![("OMBORD_MAIL_SMTP_URL", url.to_owned()), ("OMBORD_MAIL_FROM", "avtal@brev.example".to_owned())];
    env.extend(ca_file.map(|path| ("OMBORD_MAIL_SMTP_CA_FILE", path.display().to_string())));
    let env = env.into_iter().map(|(name, value)| (name.to_owned(), value));
    let mail = Settings::load(None, env, Mode::Dev).unwrap().mail;
    let sender = Sender::new(&mail.from.unwrap(), &operator()).unwrap();
    Smtp::new(mail.smtp.unwrap(), mail.smtp_ca_file.as_deref(), sender, longest).unwrap()
}

fn to(address: &str) -> Outgoing {
    let id = MessageId(Uuid::now_v7());
    let content = Content::Checkpoint { note: "brev.example/1\n7\nroot=\n\n.\n— brev sig\n".into() };
    let letter = Letter { message_id: id, to: address.into(), language: Language::Sv, content };
    let written = words::write(&letter, &operator());
    Outgoing { id, to: address.into(), written, time: System.now() }
}

#[tokio::test]
async fn mails_go_out_over_starttls_and_over_tls_with_a_password() {
    for speaks in [Speaks::StartTls, Speaks::Tls] {
        let server = MailServer::start(speaks).await;
        let mailer = mailer(&server.url(), Some(&server.ca_file()), Duration::from_secs(10));
        let mails = [to("lon@company.example"), to("hr@company.example")];
        for mail in &mails {
            mailer.send(mail).await.unwrap();
        }
        let received = server.received();
        assert_eq!(received.len(), 2, "{speaks:?}");
        for (mail, received) in mails.iter().zip(&received) {
            assert_eq!((received.from.as_str(), &received.to), ("avtal@brev.example", &mail.to));
            assert!(received.encrypted && received.user.as_deref() == Some("ombord"));
            assert_eq!(received.header("Message-ID"), Some(format!("<{}@brev.example>", mail.id).as_str()));
            assert_eq!(received.header("Auto-Submitted"), Some("auto-generated"));
            assert_eq!(received.header("Reply-To"), Some("stod@brev.example"));
            assert!(received.header("Bcc").is_none() && received.header("Date").is_some());
            assert!(
                received.text().contains("Spara det här mejlet.") && received.html().contains("<html lang=\"sv\">")
            );
            let (name, note) = received.attachment().unwrap();
            assert_eq!(
                (name.as_str(), note.as_str()),
                ("checkpoint.txt", "brev.example/1\n7\nroot=\n\n.\n— brev sig\n")
            );
        }
        assert_eq!(server.connections(), 1, "the line is kept");
        mailer.rest().await;
        mailer.send(&to("a@company.example")).await.unwrap();
        assert_eq!(server.connections(), 2, "and given up at rest");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_cannot_prove_itself() {
    let untrusted = SendFailure::transient("tls-certificate");
    for speaks in [Speaks::StartTls, Speaks::Tls] {
        let server = MailServer::start(speaks).await;
        let none = mailer(&server.url(), None, SHORT * 10);
        assert_eq!(none.send(&to("lon@company.example")).await, Err(untrusted), "an unknown authority");
        let other = MailServer::start(speaks).await;
        let others = mailer(&server.url(), Some(&other.ca_file()), SHORT * 10);
        assert_eq!(others.send(&to("lon@company.example")).await, Err(untrusted), "another authority");
        assert!(server.received().is_empty());
        let imposter = MailServer::start_as(speaks, "mail.example").await;
        let mailer = mailer(&imposter.url(), Some(&imposter.ca_file()), SHORT * 10);
        assert_eq!(mailer.send(&to("lon@company.example")).await, Err(untrusted), "another name");
        assert!(imposter.received().is_empty());
    }
    // A server, or somebody between, that offers no STARTTLS.
    let server = MailServer::start(Speaks::Plain).await;
    let url = format!("smtp://ombord:p%40ss%3Aword@localhost:{}", server.port);
    let refused = mailer(&url, None, SHORT * 10).send(&to("lon@company.example")).await;
    assert_eq!(refused, Err(SendFailure::transient("starttls-missing")));
    // On this machine itself, where nobody is between, it can be done without.
    mailer(&server.url(), None, SHORT * 10).send(&to("lon@company.example")).await.unwrap();
    assert!(!server.received()[0].encrypted);
}

#[tokio::test]
async fn each_refusal_is_taken_for_what_it_is() {
    let server = MailServer::start(Speaks::Tls).await;
    let mailer = mailer(&server.url(), Some(&server.ca_file()), SHORT * 10);
    for (does, failure) in [
        (Does::Recipient(550), SendFailure::permanent("smtp-550")),
        (Does::Recipient(451), SendFailure::transient("smtp-451")),
        (Does::Recipient(420), SendFailure::transient("smtp-4xx")),
        (Does::Content(554), SendFailure::permanent("smtp-554")),
        (Does::Content(452), SendFailure::transient("smtp-452")),
        // What is about this service, and not about the mail, is mended and then tried again.
        (Does::Mail(550), SendFailure::transient("smtp-550")),
        (Does::Auth(535), SendFailure::transient("smtp-535")),
        (Does::Greet(554), SendFailure::transient("smtp-554")),
        (Does::Recipient(530), SendFailure::transient("smtp-530")),
        // It may have arrived: sent again, with the same Message-ID.
        (Does::DropAfterData, SendFailure::transient("connection")),
    ] {
        server.does(does);
        assert_eq!(mailer.send(&to("lon@company.example")).await, Err(failure), "{does:?}");
    }
    // And a mail after each of them goes out.
    for does in [Does::CloseAfterMail, Does::Accept, Does::Accept] {
        server.does(does);
        mailer.send(&to("hr@company.example")).await.unwrap();
    }
    assert_eq!(server.received().iter().filter(|mail| mail.to == "hr@company.example").count(), 3);
    let unusable = mailer.send(&to("lon@company.example\r\nRCPT TO:<x@y.se>")).await;
    assert_eq!(unusable, Err(SendFailure::permanent("address-unusable")));
    let beyond = mailer.send(&to("åsa@company.example")).await;
    assert_eq!(beyond, Err(SendFailure::permanent("smtputf8-missing")));
}

#[tokio::test]
async fn a_server_that_falls_silent_holds_nothing_up() {
    let server = MailServer::start(Speaks::StartTls).await;
    let mailer = mailer(&server.url(), Some(&server.ca_file()), SHORT);
    for does in [Does::Hang, Does::Mute] {
        server.does(does);
        let sent = tokio::time::timeout(SHORT * 3, mailer.send(&to("lon@company.example"))).await.unwrap();
        assert_eq!(sent, Err(SendFailure::transient("timeout")), "{does:?}");
    }
    let port = server.port;
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let gone = mailer.send(&to("lon@company.example")).await;
    assert_eq!(gone, Err(SendFailure::transient("connection")), "nobody on port {port}");
}

#[test]
fn a_file_that_holds_no_certificate_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let sender = || Sender::new("avtal@brev.example", &operator()).unwrap();
    let server = || {
        let env = [("OMBORD_MAIL_SMTP_URL", "smtps://localhost"), ("OMBORD_MAIL_FROM", "avtal@brev.example")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Settings::load(None, env.into_iter(), Mode::Dev).unwrap().mail.smtp.unwrap()
    };
    let said = |path: &Path| Smtp::new(server(), Some(path), sender(), SHORT).err().unwrap().to_string();
    assert!(said(&path).starts_with("mail.smtp_ca_file cannot be read"));
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, text).unwrap();
        let said = said(&path);
        assert!(said.contains("certificate") || said.contains("TLS"), "{said}");
    }
}

#[tokio::test]
async fn without_a_mail_server_mails_are_files() {
    let folder = tempfile::tempdir().unwrap();
    let mails = folder.path().join("data/mail");
    let files = Files::open(&mails, Sender::new("avtal@brev.example", &operator()).unwrap()).unwrap();
    let mail = to("lon@company.example");
    for _ in 0..2 {
        files.send(&mail).await.unwrap();
    }
    let names: Vec<_> = std::fs::read_dir(&mails).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [std::ffi::OsString::from(format!("{}.eml", mail.id))], "one for each mail, and whole");
    let text = std::fs::read_to_string(mails.join(&names[0])).unwrap();
    assert!(text.contains("To: lon@company.example\r\n") && text.contains("Spara det här mejlet."));
    std::fs::remove_dir_all(&mails).unwrap();
    assert_eq!(files.send(&mail).await, Err(SendFailure::transient("file")));
}

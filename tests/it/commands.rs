//! The commands as people run them: the demo, the clients of the batch RPCs, the small helpers.

use crate::support::{
    database::{Database, Kind, each},
    process::{OMBORD, Process, command, migrate},
    server::{Server, issuer, settings},
    world::{furnish, number},
};
use ombord::{app, auth::ring::KeySource, pb, service::caller::Scopes};
use std::{path::Path, process::Output};

/// What a command printed, and how it ended.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program in `folder`, as a client of `server` with an integrator's token.
async fn client(server: &Server, folder: &Path, arguments: &[&str]) -> Ran {
    let scopes = Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE);
    let mut command = std::process::Command::new(OMBORD);
    command
        .args(arguments)
        .env("OMBORD_ADDRESS", server.address.to_string())
        .env("OMBORD_TOKEN", server.token("system", Some("first"), scopes))
        .current_dir(folder);
    ran(tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap())
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// The cells of an outcome file's rows.
fn outcomes(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_demo_gets_every_answer_that_it_expects() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = std::process::Command::new(OMBORD);
    demo.arg("demo").env("DATABASE_URL", "sqlite://unused.db").current_dir(folder.path());
    let ran = ran(demo.output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("answers were as expected.") && !ran.out.contains('✗'), "{}", ran.out);
    assert!(!folder.path().join("unused.db").exists(), "the demo has a database of its own");
}

/// As in `ombord doctor | head`, with a reader that is gone from the start.
#[test]
fn a_command_whose_output_nobody_reads_ends_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("ombord.db").display());
    let unread = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(OMBORD, arguments, folder.path(), &database);
        let ran = ran(command.stdout(writer).output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (141, ""), "{arguments:?}");
    };
    unread(&["migrate"]);
    migrate(folder.path(), &database);
    for arguments in [
        &["doctor"][..],
        &["ledger", "verify"],
        &["outbox", "list"],
        &["outbox", "pause"],
        &["token", "--role", "operator"],
        &["protos", "--out", "protos"],
    ] {
        unread(arguments);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_are_imported_once_in_canonical_form() {
    each(|database| async move {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        write(folder.path(), "senders.csv", include_str!("commands/senders.csv"));
        let total = |list: pb::ListSendersResponse| list.senders.len();

        let dry = client(&server, folder.path(), &["import", "senders", "senders.csv", "--dry-run"]).await;
        assert!(
            dry.out
                .starts_with("dry run, nothing was changed: 31 rows: 31 registered, 0 unchanged, 0 differ, 0 refused;"),
            "{}",
            dry.out
        );
        let list = server.integrator("first").senders.list_senders(pb::ListSendersRequest::default()).await;
        assert_eq!(total(list.unwrap().into_inner()), 0);

        let import = client(&server, folder.path(), &["import", "senders", "senders.csv"]).await;
        assert_eq!((import.code, import.err.as_str()), (0, ""));
        assert!(import.out.starts_with("31 rows: 31 registered, 0 unchanged, 0 differ, 0 refused;"), "{}", import.out);
        let list = server
            .integrator("first")
            .senders
            .list_senders(pb::ListSendersRequest::default())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(list.senders.len(), 31);
        let canonical = |number: &str| number.len() == 10 && number.bytes().all(|digit| digit.is_ascii_digit());
        assert!(list.senders.iter().all(|row| canonical(&row.organisation_number)));

        let again = ["import", "senders", "senders.csv", "--batch-size", "7", "--outcome", "again.csv"];
        let again = client(&server, folder.path(), &again).await;
        assert_eq!(again.code, 0);
        assert!(again.out.starts_with("31 rows: 0 registered, 31 unchanged, 0 differ, 0 refused;"), "{}", again.out);
        assert!(outcomes(folder.path(), "again.csv").iter().all(|row| row[3] == "UNCHANGED"));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_invites_once_and_keeps_its_pace() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(database.store.clone()).await;
    furnish(&server).await;
    let mut csv = "organisation_number,legal_name,external_reference,content_types,invite_email,invite_language,\
                   invite_two_signatories\n"
        .to_owned();
    for n in 1..5 {
        csv += &format!("{},Bolag {n} AB,K-{n},PAYSLIP,asa@company{n}.example,en,ja\n", number(n));
    }
    csv += &format!("{},Bolag 5 AB,K-5,PAYSLIP,,,\n", number(5));
    csv += &format!("{},Bolag 6 AB,K-6,PAYSLIP,bo@first.example,,\n", number(6));
    write(folder.path(), "senders.csv", &csv);
    let listed = async || {
        let list = pb::ListInvitationsRequest::default();
        server.integrator("first").acceptances.list_invitations(list).await.unwrap().into_inner().invitations
    };
    let dry = client(&server, folder.path(), &["import", "senders", "senders.csv", "--dry-run"]).await;
    assert!(dry.out.contains("6 rows: 5 registered") && listed().await.is_empty(), "{}", dry.out);

    let begun = std::time::Instant::now();
    let import = ["import", "senders", "senders.csv", "--batch-size", "2", "--pace", "120"];
    let import = client(&server, folder.path(), &import).await;
    assert!(import.out.starts_with("6 rows: 5 registered, 0 unchanged, 0 differ, 1 refused;"), "{}", import.out);
    assert!(begun.elapsed().as_secs_f64() >= 2.0, "four invitations at two a second");
    let invitations = listed().await;
    assert!(invitations.len() == 4 && invitations.iter().all(|one| one.two_signatories && one.language == "en"));
    let rows = outcomes(folder.path(), "senders.csv.outcome.csv");
    for (row, invitation) in rows.iter().zip(&invitations) {
        assert!(row[3] == "CREATED" && row[6].ends_with(&invitation.check_code), "{row:?}");
    }
    assert_eq!((rows[4][3].as_str(), rows[4][6].as_str()), ("CREATED", ""));
    assert_eq!((rows[5][3].as_str(), rows[5][5].as_str()), ("REFUSED", "RECIPIENT_IS_INTEGRATOR"));

    let again = client(&server, folder.path(), &["import", "senders", "senders.csv"]).await;
    assert!(again.out.starts_with("6 rows: 0 registered, 5 unchanged"), "{}", again.out);
    assert_eq!(listed().await.len(), 4, "nobody is written to twice");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_refused_with_row_and_field_and_stop_no_other() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(database.store.clone()).await;
    furnish(&server).await;
    // As a spreadsheet saves it.
    let text = format!("\u{feff}{}", include_str!("commands/bad_senders.csv").replace('\n', "\r\n"));
    write(folder.path(), "bad.csv", &text);
    let import = client(&server, folder.path(), &["import", "senders", "bad.csv"]).await;
    assert_eq!(import.code, 1, "{}", import.err);
    assert!(import.out.starts_with("11 rows: 2 registered, 0 unchanged, 0 differ, 9 refused;"), "{}", import.out);

    let outcomes = outcomes(folder.path(), "bad.csv.outcome.csv");
    let short: Vec<_> = outcomes.iter().map(|row| [&*row[0], &*row[2], &*row[3], &*row[4], &*row[5]]).collect();
    let number = "organisation_number";
    assert_eq!(
        short,
        [
            ["2", "B-2", "REFUSED", number, "INVALID_FIELDS"],
            ["3", "B-3", "REFUSED", number, "INVALID_FIELDS"],
            ["4", "B-4", "REFUSED", number, "INVALID_FIELDS"],
            ["5", "B-5", "REFUSED", number, "INVALID_FIELDS"],
            ["6", "B-6", "REFUSED", number, "INVALID_FIELDS"],
            ["7", "B-7", "REFUSED", number, "INVALID_FIELDS"],
            ["8", "B-8", "CREATED", "", ""],
            ["9", "B-9", "REFUSED", "content_types", "INVALID_FIELDS"],
            ["10", "", "REFUSED", "", "MALFORMED_ROW"],
            ["11", "B 11", "REFUSED", "external_reference; contact_point.email", "INVALID_FIELDS"],
            ["13", "B-13", "CREATED", "", ""],
        ]
    );
    assert!(outcomes.iter().all(|row| row[3] == "CREATED" || !row[6].is_empty()), "each refusal says why");
    let shown: Vec<_> = outcomes
        .iter()
        .map(|row| row[1].as_str())
        .filter(|number| number.chars().any(|c| c.is_ascii_digit()))
        .collect();
    assert_eq!(shown, ["5560160680"; 3], "no number but a legal person's");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_acceptances_are_imported_for_no_more_than_they_are() {
    each(|database| async move {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        write(folder.path(), "senders.csv", include_str!("commands/senders.csv"));
        assert_eq!(client(&server, folder.path(), &["import", "senders", "senders.csv"]).await.code, 0);

        let mut rows = "accept_time,external_reference,agreements,full_name\n".to_owned();
        for place in 1..=31 {
            // Acts of 2018 to 2025, against versions that are in force since 25 May 2018.
            rows.push_str(&format!("{}-06-01,K-{},terms@1;dpa@1,\n", 2018 + place % 8, 1000 + place));
        }
        write(folder.path(), "acts.csv", &rows);
        let import = client(&server, folder.path(), &["import", "acceptances", "acts.csv"]).await;
        assert_eq!(import.code, 0, "{}{}", import.out, import.err);
        assert!(import.out.starts_with("31 rows: 31 recorded, 0 unchanged, 0 refused;"), "{}", import.out);
        let absent = "the record lacks signatories; authority_declared; evidence";
        assert!(
            outcomes(folder.path(), "acts.csv.outcome.csv").iter().all(|row| row[3] == "CREATED" && row[6] == absent)
        );
        let list = server
            .auditor()
            .acceptances
            .list_acceptances(pb::ListAcceptancesRequest::default())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(list.acceptances.len(), 62);
        assert!(list.acceptances.iter().all(|one| one.assurance() == pb::Assurance::Imported));

        let again = client(&server, folder.path(), &["import", "acceptances", "acts.csv"]).await;
        assert!(again.out.starts_with("31 rows: 0 recorded, 31 unchanged, 0 refused;"), "{}", again.out);

        write(
            folder.path(),
            "bad.csv",
            "external_reference,agreements,accept_time\nK-1001,terms@1,2017-01-01\nK-9999,terms@1,2019-01-01\n\
             K-1001,terms@7,2019-01-01\nK-1001,terms@1,i fjol\nK-1001,terms@1,\nK-1002,terms@1,2019-07-01\n",
        );
        let bad = client(&server, folder.path(), &["import", "acceptances", "bad.csv"]).await;
        assert_eq!(bad.code, 1, "{}", bad.err);
        let outcomes = outcomes(folder.path(), "bad.csv.outcome.csv");
        let short: Vec<_> = outcomes.iter().map(|row| [&*row[0], &*row[3], &*row[4], &*row[5]]).collect();
        assert_eq!(
            short,
            [
                ["2", "REFUSED", "documents[0].version", "VERSION_NOT_IN_FORCE"],
                ["3", "REFUSED", "", "SENDER_NOT_FOUND"],
                ["4", "REFUSED", "agreements", "VERSION_NOT_FOUND"],
                ["5", "REFUSED", "accept_time", "INVALID_FIELDS"],
                ["6", "REFUSED", "accept_time", "INVALID_FIELDS"],
                ["7", "CREATED", "", ""],
            ]
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_cannot_run_says_why_and_ends_with_2() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(database.store.clone()).await;
    write(folder.path(), "senders.csv", include_str!("commands/senders.csv"));
    write(folder.path(), "columns.csv", "organisation_number,name\n");
    let unknown = ["import", "senders", "senders.csv"];
    let closed = ["import", "senders", "senders.csv", "--address", "127.0.0.1:1"];
    let operator = server.token("anna", None, Scopes::OPERATOR);
    let by_operator = ["import", "senders", "senders.csv", "--token", &operator];
    for (arguments, why) in [
        (&unknown[..], "INTEGRATOR_SUSPENDED: the integrator is suspended or not known"),
        (&closed[..], "nothing answers at 127.0.0.1:1"),
        (&by_operator[..], "integrator_id must name the integrator that the call is for (give it with --integrator)"),
        (&["import", "senders", "missing.csv"], "missing.csv cannot be read"),
        (&["import", "senders", "columns.csv"], "is none of: organisation_number, legal_name"),
        (&["import", "senders", "senders.csv", "--outcome", "senders.csv"], "is the file to read"),
    ] {
        let ran = client(&server, folder.path(), arguments).await;
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(why), "{arguments:?}: {}", ran.err);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_told_with_its_setting() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    for name in ["grpc.listen", "web.listen", "admin.listen"] {
        let mut settings = settings();
        match name {
            "grpc.listen" => settings.grpc.listen = taken,
            "web.listen" => settings.web.listen = taken,
            _ => settings.admin_listen = Some(taken),
        }
        let keys = KeySource::Fixed(issuer().public_keys().to_owned());
        let refused =
            app::start(&settings, database.store.clone(), keys, tokio::runtime::Handle::current()).await.err().unwrap();
        assert_eq!(refused.to_string(), format!("cannot listen on {taken} ({name})"));
    }
}

#[test]
fn health_follows_the_service_and_protos_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("ombord.db").display());
    migrate(folder.path(), &url);
    let service = Process::start(folder.path(), &url);
    let address = service.address.to_string();
    let health = |name: &str| {
        let arguments = ["health", "--address", &address, "--service", name];
        ran(command(OMBORD, &arguments, folder.path(), &url).output().unwrap())
    };
    for name in ["", "ombord.v1.GateService", "ombord.v1.SenderService"] {
        let ran = health(name);
        assert_eq!((ran.code, ran.out.as_str()), (0, "SERVING\n"), "{name}: {}", ran.err);
    }
    assert_eq!(health("ombord.v1.NoSuchService").code, 2);
    service.kill();
    assert_eq!(health("").code, 2);

    let ran = ran(command(OMBORD, &["protos", "--out", "protos"], folder.path(), &url).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(folder.path().join("protos/ombord/v1/gate_service.proto").exists());
}

#[test]
fn a_database_file_is_nobody_elses_and_whole_when_the_service_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ombord.db");
    let url = format!("sqlite://{}", file.display());
    migrate(folder.path(), &url);
    let service = Process::start(folder.path(), &url);
    let beside = |end: &str| folder.path().join(format!("ombord.db{end}"));
    for one in [file.clone(), beside("-wal"), beside("-shm")] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&one).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{}", one.display());
    }
    assert_eq!(service.end(), Some(0));
    assert!(!beside("-wal").exists(), "a copy of the one file is a copy of all");
}

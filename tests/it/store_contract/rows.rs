//! Every row reads back as it was written: within its transaction, in the next one, and after the commit.

use super::samples::*;
use crate::support::database::{Database, each};
use ombord::{
    domain::{
        exception::ExceptionState,
        ids::{AcceptanceId, ConnectionId, DeclineId, ExceptionId, RecordId, SenderId},
        organisation_number::OrganisationNumber,
        vocabulary::{AgreementKind, ConnectionState, ContactQuality, Language},
    },
    store::{DocumentFormat, Head, PrivateKind, Reader},
};
use std::sync::Arc;

#[tokio::test]
async fn a_new_ledger_is_empty_and_keeps_its_id() {
    each(|db: Arc<Database>| async move {
        let read = db.store.read().await.unwrap();
        assert_eq!(read.head().ledger_id, db.ledger_id);
        assert_eq!((read.head().revision, read.head().frontier.size()), (0, 0));
        db.store.migrate(ombord::domain::ids::LedgerId(id(999))).await.unwrap();
        assert_eq!(db.store.read().await.unwrap().head().ledger_id, db.ledger_id);
        assert_eq!(db.store.obstacles().await.unwrap(), Vec::<String>::new());
        let head = read.head().clone();
        assert!(db.store.changes(&head).await.unwrap().entries.is_empty());
        assert!(db.store.clock().await.unwrap() > time(0));
    })
    .await;
}

#[tokio::test]
async fn facts_read_back() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        let mut renamed = integrator("lonebyran", 2);
        renamed.display_name = "\"Nytt\" namn \\ \n".into();
        renamed.email_domains = vec![];
        tx.put_integrator(&renamed).await.unwrap();
        let dpa = agreement("dpa-invoice", AgreementKind::Dpa, 2);
        tx.put_agreement(&dpa).await.unwrap();
        let (company, person) = (sender(10, Some(legal(10)), 2), sender(11, None, 2));
        tx.put_private(&number_record(50, &sole_trader(11))).await.unwrap();
        tx.put_sender(&company, None).await.unwrap();
        tx.put_sender(&person, Some(RecordId(id(50)))).await.unwrap();
        append_next(&mut tx, "SENDER_REGISTERED", Some(10)).await.unwrap();

        let check = async |reader: &mut dyn Reader| {
            assert_eq!(reader.integrator(&slug("lonebyran")).await.unwrap(), Some(renamed.clone()));
            assert_eq!(reader.integrator(&slug("nobody")).await.unwrap(), None);
            assert_eq!(reader.agreement(&agreement_id("dpa-invoice")).await.unwrap(), Some(dpa.clone()));
            assert_eq!(reader.agreement(&agreement_id("nothing")).await.unwrap(), None);
            let agreements = reader.agreements().await.unwrap();
            let slugs: Vec<_> = agreements.iter().map(|a| a.agreement_id.as_str()).collect();
            assert_eq!(slugs, ["dpa-invoice", "dpa-payslip", "general-terms"]);
            assert_eq!(reader.sender(company.sender_id).await.unwrap(), Some(company.clone()));
            assert_eq!(reader.sender(person.sender_id).await.unwrap(), Some(person.clone()));
            assert_eq!(reader.sender(SenderId(id(12))).await.unwrap(), None);
            let ids = [company.sender_id, SenderId(id(12)), person.sender_id];
            let mut several = reader.senders(&ids).await.unwrap();
            several.sort_by_key(|s| s.sender_id);
            assert_eq!(several, [company.clone(), person.clone()]);
            assert_eq!(reader.senders(&[]).await.unwrap(), []);
            let (known, unknown) = (OrganisationNumber::Legal(legal(10)), OrganisationNumber::Legal(legal(12)));
            assert_eq!(reader.sender_of(&known).await.unwrap(), Some(company.sender_id));
            assert_eq!(reader.sender_of(&unknown).await.unwrap(), None);
            let (known, unknown) =
                (OrganisationNumber::SoleTrader(sole_trader(11)), OrganisationNumber::SoleTrader(sole_trader(12)));
            assert_eq!(reader.sender_of(&known).await.unwrap(), Some(person.sender_id));
            assert_eq!(reader.sender_of(&unknown).await.unwrap(), None);
        };
        check(tx.as_mut()).await;
        tx.commit().await.unwrap();
        check(db.store.read().await.unwrap().as_mut()).await;
        check(db.store.begin().await.unwrap().as_mut()).await;

        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.head().revision, 2);
        assert_eq!(read.integrators(None, 9).await.unwrap(), [renamed.clone(), integrator("systemhuset", 1)]);
        let number = Some(OrganisationNumber::SoleTrader(sole_trader(11)));
        let both = [(company.clone(), None), (person.clone(), number)];
        assert_eq!(read.numbered_after(None, 9).await.unwrap().read().unwrap(), both);
        let later = read.numbered_after(Some((company.revision, company.sender_id)), 9).await.unwrap();
        assert_eq!(later.last(), Some((person.revision, person.sender_id)));
        assert_eq!(later.read().unwrap(), both[1..]);
        let mut several = read.numbered(&[person.sender_id, SenderId(id(12)), company.sender_id]).await.unwrap();
        several.sort_by_key(|(facts, _)| facts.sender_id);
        assert_eq!(several, both);
    })
    .await;
}

#[tokio::test]
async fn a_sole_traders_number_stays_with_later_writes() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        tx.put_private(&number_record(50, &sole_trader(1))).await.unwrap();
        tx.put_sender(&sender(10, None, 2), Some(RecordId(id(50)))).await.unwrap();
        let revision = append_next(&mut tx, "SENDER_REGISTERED", Some(10)).await.unwrap();
        tx.put_sender(&sender(10, None, 3), None).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.store.begin().await.unwrap();
        tx.put_sender(&sender(10, None, 4), None).await.unwrap();
        append_next(&mut tx, "SENDER_SUSPENDED", Some(10)).await.unwrap();
        tx.commit().await.unwrap();

        let number = OrganisationNumber::SoleTrader(sole_trader(1));
        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.sender_of(&number).await.unwrap(), Some(SenderId(id(10))));
        let before = Head { revision: revision - 1, ..read.head().clone() };
        let changes = db.store.changes(&before).await.unwrap();
        // These entries are none that a program knows: the first of them is named, and nothing of it is told.
        assert_eq!(changes.unreadable.map(|(revision, _)| revision), Some(revision));
        assert!(changes.entries.is_empty() && changes.senders.is_empty());
        assert_eq!(read.numbered(&[SenderId(id(10))]).await.unwrap()[0].1, Some(number));

        // Erased: found no more.
        db.execute("UPDATE private_record SET body = NULL, salt = NULL, lookup = NULL").await.unwrap();
        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.sender_of(&number).await.unwrap(), None);
        assert_eq!(read.private(&[RecordId(id(50))]).await.unwrap(), []);
        assert_eq!(read.numbered(&[SenderId(id(10))]).await.unwrap()[0].1, None);
    })
    .await;
}

#[tokio::test]
async fn connections_read_back() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        tx.put_sender(&sender(10, Some(legal(10)), 2), None).await.unwrap();
        tx.put_private(&record(60, PrivateKind::Name, r#"{"name":"Kim"}"#, None)).await.unwrap();
        tx.put_private(&record(61, PrivateKind::Contact, r#"{"email":"lon@bolag.se"}"#, None)).await.unwrap();
        let mut first = connection(20, 10, "lonebyran", "kund-1");
        tx.put_connection(&first).await.unwrap();
        append_next(&mut tx, "SENDER_REGISTERED", Some(10)).await.unwrap();
        assert_eq!(tx.connection(SenderId(id(10)), &slug("lonebyran")).await.unwrap(), Some(first.clone()));
        tx.commit().await.unwrap();

        let mut tx = db.store.begin().await.unwrap();
        first.state = ConnectionState::Ended;
        (first.updated, first.revision) = (time(7), 3);
        tx.put_connection(&first).await.unwrap();
        let mut second = connection(21, 10, "lonebyran", "kund-1");
        (second.legal_name, second.private_name, second.contact) =
            (None, Some(RecordId(id(60))), Some(RecordId(id(61))));
        (second.contact_quality, second.content_types) = (ContactQuality::Fine, vec![]);
        tx.put_connection(&second).await.unwrap();
        append_next(&mut tx, "SENDER_REGISTERED", Some(10)).await.unwrap();

        let check = async |reader: &mut dyn Reader| {
            assert_eq!(reader.connection(SenderId(id(10)), &slug("lonebyran")).await.unwrap(), Some(second.clone()));
            assert_eq!(reader.connection(SenderId(id(10)), &slug("systemhuset")).await.unwrap(), None);
            assert_eq!(reader.connection_of(&slug("lonebyran"), "kund-1").await.unwrap(), Some(second.clone()));
            assert_eq!(reader.connection_of(&slug("lonebyran"), "Kund-1").await.unwrap(), None);
            assert_eq!(reader.connection_of(&slug("systemhuset"), "kund-1").await.unwrap(), None);
            assert_eq!(reader.connections(&Default::default(), 9).await.unwrap(), [first.clone(), second.clone()]);
        };
        check(tx.as_mut()).await;
        tx.commit().await.unwrap();
        check(db.store.read().await.unwrap().as_mut()).await;

        // Of ended connections under a reference the last counts; one that left the reference does not.
        let mut tx = db.store.begin().await.unwrap();
        second.state = ConnectionState::Ended;
        tx.put_connection(&second).await.unwrap();
        assert_eq!(tx.connection_of(&slug("lonebyran"), "kund-1").await.unwrap(), Some(second.clone()));
        second.external_reference = "kund-2".into();
        tx.put_connection(&second).await.unwrap();
        assert_eq!(tx.connection_of(&slug("lonebyran"), "kund-1").await.unwrap(), Some(first.clone()));
        assert_eq!(tx.connection_of(&slug("lonebyran"), "kund-2").await.unwrap(), Some(second.clone()));
        tx.commit().await.unwrap();
        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.connection_of(&slug("lonebyran"), "kund-1").await.unwrap(), Some(first.clone()));
        assert_eq!(read.connection(SenderId(id(10)), &slug("lonebyran")).await.unwrap(), Some(second.clone()));
        assert_eq!(
            read.connection(SenderId(id(10)), &slug("lonebyran")).await.unwrap().unwrap().connection_id,
            ConnectionId(id(21))
        );
    })
    .await;
}

#[tokio::test]
async fn acts_and_exceptions_read_back() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        tx.put_sender(&sender(10, Some(legal(10)), 2), None).await.unwrap();
        let mut accepted = acceptance(30, 10, "lonebyran", 2);
        tx.put_acceptance(&accepted).await.unwrap();
        tx.put_decline(DeclineId(id(31)), SenderId(id(10)), 2).await.unwrap();
        tx.put_private(&record(60, PrivateKind::Actor, r#"{"sub":"anna"}"#, Some("actor:anna"))).await.unwrap();
        let mut lifted = exception(40, Some(10), None, 60);
        tx.put_exception(&lifted).await.unwrap();
        tx.put_exception(&exception(41, None, Some("lonebyran"), 60)).await.unwrap();
        append_next(&mut tx, "ACCEPTANCE_RECORDED", Some(10)).await.unwrap();
        assert_eq!(tx.acceptance(AcceptanceId(id(30))).await.unwrap(), Some(accepted.clone()));
        assert_eq!(tx.exception(ExceptionId(id(40))).await.unwrap(), Some(lifted.clone()));
        tx.commit().await.unwrap();

        let mut tx = db.store.begin().await.unwrap();
        assert_eq!(tx.acceptance(AcceptanceId(id(30))).await.unwrap(), Some(accepted.clone()));
        assert_eq!(tx.exception(ExceptionId(id(40))).await.unwrap(), Some(lifted.clone()));
        accepted.changed_revision = 3;
        tx.put_acceptance(&accepted).await.unwrap();
        lifted.exception.state = ExceptionState::Ended;
        (lifted.approved_by, lifted.approved, lifted.ended) = (Some(RecordId(id(60))), Some(time(10)), Some(time(11)));
        lifted.revision = 3;
        tx.put_exception(&lifted).await.unwrap();
        append_next(&mut tx, "EXCEPTION_ENDED", Some(10)).await.unwrap();
        tx.commit().await.unwrap();

        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.acceptance(AcceptanceId(id(30))).await.unwrap(), Some(accepted));
        assert_eq!(read.acceptance(AcceptanceId(id(32))).await.unwrap(), None);
        assert_eq!(read.exception(ExceptionId(id(40))).await.unwrap(), Some(lifted));
        assert_eq!(
            read.exception(ExceptionId(id(41))).await.unwrap(),
            Some(exception(41, None, Some("lonebyran"), 60))
        );
        assert_eq!(read.exception(ExceptionId(id(42))).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn private_records_documents_and_answers_read_back() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        let records = [
            record(60, PrivateKind::Person, r#"{"name":"Åsa \u0001"}"#, None),
            record(61, PrivateKind::Actor, r#"{"sub":"anna"}"#, Some("actor:anna")),
            record(62, PrivateKind::Note, r#"{"text":"'; DROP TABLE sender; --"}"#, None),
        ];
        for record in &records {
            tx.put_private(record).await.unwrap();
        }
        let (dpa, one) = (agreement_id("dpa-payslip"), version("1"));
        tx.put_document(&dpa, &one, Language::Sv, DocumentFormat::Markdown, "# Avtal\r\n".as_bytes()).await.unwrap();
        tx.put_document(&dpa, &one, Language::Sv, DocumentFormat::Pdf, &[0, 255, 10]).await.unwrap();
        tx.put_specification(&dpa, &one, r#"{"a":1}"#).await.unwrap();
        let (key, answer) = request(70);
        assert!(tx.remembered(&key).await.unwrap().is_none());
        tx.remember(&key, &answer, time(1)).await.unwrap();

        let check = async |reader: &mut dyn Reader| {
            let ids = [RecordId(id(62)), RecordId(id(63)), RecordId(id(60)), RecordId(id(61))];
            let mut found = reader.private(&ids).await.unwrap();
            found.sort_by_key(|record| record.record_id);
            assert!(found == records);
            assert!(reader.private(&[]).await.unwrap().is_empty());
            assert!(reader.private_of("actor:anna").await.unwrap() == Some(records[1].clone()));
            assert!(reader.private_of("actor:bo").await.unwrap().is_none());
            let pdf = reader.document(&dpa, &one, Language::Sv, DocumentFormat::Pdf).await.unwrap();
            assert_eq!(pdf, Some(vec![0, 255, 10]));
            let text = reader.document(&dpa, &one, Language::Sv, DocumentFormat::Markdown).await.unwrap();
            assert_eq!(text, Some(b"# Avtal\r\n".to_vec()));
            assert_eq!(reader.document(&dpa, &one, Language::En, DocumentFormat::Markdown).await.unwrap(), None);
            assert_eq!(reader.specification(&dpa, &one).await.unwrap(), Some(r#"{"a":1}"#.into()));
            assert_eq!(reader.specification(&dpa, &version("2")).await.unwrap(), None);
            assert!(reader.remembered(&key).await.unwrap() == Some(answer.clone()));
            let mut other = key.clone();
            other.method = "RecordDecline";
            assert!(reader.remembered(&other).await.unwrap().is_none());
        };
        check(tx.as_mut()).await;
        tx.commit().await.unwrap();
        check(db.store.read().await.unwrap().as_mut()).await;
        check(db.store.begin().await.unwrap().as_mut()).await;
        // An answer alone is no change of state.
        assert_eq!(db.store.read().await.unwrap().head().revision, 1);

        assert_eq!(db.store.forget_requests(time(1)).await.unwrap(), 0);
        assert_eq!(db.store.forget_requests(time(2)).await.unwrap(), 1);
        assert!(db.store.read().await.unwrap().remembered(&key).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn many_answers_are_forgotten() {
    each(|db: Arc<Database>| async move {
        let mut tx = db.store.begin().await.unwrap();
        for n in 0..2_500 {
            let (key, answer) = request(n);
            tx.remember(&key, &answer, time(i64::try_from(n).unwrap())).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(db.store.forget_requests(time(2_000)).await.unwrap(), 2_000);
        assert_eq!(db.store.forget_requests(time(9_999)).await.unwrap(), 500);
    })
    .await;
}

#[tokio::test]
async fn entries_read_back() {
    each(|db: Arc<Database>| async move {
        let mut tx = db.store.begin().await.unwrap();
        let rows = [
            entry(1, "A", None, None),
            entry(2, "B", Some(10), Some("lonebyran")),
            entry(3, "A", Some(11), Some("lonebyran")),
        ];
        for row in &rows {
            tx.append(row, 1).await.unwrap();
        }
        let check = async |reader: &mut dyn Reader| {
            for row in &rows {
                assert_eq!(reader.entry(row.revision).await.unwrap().as_ref(), Some(row));
            }
            assert_eq!(reader.entry(4).await.unwrap(), None);
            let mut some = reader.entries_at(&[3, 9, 1]).await.unwrap();
            some.sort_by_key(|row| row.revision);
            assert_eq!(some, [rows[0].clone(), rows[2].clone()]);
            assert_eq!(reader.entries_at(&[]).await.unwrap(), []);
            assert_eq!(reader.entry(u64::MAX >> 1).await.unwrap(), None);
            assert_eq!(reader.entries(&Default::default(), 9).await.unwrap(), rows);
        };
        check(tx.as_mut()).await;
        tx.commit().await.unwrap();
        check(db.store.read().await.unwrap().as_mut()).await;
    })
    .await;
}

#[tokio::test]
async fn an_open_connection_counts_before_an_ended_one_of_a_greater_id() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        tx.put_sender(&sender(10, Some(legal(10)), 2), None).await.unwrap();
        let mut ended = connection(29, 10, "lonebyran", "kund-1");
        ended.state = ConnectionState::Ended;
        tx.put_connection(&ended).await.unwrap();
        // Made later, by a node whose clock is behind.
        tx.put_connection(&connection(21, 10, "lonebyran", "kund-1")).await.unwrap();
        let found = tx.connection(SenderId(id(10)), &slug("lonebyran")).await.unwrap().unwrap();
        assert_eq!(found.connection_id, ConnectionId(id(21)));
        let found = tx.connection_of(&slug("lonebyran"), "kund-1").await.unwrap().unwrap();
        assert_eq!(found.connection_id, ConnectionId(id(21)));
    })
    .await;
}

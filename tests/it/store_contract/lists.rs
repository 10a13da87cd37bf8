//! Lists: filters, and pages that leave nothing out and repeat nothing.

use super::samples::*;
use crate::support::database::{Database, each};
use ombord::{
    domain::{ids::SenderId, vocabulary::ConnectionState},
    store::{AcceptanceFilter, ConnectionFilter, EntryFilter, PrivateKind},
};
use std::sync::Arc;

const MANY: u64 = 57;

/// The revision of a sender's last change: several have the same one, and later senders earlier ones.
fn changed(n: u64) -> u64 {
    1 + (99 + MANY - n) / 4
}

/// Entries 2 to 58 about senders 100 to 156, each with a connection, an acceptance and an exception.
async fn fill(db: &Database) {
    found(db.store.as_ref()).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.put_private(&record(1, PrivateKind::Note, "{}", None)).await.unwrap();
    for n in 100..100 + MANY {
        let revision = n - 98;
        let whose = if n % 3 == 0 { "systemhuset" } else { "lonebyran" };
        tx.put_sender(&sender(n, Some(legal(n)), changed(n)), None).await.unwrap();
        let mut row = connection(n, n, whose, &format!("ref-{n}"));
        row.state = [ConnectionState::Unconfirmed, ConnectionState::Active, ConnectionState::Ended]
            [n as usize % 2 + n as usize % 5 / 4];
        tx.put_connection(&row).await.unwrap();
        tx.put_acceptance(&acceptance(n, n, whose, revision)).await.unwrap();
        tx.put_exception(&exception(n, Some(n).filter(|n| n % 2 == 0), Some(whose).filter(|_| n % 2 == 1), 1))
            .await
            .unwrap();
        tx.append(&entry(revision, ["A", "B"][n as usize % 2], Some(n), Some(whose)), 1).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Pages through a list and returns how many rows it has, after checking their order.
macro_rules! count {
    ($reader:ident, $page:literal, |$after:ident| $call:expr, $key:expr) => {{
        let mut keys = Vec::new();
        loop {
            let $after = keys.last().cloned();
            let page = $call.await.unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= $page);
            keys.extend(page.iter().map($key));
        }
        keys.len() as u64
    }};
}

#[tokio::test]
async fn pages_are_complete() {
    each(|db: Arc<Database>| async move {
        fill(&db).await;
        let mut read = db.store.read().await.unwrap();
        let rows =
            count!(read, 10, |after| read.connections(&ConnectionFilter { after, ..Default::default() }, 10), |c| c
                .connection_id);
        assert_eq!(rows, MANY);
        let rows =
            count!(read, 7, |after| read.acceptances(&AcceptanceFilter { after, ..Default::default() }, 7), |a| a
                .acceptance_id);
        assert_eq!(rows, MANY);
        let rows = count!(read, 8, |before| read.exceptions(None, None, before, 8), |x| x.exception.exception_id);
        assert_eq!(rows, MANY);
        let after = |last: Option<u64>| EntryFilter { after_revision: last.unwrap_or(0), ..Default::default() };
        let rows = count!(read, 9, |last| read.entries(&after(last), 9), |e| e.revision);
        assert_eq!(rows, MANY + 1);
        let rows = count!(read, 1, |after| read.integrators(after.as_ref(), 1), |i| i.integrator_id.clone());
        assert_eq!(rows, 2);
        let mut told: Vec<(u64, SenderId)> = Vec::new();
        loop {
            let page = read.numbered_after(told.last().copied(), 5).await.unwrap().read().unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= 5);
            told.extend(page.iter().map(|(sender, _)| (sender.revision, sender.sender_id)));
        }
        assert!(told.is_sorted_by(|one, next| one < next), "{told:?}");
        assert_eq!(told.len() as u64, MANY);
        let newest = read.exceptions(None, None, None, 1).await.unwrap();
        assert_eq!(newest[0].exception.exception_id.0, id(99 + MANY));
    })
    .await;
}

#[tokio::test]
async fn filters_hold() {
    each(|db: Arc<Database>| async move {
        fill(&db).await;
        let mut read = db.store.read().await.unwrap();
        let all = read.connections(&ConnectionFilter::default(), 1_000).await.unwrap();
        let own = ConnectionFilter { integrator_id: Some(slug("systemhuset")), ..Default::default() };
        let rows = read.connections(&own, 1_000).await.unwrap();
        assert_eq!(rows, all.iter().filter(|c| c.integrator_id == slug("systemhuset")).cloned().collect::<Vec<_>>());
        let states = vec![ConnectionState::Ended, ConnectionState::Unconfirmed];
        let rows = read.connections(&ConnectionFilter { states: states.clone(), ..own.clone() }, 1_000).await.unwrap();
        assert!(
            !rows.is_empty()
                && rows.iter().all(|c| states.contains(&c.state) && c.integrator_id == slug("systemhuset"))
        );
        let filter = ConnectionFilter { external_reference: Some("ref-110".into()), ..Default::default() };
        assert_eq!(read.connections(&filter, 9).await.unwrap().len(), 1);
        let filter = ConnectionFilter { changed_after_revision: Some(12), ..Default::default() };
        let later = (100..100 + MANY).filter(|n| changed(*n) > 12).count();
        assert_eq!((read.connections(&filter, 1_000).await.unwrap().len(), later), (9, 9));

        let filter = AcceptanceFilter { sender_id: Some(SenderId(id(105))), ..Default::default() };
        assert_eq!(read.acceptances(&filter, 9).await.unwrap(), [acceptance(105, 105, "systemhuset", 7)]);
        let filter = AcceptanceFilter { integrator_id: Some(slug("systemhuset")), ..Default::default() };
        assert_eq!(read.acceptances(&filter, 1_000).await.unwrap().len(), 19);
        let filter = AcceptanceFilter { agreement_id: Some(agreement_id("dpa-payslip")), ..Default::default() };
        assert_eq!(read.acceptances(&filter, 1_000).await.unwrap().len(), 0);
        let filter = AcceptanceFilter { changed_after_revision: Some(57), ..Default::default() };
        assert_eq!(read.acceptances(&filter, 1_000).await.unwrap().len(), 1);

        assert_eq!(
            read.exceptions(Some(SenderId(id(106))), None, None, 9).await.unwrap(),
            [exception(106, Some(106), None, 1)]
        );
        assert!(read.exceptions(None, Some(&slug("lonebyran")), None, 99).await.unwrap().len() > 10);

        let filter = EntryFilter { sender_id: Some(SenderId(id(105))), ..Default::default() };
        assert_eq!(read.entries(&filter, 9).await.unwrap().len(), 1);
        let filter = EntryFilter { integrator_id: Some(slug("systemhuset")), ..Default::default() };
        assert_eq!(read.entries(&filter, 99).await.unwrap().len(), 19);
        let filter =
            EntryFilter { events: vec!["B".into(), "FOUNDED".into()], after_revision: 10, ..Default::default() };
        assert!(read.entries(&filter, 99).await.unwrap().iter().all(|e| e.event == "B" && e.revision > 10));
    })
    .await;
}

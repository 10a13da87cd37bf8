//! Invitations, links, mails and tellings: each reads back as it was written, each filter holds, and whoever writes sees at
//! once what others wrote who share its commit.

use super::samples::*;
use crate::support::database::{Database, each};
use ombord::{
    domain::{
        ids::{ConnectionId, InvitationId, MessageId, RecordId, SenderId},
        mail::{MailPurpose, MailState},
        vocabulary::{InvitationCause, InvitationState, Language},
    },
    store::{InvitationFilter, MailFilter, PrivateKind, Reader, StoreError},
};
use std::sync::Arc;

/// Senders 10 and 11 with connections 20 and 21, and two addresses.
async fn furnish(db: &Database) {
    found(db.store.as_ref()).await;
    let mut tx = db.store.begin().await.unwrap();
    for (n, integrator) in [(10, "lonebyran"), (11, "systemhuset")] {
        tx.put_sender(&sender(n, Some(legal(n)), 2), None).await.unwrap();
        tx.put_connection(&connection(n + 10, n, integrator, &format!("kund-{n}"))).await.unwrap();
    }
    tx.put_private(&record(60, PrivateKind::Contact, r#"{"email":"lon@bolag.se"}"#, None)).await.unwrap();
    tx.put_private(&record(61, PrivateKind::Contact, r#"{"email":"vd@bolag.se"}"#, None)).await.unwrap();
    append_next(&mut tx, "SENDER_REGISTERED", Some(10)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn invitations_and_links_read_back() {
    each(|db: Arc<Database>| async move {
        furnish(&db).await;
        let mut full = invitation(31, (20, 10), "lonebyran", 61);
        full.language = Language::En;
        full.two_signatories = true;
        full.cause = InvitationCause::SecondSignatory;
        (full.replaces, full.joint_with) = (Some(InvitationId(id(29))), Some(InvitationId(id(30))));
        let mut plain = invitation(30, (20, 10), "lonebyran", 60);
        let mut tx = db.store.begin().await.unwrap();
        for row in [&plain, &full] {
            tx.put_invitation(row).await.unwrap();
        }
        tx.put_link(token(70), 2).await.unwrap();
        tx.put_link(token(71), 3).await.unwrap();
        // What has happened to it since, in the same transaction and in another one.
        plain.state = InvitationState::Sent;
        (plain.sent, plain.revision) = (Some(time(24)), 3);
        tx.put_invitation(&plain).await.unwrap();
        let check = async |reader: &mut dyn Reader, plain: &_| {
            assert_eq!(reader.invitation(InvitationId(id(30))).await.unwrap().as_ref(), Some(plain));
            assert_eq!(reader.invitation(InvitationId(id(31))).await.unwrap(), Some(full.clone()));
            assert_eq!(reader.invitation(InvitationId(id(32))).await.unwrap(), None);
            assert_eq!(reader.link(token(70)).await.unwrap(), Some(2));
            assert_eq!(reader.link(token(71)).await.unwrap(), Some(3));
            assert_eq!(reader.link(token(72)).await.unwrap(), None);
            assert_eq!(
                reader.invitations(&InvitationFilter::default(), 9).await.unwrap(),
                [plain.clone(), full.clone()]
            );
        };
        check(tx.as_mut(), &plain).await;
        tx.commit().await.unwrap();
        check(db.store.read().await.unwrap().as_mut(), &plain).await;

        let mut tx = db.store.begin().await.unwrap();
        plain.state = InvitationState::Accepted;
        (plain.signature_revision, plain.answer_revision, plain.reminders) = (Some(4), Some(5), 2);
        (plain.ended, plain.revision) = (Some(time(25)), 5);
        tx.put_invitation(&plain).await.unwrap();
        check(tx.as_mut(), &plain).await;
        tx.commit().await.unwrap();
        check(db.store.read().await.unwrap().as_mut(), &plain).await;

        // A token leads to one thing for ever.
        let mut tx = db.store.begin().await.unwrap();
        tx.put_link(token(70), 1).await.unwrap();
        assert!(matches!(tx.commit().await, Err(StoreError::Fault(_))));
        assert_eq!(db.store.read().await.unwrap().link(token(70)).await.unwrap(), Some(2));
        let mut tx = db.store.begin().await.unwrap();
        tx.put_link(token(73), 1).await.unwrap();
        assert!(tx.put_link(token(73), 1).await.is_err(), "twice in one transaction");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_needs_what_it_is_about() {
    each(|db: Arc<Database>| async move {
        furnish(&db).await;
        for row in [
            invitation(30, (29, 10), "lonebyran", 60),
            invitation(30, (20, 19), "lonebyran", 60),
            invitation(30, (20, 10), "nobody", 60),
            invitation(30, (20, 10), "lonebyran", 69),
        ] {
            let mut tx = db.store.begin().await.unwrap();
            tx.put_invitation(&row).await.unwrap();
            assert!(matches!(tx.commit().await, Err(StoreError::Fault(_))), "{row:?}");
        }
        // That its time has passed is never stored.
        let mut expired = invitation(30, (20, 10), "lonebyran", 60);
        expired.state = InvitationState::Expired;
        let mut tx = db.store.begin().await.unwrap();
        tx.put_invitation(&expired).await.unwrap();
        assert!(matches!(tx.commit().await, Err(StoreError::Fault(_))));
    })
    .await;
}

#[tokio::test]
async fn filters_of_invitations_hold() {
    use InvitationState::{Accepted, Bounced, Cancelled, Created, Declined, NotOurs, Sent, Superseded};
    const STATES: [InvitationState; 8] = [Created, Sent, Bounced, Accepted, Declined, NotOurs, Cancelled, Superseded];
    each(|db: Arc<Database>| async move {
        furnish(&db).await;
        let mut tx = db.store.begin().await.unwrap();
        let mut all = Vec::new();
        for n in 0..48u64 {
            let second = n % 3 == 0;
            let (about, integrator) = if second { ((21, 11), "systemhuset") } else { ((20, 10), "lonebyran") };
            let mut row = invitation(100 + n, about, integrator, 60);
            row.state = STATES[n as usize % 8];
            row.reminders = n as u32 % 4;
            row.created = time(n as i64);
            row.expires = time(1_000 + n as i64 * 7 % 48);
            row.revision = 1 + n * 5 % 48;
            // In no order: they are listed by their ids.
            all.push(row);
        }
        for place in 0..48 {
            tx.put_invitation(&all[place * 11 % 48]).await.unwrap();
        }
        let lists = async |reader: &mut dyn Reader| {
            let none = InvitationFilter::default;
            let (integrator, sender) = (slug("systemhuset"), SenderId(id(10)));
            let (connection, after) = (ConnectionId(id(21)), InvitationId(id(120)));
            type Holds<'a> = Box<dyn Fn(&ombord::store::InvitationRow) -> bool + Send + 'a>;
            let filters: Vec<(InvitationFilter, Holds<'_>)> = vec![
                (none(), Box::new(|_| true)),
                (
                    InvitationFilter { integrator_id: Some(integrator.clone()), ..none() },
                    Box::new(|row| row.integrator_id == integrator),
                ),
                (InvitationFilter { sender_id: Some(sender), ..none() }, Box::new(|row| row.sender_id == sender)),
                (
                    InvitationFilter { connection_id: Some(connection), ..none() },
                    Box::new(|row| row.connection_id == connection),
                ),
                (
                    InvitationFilter { states: vec![Sent, Bounced], ..none() },
                    Box::new(|row| matches!(row.state, Sent | Bounced)),
                ),
                (
                    InvitationFilter { expires_before: Some(time(1_020)), ..none() },
                    Box::new(|row| row.expires < time(1_020)),
                ),
                (
                    InvitationFilter { expires_from: Some(time(1_020)), ..none() },
                    Box::new(|row| row.expires >= time(1_020)),
                ),
                (InvitationFilter { created_before: Some(time(30)), ..none() }, Box::new(|row| row.created < time(30))),
                (InvitationFilter { fewer_reminders: Some(2), ..none() }, Box::new(|row| row.reminders < 2)),
                (InvitationFilter { changed_after_revision: Some(40), ..none() }, Box::new(|row| row.revision > 40)),
                (InvitationFilter { after: Some(after), ..none() }, Box::new(|row| row.invitation_id > after)),
                (
                    InvitationFilter {
                        states: vec![Created, Sent, Bounced],
                        integrator_id: Some(slug("lonebyran")),
                        created_before: Some(time(40)),
                        fewer_reminders: Some(2),
                        expires_from: Some(time(1_005)),
                        after: Some(after),
                        ..none()
                    },
                    Box::new(|row| {
                        row.state.is_open()
                            && row.integrator_id == slug("lonebyran")
                            && row.created < time(40)
                            && row.reminders < 2
                            && row.expires >= time(1_005)
                            && row.invitation_id > after
                    }),
                ),
            ];
            for (filter, holds) in filters {
                let wanted: Vec<_> = all.iter().filter(|row| holds(row)).cloned().collect();
                assert!(!wanted.is_empty(), "{filter:?}");
                assert_eq!(reader.invitations(&filter, 99).await.unwrap(), wanted, "{filter:?}");
                let few = reader.invitations(&filter, 3).await.unwrap();
                assert_eq!(few, wanted[..wanted.len().min(3)], "{filter:?}");
            }
        };
        // While they wait to be sent, and afterwards.
        lists(tx.as_mut()).await;
        tx.commit().await.unwrap();
        lists(db.store.read().await.unwrap().as_mut()).await;
    })
    .await;
}

/// One of every kind.
fn purposes() -> Vec<MailPurpose> {
    let (invitation_id, revision) = (InvitationId(id(30)), 2);
    vec![
        MailPurpose::Invitation { invitation_id },
        MailPurpose::Reminder { invitation_id },
        MailPurpose::Confirmation { revision, to_contact_point: true, in_place: false },
        MailPurpose::AcceptanceAttested { revision },
        MailPurpose::AcceptanceGiven { revision },
        MailPurpose::DeclineGiven { revisions: vec![revision, revision + 1] },
        MailPurpose::ConnectionConfirmed { revision },
        MailPurpose::NewVersion { agreement_id: agreement_id("general-terms"), version: version("2026-01") },
        MailPurpose::Contested { revision },
        MailPurpose::Checkpoint { note: "ombord\n1\nåäö \"'\n".into() },
    ]
}

#[tokio::test]
async fn mails_read_back_and_come_in_the_order_they_are_due() {
    each(|db: Arc<Database>| async move {
        furnish(&db).await;
        let mut tx = db.store.begin().await.unwrap();
        assert_eq!(tx.next_mail().await.unwrap(), None);
        let mut all = Vec::new();
        for (n, purpose) in purposes().into_iter().enumerate() {
            let mut row = mail(100 + n as u64);
            row.purpose = purpose;
            row.state = MailState::ALL[n % 5];
            // The later ones are due first.
            row.due = time(1_000 - n as i64);
            if n % 2 == 0 {
                (row.sender_id, row.connection_id) = (Some(SenderId(id(10))), Some(ConnectionId(id(20))));
                row.recipient = Some(RecordId(id(60)));
            }
            tx.put_mail(&row).await.unwrap();
            all.push(row);
        }
        let pending = [all[5].clone(), all[0].clone()];
        let lists =
            async |reader: &mut dyn Reader, all: &[ombord::store::MailRow], pending: &[ombord::store::MailRow]| {
                for row in all {
                    assert_eq!(reader.mail(row.message_id).await.unwrap().as_ref(), Some(row));
                }
                assert_eq!(reader.mail(MessageId(id(99))).await.unwrap(), None);
                assert_eq!(reader.mails(&MailFilter::default(), 99).await.unwrap(), all);
                assert_eq!(reader.mails(&MailFilter::default(), 3).await.unwrap(), all[..3]);
                let after = MailFilter { after: Some(MessageId(id(104))), ..MailFilter::default() };
                assert_eq!(reader.mails(&after, 99).await.unwrap(), all[5..]);
                let of = MailFilter { sender_id: Some(SenderId(id(10))), ..MailFilter::default() };
                let own: Vec<_> = all.iter().filter(|row| row.sender_id.is_some()).cloned().collect();
                assert_eq!(reader.mails(&of, 99).await.unwrap(), own);
                let states = vec![MailState::Dead, MailState::Bounced];
                let ended: Vec<_> = all.iter().filter(|row| states.contains(&row.state)).cloned().collect();
                assert_eq!(reader.mails(&MailFilter { states, ..MailFilter::default() }, 99).await.unwrap(), ended);
                let due = |time| MailFilter { due: Some(time), ..MailFilter::default() };
                assert_eq!(
                    reader.mails(&due(time(2_000)), 99).await.unwrap(),
                    pending,
                    "only what waits, the earliest first"
                );
                assert_eq!(reader.mails(&due(pending[0].due), 99).await.unwrap(), pending[..1], "to the microsecond");
                assert_eq!(reader.mails(&due(time(1)), 99).await.unwrap(), []);
                assert_eq!(reader.mails(&due(time(2_000)), 1).await.unwrap(), pending[..1]);
                assert_eq!(reader.next_mail().await.unwrap(), Some(pending[0].due));
            };
        lists(tx.as_mut(), &all, &pending).await;
        tx.commit().await.unwrap();
        lists(db.store.read().await.unwrap().as_mut(), &all, &pending).await;

        // Tried in vain; what cannot change does not.
        let mut tx = db.store.begin().await.unwrap();
        let mut tried = all[5].clone();
        (tried.due, tried.attempts, tried.fault) = (time(1_500), 3, Some("smtp-451".into()));
        tried.language = Language::Sv;
        tried.created = time(9_999);
        tx.put_mail(&tried).await.unwrap();
        tx.commit().await.unwrap();
        (tried.language, tried.created) = (all[5].language, all[5].created);
        all[5] = tried.clone();
        let pending = [all[0].clone(), tried];
        lists(db.store.read().await.unwrap().as_mut(), &all, &pending).await;
        // And sent.
        let mut tx = db.store.begin().await.unwrap();
        for row in [&mut all[0]] {
            (row.state, row.sent) = (MailState::Sent, Some(time(1_600)));
            tx.put_mail(row).await.unwrap();
        }
        lists(tx.as_mut(), &all, &pending[1..]).await;
        tx.commit().await.unwrap();
        lists(db.store.read().await.unwrap().as_mut(), &all, &pending[1..]).await;
    })
    .await;
}

#[tokio::test]
async fn the_outbox_rests_and_goes_on_and_tellings_end() {
    each(|db: Arc<Database>| async move {
        furnish(&db).await;
        assert!(!db.store.read().await.unwrap().outbox_paused().await.unwrap());
        for paused in [true, true, false] {
            let mut tx = db.store.begin().await.unwrap();
            tx.put_outbox_paused(paused).await.unwrap();
            assert_eq!(tx.outbox_paused().await.unwrap(), paused, "before the commit");
            tx.commit().await.unwrap();
            assert_eq!(db.store.read().await.unwrap().outbox_paused().await.unwrap(), paused);
        }

        let mut tx = db.store.begin().await.unwrap();
        let (mut one, two) = (campaign("general-terms", "2", 50), campaign("dpa-payslip", "2", 40));
        for row in [&one, &two] {
            tx.put_campaign(row).await.unwrap();
        }
        assert_eq!(tx.campaigns().await.unwrap(), [two.clone(), one.clone()], "the oldest first");
        one.after = Some(SenderId(id(10)));
        tx.put_campaign(&one).await.unwrap();
        assert_eq!(tx.campaigns().await.unwrap(), [two.clone(), one.clone()]);
        tx.commit().await.unwrap();
        assert_eq!(db.store.read().await.unwrap().campaigns().await.unwrap(), [two.clone(), one.clone()]);
        let mut tx = db.store.begin().await.unwrap();
        let mut ended = two.clone();
        (ended.after, ended.finished) = (Some(SenderId(id(11))), Some(time(60)));
        tx.put_campaign(&ended).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.store.read().await.unwrap().campaigns().await.unwrap(), [one.clone()]);

        let mut read = db.store.read().await.unwrap();
        let ids =
            |rows: Vec<ombord::domain::sender::SenderFacts>| rows.iter().map(|row| row.sender_id).collect::<Vec<_>>();
        assert_eq!(ids(read.senders_after(None, 9).await.unwrap()), [SenderId(id(10)), SenderId(id(11))]);
        assert_eq!(ids(read.senders_after(None, 1).await.unwrap()), [SenderId(id(10))]);
        assert_eq!(ids(read.senders_after(one.after, 9).await.unwrap()), [SenderId(id(11))]);
        let mut tx = db.store.begin().await.unwrap();
        tx.put_sender(&sender(12, Some(legal(12)), 2), None).await.unwrap();
        assert_eq!(ids(tx.senders_after(one.after, 9).await.unwrap()), [SenderId(id(11)), SenderId(id(12))]);
    })
    .await;
}

#[tokio::test]
async fn who_writes_sees_the_mails_of_those_who_share_its_commit() {
    each(|db: Arc<Database>| async move {
        furnish(&db).await;
        let first = db.store.begin().await.unwrap();
        let before = first.head().revision;
        let one = db.clone();
        let earlier = tokio::spawn(async move {
            let mut tx = one.store.begin().await?;
            append_next(&mut tx, "INVITATION_CREATED", Some(10)).await?;
            tx.put_invitation(&invitation(30, (20, 10), "lonebyran", 60)).await?;
            tx.put_link(token(70), before + 1).await?;
            tx.put_mail(&mail(80)).await?;
            tx.put_campaign(&campaign("general-terms", "2", 50)).await?;
            tx.put_outbox_paused(true).await?;
            tx.commit().await
        });
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let two = db.clone();
        let later = tokio::spawn(async move {
            let mut tx = two.store.begin().await?;
            assert_eq!(tx.head().revision, before + 1, "they share a commit");
            let mut row = tx.invitation(InvitationId(id(30))).await?.unwrap();
            assert!(tx.link(token(70)).await?.is_some() && tx.outbox_paused().await?);
            assert_eq!(tx.mails(&MailFilter::default(), 9).await?, [mail(80)]);
            assert_eq!(tx.campaigns().await?.len(), 1);
            row.state = InvitationState::Sent;
            tx.put_invitation(&row).await?;
            let mut sent = tx.mail(MessageId(id(80))).await?.unwrap();
            sent.state = MailState::Sent;
            tx.put_mail(&sent).await?;
            assert_eq!(tx.next_mail().await?, None);
            append_next(&mut tx, "INVITATION_SENT", Some(10)).await?;
            let filter = InvitationFilter { states: vec![InvitationState::Sent], ..InvitationFilter::default() };
            assert_eq!(tx.invitations(&filter, 9).await?, [row]);
            tx.commit().await
        });
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        drop(first);
        earlier.await.unwrap().unwrap();
        later.await.unwrap().unwrap();
        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.invitation(InvitationId(id(30))).await.unwrap().unwrap().state, InvitationState::Sent);
        assert_eq!(read.mail(MessageId(id(80))).await.unwrap().unwrap().state, MailState::Sent);

        // And nobody sees what was given up.
        let mut tx = db.store.begin().await.unwrap();
        tx.put_mail(&mail(81)).await.unwrap();
        tx.put_outbox_paused(false).await.unwrap();
        assert_eq!(tx.mails(&MailFilter::default(), 9).await.unwrap().len(), 2);
        drop(tx);
        let mut tx = db.store.begin().await.unwrap();
        assert_eq!(tx.mail(MessageId(id(81))).await.unwrap(), None);
        assert!(tx.outbox_paused().await.unwrap());
    })
    .await;
}

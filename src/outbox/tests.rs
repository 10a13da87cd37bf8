use super::*;
use crate::{
    domain::{ids::MessageId, time::Timestamp, vocabulary::Language},
    service::mail::letter::Content,
};
use async_trait::async_trait;
use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{task::JoinHandle, time::timeout};

/// Mails in memory, with troubles as ordered.
#[derive(Default)]
struct Box_ {
    due: Mutex<VecDeque<u128>>,
    settled: Mutex<Vec<(u128, Result<(), SendFailure>)>>,
    /// How many of the next calls fail.
    broken: AtomicUsize,
}

impl Box_ {
    fn works(&self) -> Result<(), Trouble> {
        let broken = self.broken.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        broken.map_or(Ok(()), |_| Err(Trouble("DATABASE_UNAVAILABLE".to_owned())))
    }

    fn settled(&self) -> Vec<(u128, Result<(), SendFailure>)> {
        self.settled.lock().unwrap().clone()
    }
}

#[async_trait]
impl Post for Box_ {
    async fn claim(&self) -> Result<Option<Letter>, Trouble> {
        self.works()?;
        let letter = |n| Letter {
            message_id: MessageId(uuid::Uuid::from_u128(n)),
            to: "lon@company.example".to_owned(),
            language: Language::Sv,
            content: Content::Checkpoint { note: String::new() },
        };
        Ok(self.due.lock().unwrap().pop_front().map(letter))
    }

    async fn settle(&self, id: MessageId, outcome: Result<(), SendFailure>) -> Result<(), Trouble> {
        self.works()?;
        self.settled.lock().unwrap().push((id.0.as_u128(), outcome));
        Ok(())
    }

    async fn due_in(&self) -> Result<Duration, Trouble> {
        self.works()?;
        Ok(if self.due.lock().unwrap().is_empty() { Duration::from_secs(3600) } else { Duration::ZERO })
    }

    fn now(&self) -> Timestamp {
        Timestamp::BEGINNING
    }
}

/// Refuses mail 2, panics at 3, takes its time.
struct Slow(Duration);

#[async_trait]
impl Mailer for Slow {
    async fn send(&self, message: &Outgoing) -> Result<(), SendFailure> {
        sleep(self.0).await;
        match message.id.0.as_u128() {
            2 => Err(SendFailure::permanent("smtp-550")),
            3 => panic!("as ordered"),
            _ => Ok(()),
        }
    }
}

fn start(mails: &[u128], slow: Duration, per_minute: u32) -> (Arc<Box_>, CancellationToken, JoinHandle<()>) {
    let post = Arc::new(Box_::default());
    post.due.lock().unwrap().extend(mails);
    let (outbox, stop) =
        (Outbox::new(post.clone(), Arc::new(Slow(slow)), Operator::default(), per_minute), CancellationToken::new());
    let running = tokio::spawn(outbox.run(stop.clone()));
    (post, stop, running)
}

/// Waits until so many mails are settled; no longer than ten seconds.
async fn until_settled(post: &Box_, count: usize) -> Vec<(u128, Result<(), SendFailure>)> {
    for _ in 0..1000 {
        if post.settled().len() >= count {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    post.settled()
}

#[tokio::test]
async fn mails_go_out_in_order_and_each_is_settled() {
    let (post, stop, running) = start(&[1, 2, 3, 4], Duration::from_millis(10), 6000);
    assert_eq!(
        until_settled(&post, 4).await,
        [
            (1, Ok(())),
            (2, Err(SendFailure::permanent("smtp-550"))),
            (3, Err(SendFailure::permanent("unwritable"))),
            (4, Ok(())),
        ]
    );
    // One that comes later is found by asking again.
    post.due.lock().unwrap().push_back(5);
    assert_eq!(until_settled(&post, 5).await.len(), 5);
    stop.cancel();
    timeout(Duration::from_secs(1), running).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_pace_is_kept() {
    let (post, _stop, _running) = start(&[10; 100], Duration::ZERO, 1200);
    sleep(Duration::from_millis(1020)).await;
    let sent = post.settled().len();
    assert!((2..=22).contains(&sent), "{sent} in a second at twenty a second");
}

#[tokio::test]
async fn the_mail_under_way_is_finished_and_no_other_is_begun() {
    let (post, stop, running) = start(&[10, 11, 12], Duration::from_millis(500), 6000);
    sleep(Duration::from_millis(200)).await;
    stop.cancel();
    timeout(Duration::from_secs(5), running).await.unwrap().unwrap();
    assert_eq!(post.settled(), [(10, Ok(()))]);
    assert_eq!(post.due.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_outage_of_the_database_is_waited_out() {
    let (post, _stop, _running) = start(&[], Duration::ZERO, 6000);
    post.broken.store(3, Ordering::SeqCst);
    post.due.lock().unwrap().extend([10, 11]);
    assert_eq!(until_settled(&post, 2).await.len(), 2);
    assert_eq!(post.broken.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_went_out_is_settled_over_a_short_outage() {
    let (post, _stop, _running) = start(&[10], Duration::from_millis(300), 6000);
    sleep(Duration::from_millis(100)).await;
    post.broken.store(2, Ordering::SeqCst);
    assert_eq!(until_settled(&post, 1).await, [(10, Ok(()))]);
}

//! `WatchGate` on the wire: a task for each stream, which hands out one message at a time and so never has more in hand
//! than its reader takes.

use crate::{
    domain::{
        ids::{Digest, IntegratorId, LedgerId},
        profile::Profiles,
        time::Timestamp,
    },
    grpc::{
        convert::{Fields, times},
        status,
    },
    pb::{self, watch_gate_response::Message},
    service::{
        checks::watch::{Cursor, Reset, Turn, Watch},
        error::{ErrorReason, Result},
        places::Place,
    },
    wire::facts::Chunk,
};
use futures_util::{Stream, StreamExt, stream};
use std::{pin::Pin, time::Duration};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// How many times its patience with one message a stream has with one turn: the state that it tells of is held so long.
const TURN: u32 = 20;

/// The messages of one stream.
pub type Messages = Pin<Box<dyn Stream<Item = std::result::Result<pb::WatchGateResponse, Status>> + Send>>;

/// From where the stream is to go on.
pub fn cursor(message: pb::WatchGateRequest) -> Result<Option<Cursor>> {
    let Some(after) = message.after else { return Ok(None) };
    let mut fields = Fields::default();
    let cursor = fields.within("after", |fields| {
        let ledger_id: Option<LedgerId> = fields.take("ledger_id", after.ledger_id.parse());
        let scope = fields.take_unless_empty("integrator_id", &after.integrator_id, IntegratorId::parse);
        let history = <[u8; 32]>::try_from(&after.history[..]).map_err(|_| "must be the 32 bytes of a checkpoint's");
        let history = fields.take("history", history).map(Digest);
        let (revision, rules_version) = (after.revision, after.rules_version);
        Some(Cursor { ledger_id: ledger_id?, revision, history: history?, rules_version, scope })
    });
    fields.finish(cursor.map(Some))
}

/// Tells the follower until it hangs up or something ends the stream. `left` is the rest of the token's time.
pub fn messages(watch: Watch, place: Place, left: Duration) -> Messages {
    let (messages, told) = mpsc::channel(1);
    let (ending, end) = oneshot::channel();
    tokio::spawn(async move {
        let teller = Teller { messages, patience: watch.rules().patience };
        let (stopping, life) = (watch.rules().stopping.clone(), watch.rules().life);
        let why = tokio::select! {
            () = stopping.cancelled() => gone("this node is going down; watch another"),
            () = tokio::time::sleep(left) => {
                status::of(ErrorReason::TokenExpired, "the token has expired; watch again with a new one")
            }
            () = tokio::time::sleep(life) => gone("the stream has lasted long enough; watch again from the last checkpoint"),
            why = teller.tell(watch) => why,
        };
        // Nobody is there to hear it if the follower hung up.
        let _ = ending.send(why);
    });
    // A task that panicked says nothing.
    let last = stream::once(async { Err(end.await.unwrap_or_else(|_| status::internal())) });
    // What a reader does not take stays in memory until its connection is gone, and so does its place.
    Box::pin(ReceiverStream::new(told).map(Ok).chain(last).map(move |message| {
        let _held = &place;
        message
    }))
}

fn gone(why: &'static str) -> Status {
    status::of(ErrorReason::GateNotReady, why)
}

fn too_slow() -> Status {
    let message = "messages were not taken for too long; watch again from the last checkpoint";
    status::of(ErrorReason::ReaderTooSlow, message)
}

struct Teller {
    messages: mpsc::Sender<pb::WatchGateResponse>,
    patience: Duration,
}

type Said = std::result::Result<(), Status>;

impl Teller {
    /// Why it ended.
    async fn tell(self, mut watch: Watch) -> Status {
        loop {
            let told = match watch.turn() {
                Ok(turn) => {
                    let told = tokio::time::timeout(self.patience * TURN, self.turn(&turn)).await;
                    told.unwrap_or_else(|_| Err(too_slow()))
                }
                Err(error) => Err(status::status(&error)),
            };
            if let Err(why) = told {
                return why;
            }
            tokio::select! {
                () = watch.rest() => {}
                () = self.messages.closed() => return Status::cancelled("the follower hung up"),
            }
        }
    }

    async fn say(&self, message: Message) -> Said {
        let message = pb::WatchGateResponse { message: Some(message) };
        match tokio::time::timeout(self.patience, self.messages.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Status::cancelled("the follower hung up")),
            Err(_) => Err(too_slow()),
        }
    }

    async fn turn(&self, turn: &Turn) -> Said {
        if let Some(why) = turn.reset {
            self.say(Message::Reset(reset(turn, why))).await?;
        }
        let mut chunk = Chunk::default();
        turn.integrators().for_each(|one| chunk.integrator(one));
        for one in turn.agreements() {
            chunk.agreement(&one);
        }
        let mut profiles = Profiles::default();
        for one in turn.senders(&mut profiles) {
            let references = one.references.into_iter();
            chunk.sender(one.record.sender_id, one.record.number(), &one.profile, references, one.revision);
            if let Some(full) = chunk.full() {
                self.say(Message::Facts(full)).await?;
            }
        }
        for one in turn.formers() {
            chunk.former(one);
            if let Some(full) = chunk.full() {
                self.say(Message::Facts(full)).await?;
            }
        }
        if let Some(rest) = chunk.rest() {
            self.say(Message::Facts(rest)).await?;
        }
        self.say(Message::Checkpoint(checkpoint(&turn.cursor(), turn.confirmed))).await
    }
}

fn reset(turn: &Turn, why: Reset) -> pb::WatchReset {
    let reason = match why {
        Reset::Beginning => pb::WatchResetReason::Beginning,
        Reset::OtherLedger => pb::WatchResetReason::OtherLedger,
        Reset::OtherHistory => pb::WatchResetReason::OtherHistory,
        Reset::OtherRules => pb::WatchResetReason::OtherRules,
        Reset::OtherScope => pb::WatchResetReason::OtherScope,
    };
    pb::WatchReset { ledger_id: turn.state.ledger_id.to_string(), reason: reason as i32 }
}

fn checkpoint(cursor: &Cursor, confirmed: Timestamp) -> pb::WatchCheckpoint {
    pb::WatchCheckpoint {
        revision: cursor.revision,
        ledger_id: cursor.ledger_id.to_string(),
        rules_version: cursor.rules_version,
        confirmed_time: Some(times::to_pb(confirmed)),
        integrator_id: cursor.scope.as_ref().map(ToString::to_string).unwrap_or_default(),
        history: cursor.history.0.to_vec().into(),
    }
}

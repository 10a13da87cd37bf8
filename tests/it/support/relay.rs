//! A wire between a client and a server that can be cut, led to another server or to none, and made deaf to a word.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// The wire.
pub struct Relay {
    pub address: SocketAddr,
    target: Arc<Mutex<Option<SocketAddr>>>,
    connections: Arc<Mutex<JoinSet<()>>>,
}

impl Relay {
    /// A wire to a server.
    pub async fn to(target: SocketAddr) -> Self {
        Self::make(target, None).await
    }

    /// A wire on which a client that says this word is not heard any more from there on, and is told nothing of it.
    pub async fn deaf(target: SocketAddr, word: &'static [u8]) -> Self {
        Self::make(target, Some(word)).await
    }

    async fn make(target: SocketAddr, word: Option<&'static [u8]>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (target, connections) = (Arc::new(Mutex::new(Some(target))), Arc::new(Mutex::new(JoinSet::new())));
        let (to, open) = (target.clone(), connections.clone());
        tokio::spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else { return };
                let mut open = open.lock().unwrap();
                while open.try_join_next().is_some() {}
                let target = *to.lock().unwrap();
                target.map(|target| open.spawn(carry(near, target, word)));
            }
        });
        Self { address, target, connections }
    }

    /// Cuts every connection; new ones are made as before.
    pub fn cut(&self) {
        self.connections.lock().unwrap().abort_all();
    }

    /// Leads everybody to another server.
    pub fn lead_to(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = Some(target);
        self.cut();
    }

    /// Leads nobody anywhere: every connection is cut, and new ones are closed at once. Nothing comes through any more when
    /// it is done.
    pub async fn shut(&self) {
        *self.target.lock().unwrap() = None;
        let mut open = std::mem::take(&mut *self.connections.lock().unwrap());
        open.shutdown().await;
    }
}

async fn carry(mut near: TcpStream, target: SocketAddr, word: Option<&'static [u8]>) {
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let Some(word) = word else {
        let _ = copy_bidirectional(&mut near, &mut far).await;
        return;
    };
    let ((mut asked, mut told), (mut answers, mut asks)) = (near.split(), far.split());
    let there = async {
        let mut bytes = vec![0; 16 << 10];
        while let Ok(length @ 1..) = asked.read(&mut bytes).await {
            if bytes[..length].windows(word.len()).any(|part| part == word) {
                pending::<()>().await;
            }
            if asks.write_all(&bytes[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        _ = copy(&mut answers, &mut told) => {}
    }
}

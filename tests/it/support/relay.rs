//! A wire between a client and a server that can be cut, and led to another server.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// The wire.
pub struct Relay {
    pub address: SocketAddr,
    target: Arc<Mutex<SocketAddr>>,
    connections: Arc<Mutex<JoinSet<()>>>,
}

impl Relay {
    /// A wire to a server.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (target, connections) = (Arc::new(Mutex::new(target)), Arc::new(Mutex::new(JoinSet::new())));
        let (to, open) = (target.clone(), connections.clone());
        tokio::spawn(async move {
            loop {
                let Ok((mut near, _)) = listener.accept().await else { return };
                let target = *to.lock().unwrap();
                open.lock().unwrap().spawn(async move {
                    let Ok(mut far) = TcpStream::connect(target).await else { return };
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
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
        *self.target.lock().unwrap() = target;
        self.cut();
    }
}

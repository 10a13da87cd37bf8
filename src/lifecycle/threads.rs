//! The threads of the service. The gate has its own, and the machine prefers them: what writes, reads the database, sends
//! mails or shows pages gets what they leave, so that a check does not wait behind it where processors are few.

use std::{future::Future, io, time::Duration};
use tokio::runtime::{Builder, Handle};

/// By how much everything else stands behind the gate, as `nice` counts: it gets three hundredths of a processor that the gate
/// could fill, so it slows down and does not starve.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 16;

/// How long work that nobody waits for any more may take to end.
const END: Duration = Duration::from_secs(1);

/// Runs the service to its end. `service` is given where the gate is to be served; all else that it starts stands behind.
pub fn beside_the_gate<T, F: Future<Output = T>>(service: impl FnOnce(Handle) -> F) -> io::Result<T> {
    // Threads have the rank of the thread that makes them, the database's too; so the gate's are made first.
    let gate = Builder::new_multi_thread().thread_name("gate").enable_all().build()?;
    stand_behind();
    let rest = Builder::new_multi_thread().enable_all().build()?;
    let end = rest.block_on(service(gate.handle().clone()));
    // Whoever still works on something has had its time; a name server that does not answer holds up no end.
    rest.shutdown_timeout(END);
    Ok(end)
}

/// Gives this thread, and those that it will make, a lower rank, which needs no right. Only Linux ranks threads and not whole
/// processes. A sandbox may refuse it all the same: then the rank stays, and the service serves.
pub fn stand_behind() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::getpriority_process(None)
        .and_then(|own| rustix::process::setpriority_process(None, own + BEHIND));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn rank() -> i32 {
        rustix::process::getpriority_process(None).unwrap()
    }

    #[test]
    fn all_but_the_gate_stands_behind() {
        // On a thread of its own, which keeps the rank it is given.
        let test = std::thread::spawn(|| {
            let before = rank();
            let ranks = beside_the_gate(|gate| async move {
                let of_gate = gate.spawn(async { rank() }).await.unwrap();
                let of_task = tokio::spawn(async { rank() }).await.unwrap();
                let of_thread = tokio::task::spawn_blocking(|| std::thread::spawn(rank).join().unwrap()).await.unwrap();
                (of_gate, rank(), of_task, of_thread)
            });
            let behind = (before + BEHIND).min(19);
            assert_eq!(ranks.unwrap(), (before, behind, behind, behind));
        });
        test.join().unwrap();
    }
}

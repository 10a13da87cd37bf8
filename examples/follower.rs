//! A gateway that decides by itself: `cargo run --example follower --no-default-features --features client -- TOKEN_FILE
//! SENDER_ID INTEGRATOR_ID`, against a service on 127.0.0.1:50051.

use ombord::{
    client::{Client, GateFollower, Lease, Named, Question, system_clock},
    domain::{ids::IntegratorId, vocabulary::ContentType},
};
use std::{error::Error, sync::Arc, time::Duration};
use tonic::transport::Endpoint;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(sender), Some(integrator)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("give the file that holds the gateway's token, a sender_id and an integrator_id".into());
    };
    // Read at each call, so that whoever renews the token writes it there.
    let token = Arc::new(move || std::fs::read_to_string(&file).unwrap_or_default());
    let channel = Endpoint::from_static("http://127.0.0.1:50051").connect_lazy();
    let follower = GateFollower::start(Client::new(channel, token), Lease::default());
    let now = system_clock();

    if !follower.reaches(1, Duration::from_secs(30)).await {
        return Err("no facts came: is the service running, and the token good?".into());
    }
    let question = Question {
        sender: Named::Id(sender.parse()?),
        integrator_id: Some(IntegratorId::parse(&integrator)?),
        content_type: ContentType::Payslip,
    };
    for _ in 0..30 {
        // From memory, well below a microsecond. Where only the server can tell, it is asked.
        match follower.check_or_ask(&question, &*now).await {
            Ok(decision) if decision.allowed => println!("ALLOW"),
            Ok(decision) => println!("DENY, {}: {:?}", if decision.hold { "hold" } else { "reject" }, decision.reason),
            Err(status) => println!("do not send, and ask again: {}", status.message()),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

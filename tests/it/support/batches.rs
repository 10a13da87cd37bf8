//! A batch, asked and answered as on the wire.

use ombord::{
    domain::ids::IntegratorId,
    grpc::gate::batch::{Asked, response},
    pb::{BatchCheckSendRequest, BatchCheckSendResponse},
    service::{
        caller::{Caller, Scopes},
        checks::moment::Moment,
    },
};
use prost::Message;

/// What a gateway is told.
pub async fn answers(moment: &Moment, questions: &BatchCheckSendRequest) -> BatchCheckSendResponse {
    answers_to(None, moment, questions).await
}

/// What an integrator is told, or a gateway.
pub async fn answers_to(
    integrator: Option<IntegratorId>,
    moment: &Moment,
    questions: &BatchCheckSendRequest,
) -> BatchCheckSendResponse {
    let caller = Caller::from_claims("caller".into(), integrator, Scopes::GATE_CHECK).unwrap();
    let of_batch = IntegratorId::parse(&questions.integrator_id).ok();
    let asked = Asked::decode(&*questions.encode_to_vec()).unwrap();
    let told = response(moment, &caller, of_batch.as_ref(), &asked).await;
    let bytes = told.encode_to_vec();
    assert_eq!(bytes.len(), told.encoded_len());
    let told = BatchCheckSendResponse::decode(&*bytes).unwrap();
    assert_eq!(told.encode_to_vec(), bytes, "as the generated message would have written it");
    told
}

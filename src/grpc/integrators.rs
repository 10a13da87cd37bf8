//! `IntegratorService`, thin: convert, call the service, convert back.

use super::convert::{Fields, answer, enums::Paired, filter_digest, open, times};
use crate::{
    domain::{
        ids::IntegratorId,
        organisation_number::{LegalNumber, OrganisationNumber},
        text,
        vocabulary::IntegratorKind,
    },
    pb::{self, integrator_service_server::IntegratorService},
    service::{
        Services,
        error::Result,
        integrators::{
            Changed,
            create::CreateIntegrator,
            etag,
            get::{IntegratorView, get_integrator},
            list::{ListIntegrators, list_integrators},
            suspend::{ResumeIntegrator, SuspendIntegrator},
            update::UpdateIntegrator,
        },
        mutation::{Stamp, mutate},
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `IntegratorService`.
pub struct Integrators(pub Arc<Services>);

/// The most e-mail domains that an integrator may have.
const MOST_DOMAINS: usize = 50;

impl Fields {
    /// An integrator's slug that must be given.
    pub fn integrator_id(&mut self, text: &str) -> Option<IntegratorId> {
        self.take("integrator_id", IntegratorId::parse(text))
    }

    fn legal_number(&mut self, field: &str, text: &str) -> Option<LegalNumber> {
        match self.take(field, OrganisationNumber::parse(text))? {
            OrganisationNumber::Legal(number) => Some(number),
            OrganisationNumber::SoleTrader(_) => {
                self.fault(field, "must be that of a legal person");
                None
            }
        }
    }

    fn domains(&mut self, field: &str, domains: &[String]) -> Vec<String> {
        if domains.len() > MOST_DOMAINS {
            self.fault(field, format!("must have at most {MOST_DOMAINS} domains"));
            return Vec::new();
        }
        let parse = |(place, domain): (usize, &String)| self.take(&format!("{field}[{place}]"), text::domain(domain));
        let mut domains: Vec<String> = domains.iter().enumerate().filter_map(parse).collect();
        domains.sort_unstable();
        domains.dedup();
        domains
    }
}

fn create(message: pb::CreateIntegratorRequest) -> Result<(Stamp, CreateIntegrator)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let integrator_id = fields.integrator_id(&message.integrator_id);
    let display_name = fields.take("display_name", text::name(&message.display_name));
    let organisation_number = fields.legal_number("organisation_number", &message.organisation_number);
    let kind = fields.required_enum("kind", message.kind);
    let email_domains = fields.domains("email_domains", &message.email_domains);
    let read = || {
        let (integrator_id, display_name) = (integrator_id?, display_name?);
        Some((
            stamp?,
            CreateIntegrator {
                integrator_id,
                display_name,
                organisation_number: organisation_number?,
                kind: kind?,
                email_domains,
            },
        ))
    };
    fields.finish(read())
}

fn update(message: pb::UpdateIntegratorRequest) -> Result<(Stamp, UpdateIntegrator)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let integrator_id = fields.integrator_id(&message.integrator_id);
    if message.etag.is_empty() {
        fields.fault("etag", "must be that of the integrator as it was read");
    }
    let display_name = message.display_name.as_ref().map(|name| fields.take("display_name", text::name(name)));
    let email_domains = message.email_domains.map(|list| fields.domains("email_domains.domains", &list.domains));
    let read = || {
        Some((
            stamp?,
            UpdateIntegrator {
                integrator_id: integrator_id?,
                etag: Some(message.etag),
                display_name: display_name.flatten(),
                email_domains,
            },
        ))
    };
    fields.finish(read())
}

fn suspend(message: pb::SuspendIntegratorRequest) -> Result<(Stamp, SuspendIntegrator)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let integrator_id = fields.integrator_id(&message.integrator_id);
    let reason = fields.take("reason", text::one_line(&message.reason, 1000));
    let read = || Some((stamp?, SuspendIntegrator { integrator_id: integrator_id?, reason: reason? }));
    fields.finish(read())
}

fn resume(message: pb::ResumeIntegratorRequest) -> Result<(Stamp, ResumeIntegrator)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let integrator_id = fields.integrator_id(&message.integrator_id);
    let reason = fields.take("reason", text::one_line(&message.reason, 1000));
    let read = || Some((stamp?, ResumeIntegrator { integrator_id: integrator_id?, reason: reason? }));
    fields.finish(read())
}

fn list(mut message: pb::ListIntegratorsRequest) -> Result<ListIntegrators> {
    let mut fields = Fields::default();
    let kinds = fields.enums::<IntegratorKind>("kinds", &message.kinds);
    let mut wanted = Vec::new();
    for (place, state) in message.states.iter().enumerate() {
        match pb::IntegratorState::try_from(*state) {
            Ok(pb::IntegratorState::Active) => wanted.push(false),
            Ok(pb::IntegratorState::Suspended) => wanted.push(true),
            _ => fields.fault(&format!("states[{place}]"), "must be ACTIVE or SUSPENDED"),
        }
    }
    let both = wanted.contains(&true) && wanted.contains(&false);
    let suspended = if both { None } else { wanted.first().copied() };
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let changed_after_revision = message.changed_after_revision;
    fields.finish(Some(ListIntegrators { page_size, page_token, filter, kinds, suspended, changed_after_revision }))
}

fn state(suspended: bool) -> i32 {
    let state = if suspended { pb::IntegratorState::Suspended } else { pb::IntegratorState::Active };
    state as i32
}

fn view(view: IntegratorView) -> pb::Integrator {
    let IntegratorView { facts, suspension_reason } = view;
    pb::Integrator {
        integrator_id: facts.integrator_id.to_string(),
        display_name: facts.display_name,
        organisation_number: facts.organisation_number.to_string(),
        kind: facts.kind.to_pb(),
        email_domains: facts.email_domains,
        state: state(facts.suspension.is_some()),
        suspension_reason: suspension_reason.unwrap_or_default(),
        suspend_time: facts.suspension.map(|suspension| times::to_pb(suspension.since)),
        create_time: Some(times::to_pb(facts.created)),
        update_time: Some(times::to_pb(facts.updated)),
        etag: etag(facts.revision),
        revision: facts.revision,
    }
}

/// The answers to the four changes have the same fields but for one time.
macro_rules! changed {
    ($message:ident, $time:ident, $changed:expr, $when:ident) => {{
        let changed: Changed = $changed;
        pb::$message {
            state: state(changed.suspended),
            changed: changed.changed,
            $time: Some(times::to_pb(changed.$when)),
            etag: changed.etag,
            revision: changed.revision,
            ledger_id: changed.ledger_id.to_string(),
            integrator_id: changed.integrator_id.to_string(),
        }
    }};
}

#[tonic::async_trait]
impl IntegratorService for Integrators {
    async fn create_integrator(
        &self,
        request: Request<pb::CreateIntegratorRequest>,
    ) -> std::result::Result<Response<pb::CreateIntegratorResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = create(message)?;
                Ok(changed!(
                    CreateIntegratorResponse,
                    create_time,
                    mutate(&self.0, caller, stamp, verb).await?,
                    created
                ))
            }
            .await,
        )
    }

    async fn get_integrator(
        &self,
        request: Request<pb::GetIntegratorRequest>,
    ) -> std::result::Result<Response<pb::GetIntegratorResponse>, Status> {
        let (_, message) = open(request)?;
        answer(
            async {
                let mut fields = Fields::default();
                let id = fields.integrator_id(&message.integrator_id);
                let (integrator, revision) = get_integrator(&self.0, &fields.finish(id)?).await?;
                Ok(pb::GetIntegratorResponse { integrator: Some(view(integrator)), revision })
            }
            .await,
        )
    }

    async fn list_integrators(
        &self,
        request: Request<pb::ListIntegratorsRequest>,
    ) -> std::result::Result<Response<pb::ListIntegratorsResponse>, Status> {
        let (_, message) = open(request)?;
        answer(
            async {
                let page = list_integrators(&self.0, list(message)?).await?;
                Ok(pb::ListIntegratorsResponse {
                    integrators: page.items.into_iter().map(view).collect(),
                    next_page_token: page.next_page_token,
                    revision: page.revision,
                })
            }
            .await,
        )
    }

    async fn update_integrator(
        &self,
        request: Request<pb::UpdateIntegratorRequest>,
    ) -> std::result::Result<Response<pb::UpdateIntegratorResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = update(message)?;
                Ok(changed!(
                    UpdateIntegratorResponse,
                    update_time,
                    mutate(&self.0, caller, stamp, verb).await?,
                    updated
                ))
            }
            .await,
        )
    }

    async fn suspend_integrator(
        &self,
        request: Request<pb::SuspendIntegratorRequest>,
    ) -> std::result::Result<Response<pb::SuspendIntegratorResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = suspend(message)?;
                Ok(changed!(
                    SuspendIntegratorResponse,
                    update_time,
                    mutate(&self.0, caller, stamp, verb).await?,
                    updated
                ))
            }
            .await,
        )
    }

    async fn resume_integrator(
        &self,
        request: Request<pb::ResumeIntegratorRequest>,
    ) -> std::result::Result<Response<pb::ResumeIntegratorResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = resume(message)?;
                Ok(changed!(
                    ResumeIntegratorResponse,
                    update_time,
                    mutate(&self.0, caller, stamp, verb).await?,
                    updated
                ))
            }
            .await,
        )
    }
}

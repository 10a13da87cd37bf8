//! A call that is over, and its line in the log. Never a token, never a body, never text of the caller's but the request id.

use super::route::Route;
use crate::{domain::ids::IntegratorId, grpc::status::code_name, service::caller::Caller};
use opentelemetry::trace::TraceId;
use std::time::Duration;
use tonic::Code;

/// All that is told of a call.
pub(super) struct Ended<'a> {
    pub route: Route,
    /// How it ended.
    pub code: Code,
    /// Whether nobody waited for its end.
    pub hung_up: bool,
    pub took: Duration,
    /// Who called, if that is known.
    pub caller: Option<&'a Caller>,
    /// The call's id, where somebody has seen it.
    pub request_id: Option<&'a str>,
}

impl Ended<'_> {
    /// The kind of the caller.
    pub fn caller_kind(&self) -> &'static str {
        self.caller.map_or("none", Caller::kind_name)
    }

    /// The integrator that called, if it was one.
    pub fn integrator(&self) -> Option<&str> {
        self.caller.and_then(Caller::integrator).map(IntegratorId::as_str)
    }

    /// Writes its line, unless it is of those that are only counted when they were answered well.
    pub fn log(&self, trace_id: Option<TraceId>) {
        let well = self.code == Code::Ok;
        let quiet = self.route.is_quiet() && (well || matches!(self.route, Route::Open(_)));
        if quiet && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let method = self.route.name();
        let code = if self.hung_up { "cancelled by the caller" } else { code_name(self.code) };
        let duration_ms = self.took.as_secs_f64() * 1000.0;
        let trace_id = trace_id.map(tracing::field::display);
        let (caller, integrator, request_id) = (self.caller_kind(), self.integrator(), self.request_id);
        if quiet {
            tracing::debug!(method, code, duration_ms, request_id, caller, integrator, trace_id, "call");
        } else {
            tracing::info!(method, code, duration_ms, request_id, caller, integrator, trace_id, "call");
        }
    }
}

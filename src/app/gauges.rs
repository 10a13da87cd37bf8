//! What is shown of the gate in memory.

use crate::{domain::time::Timestamp, gate::Gate};
use prometheus::{Gauge, IntGauge, Opts, Registry};

/// Gauges of the gate.
pub(super) struct Gauges {
    revision: IntGauge,
    lag: Gauge,
    answers: IntGauge,
}

impl Gauges {
    /// Gauges that a registry shows.
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| IntGauge::with_opts(Opts::new(name, help));
        let gauges = Self {
            revision: gauge("ombord_gate_revision", "The revision of the facts that the gate answers from.")?,
            lag: Gauge::with_opts(Opts::new(
                "ombord_gate_lag_seconds",
                "The time since the gate last knew that nothing newer was in the database.",
            ))?,
            answers: gauge("ombord_gate_answers", "1 while the gate answers, 0 while it does not.")?,
        };
        registry.register(Box::new(gauges.revision.clone()))?;
        registry.register(Box::new(gauges.lag.clone()))?;
        registry.register(Box::new(gauges.answers.clone()))?;
        Ok(gauges)
    }

    /// Sets them to what holds at `now`.
    pub(super) fn set(&self, gate: &Gate, now: Timestamp) {
        let revision = gate.state().map_or(0, |state| state.revision);
        self.revision.set(i64::try_from(revision).unwrap_or(i64::MAX));
        self.lag.set(now.since(gate.confirmed()).as_secs_f64());
        self.answers.set(i64::from(gate.fresh(now).is_some()));
    }
}

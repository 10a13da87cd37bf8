//! What is counted of calls. A count costs a few atomic additions and waits for nobody.

use super::route::Route;
use crate::{
    auth::table::TABLE,
    grpc::status::{CODES, code_name},
};
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};
use std::{sync::OnceLock, time::Duration};
use tonic::Code;

/// Upper bounds of the times of calls, in seconds.
const SECONDS: [f64; 14] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Counts since the start of the process, by method.
pub struct Tally {
    calls: IntCounterVec,
    seconds: HistogramVec,
    /// One for each row of the table of RPCs, one for health and reflection, one for what is no method.
    methods: Box<[Method]>,
    cancelled: IntCounter,
    panicked: IntCounter,
    shed: IntCounter,
}

/// The counts of one method, looked up when the first call is counted.
#[derive(Default)]
struct Method {
    codes: [OnceLock<IntCounter>; CODES],
    seconds: OnceLock<Histogram>,
}

impl Tally {
    /// Counts that a registry shows.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let calls = Opts::new("ombord_grpc_calls_total", "Calls that were answered, by method and code.");
        let seconds =
            HistogramOpts::new("ombord_grpc_call_seconds", "The time from a call's head to its answer's end.");
        let counter = |name: &str, help: &str| -> Result<IntCounter, prometheus::Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let tally = Self {
            calls: IntCounterVec::new(calls, &["method", "code"])?,
            seconds: HistogramVec::new(seconds.buckets(SECONDS.to_vec()), &["method"])?,
            methods: (0..TABLE.len() + 2).map(|_| Method::default()).collect(),
            cancelled: counter("ombord_grpc_cancelled_total", "Calls whose caller hung up before the answer's end.")?,
            panicked: counter("ombord_grpc_panics_total", "Handlers that panicked.")?,
            shed: counter("ombord_grpc_shed_total", "Calls turned away because too many were under way.")?,
        };
        registry.register(Box::new(tally.calls.clone()))?;
        registry.register(Box::new(tally.seconds.clone()))?;
        Ok(tally)
    }

    pub(super) fn answered(&self, route: Route, code: Code, time: Duration) {
        let place = match route {
            Route::Ours(row) => row.number,
            Route::Open(_) => TABLE.len(),
            Route::Unknown => TABLE.len() + 1,
        };
        let Some(method) = self.methods.get(place) else { return };
        let name = || match route {
            Route::Open(_) => "(health and reflection)",
            known => known.name(),
        };
        let first = || self.calls.with_label_values(&[name(), code_name(code)]);
        if let Some(counter) = method.codes.get(code as usize) {
            counter.get_or_init(first).inc();
        }
        method.seconds.get_or_init(|| self.seconds.with_label_values(&[name()])).observe(time.as_secs_f64());
    }

    pub(super) fn cancelled(&self) {
        self.cancelled.inc();
    }

    pub(super) fn panicked(&self) {
        self.panicked.inc();
    }

    pub(super) fn shed(&self) {
        self.shed.inc();
    }
}

#[cfg(test)]
impl Tally {
    pub fn answered_calls(&self) -> u64 {
        let families = prometheus::core::Collector::collect(&self.calls);
        let counts = families.iter().flat_map(|family| family.get_metric());
        counts.map(|metric| metric.get_counter().get_value() as u64).sum()
    }

    pub fn cancelled_calls(&self) -> u64 {
        self.cancelled.get()
    }

    pub fn panics(&self) -> u64 {
        self.panicked.get()
    }

    pub fn shed_calls(&self) -> u64 {
        self.shed.get()
    }
}

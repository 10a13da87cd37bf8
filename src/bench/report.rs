//! Figures, and how those of one server compare with another's.

use super::{load::Measured, rounds::Series};
use serde::Serialize;
use std::fmt;

/// The figures of one round.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    /// Calls answered a second.
    pub calls_per_second: f64,
    /// Questions answered a second.
    pub checks_per_second: f64,
    /// Median latency in microseconds.
    pub p50_us: f64,
    /// Nine tenths are faster.
    pub p90_us: f64,
    /// All but one in a hundred are faster.
    pub p99_us: f64,
    /// All but one in a thousand are faster.
    pub p999_us: f64,
    /// The slowest.
    pub max_us: f64,
    /// Microseconds of processor that the server's process used for a call; absent of a server elsewhere.
    pub server_cpu_us_per_call: Option<f64>,
    /// Memory of the server's process at the end, in MiB.
    pub server_resident_mib: Option<f64>,
    /// Microseconds of processor that this process used for a call.
    pub load_cpu_us_per_call: f64,
    /// Calls that a rate asked for and that were not sent.
    pub unsent: u64,
    /// Senders that were registered meanwhile, a second; absent where nobody wrote.
    pub written_per_second: Option<f64>,
    /// Spans that came to the collector, a second; absent where no calls are traced.
    pub spans_per_second: Option<f64>,
}

/// What the figures are called, and where they are.
type Column = (&'static str, fn(&Figures) -> Option<f64>);

const COLUMNS: &[Column] = &[
    ("calls/s", |one| Some(one.calls_per_second)),
    ("checks/s", |one| Some(one.checks_per_second)),
    ("p50 µs", |one| Some(one.p50_us)),
    ("p90 µs", |one| Some(one.p90_us)),
    ("p99 µs", |one| Some(one.p99_us)),
    ("p99.9 µs", |one| Some(one.p999_us)),
    ("max µs", |one| Some(one.max_us)),
    ("server CPU µs/call", |one| one.server_cpu_us_per_call),
    ("server RSS MiB", |one| one.server_resident_mib),
    ("load CPU µs/call", |one| Some(one.load_cpu_us_per_call)),
    ("senders written/s", |one| one.written_per_second),
    ("spans/s", |one| one.spans_per_second),
];

impl Figures {
    /// Of one round in which each call held so many questions.
    pub fn of(measured: &Measured, items: usize) -> Self {
        let calls = measured.answered as f64;
        let at = |quantile| measured.latency.value_at_quantile(quantile) as f64 / 1e3;
        let per_call = |seconds: f64| seconds * 1e6 / calls.max(1.0);
        Self {
            calls_per_second: calls / measured.seconds,
            checks_per_second: calls * items as f64 / measured.seconds,
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: measured.latency.max() as f64 / 1e3,
            server_cpu_us_per_call: measured.server.map(|usage| per_call(usage.cpu_seconds)),
            server_resident_mib: measured.server.map(|usage| usage.resident_bytes as f64 / f64::from(1 << 20)),
            load_cpu_us_per_call: per_call(measured.load.cpu_seconds),
            unsent: measured.unsent,
            written_per_second: measured.written,
            spans_per_second: measured.spans,
        }
    }
}

/// A figure over all rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The middle one; of an even number the lower.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of at least one figure.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        Some(Self { median: *sorted.get((sorted.len() - 1) / 2)?, least, most })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.most < 10.0 { 2 } else { usize::from(self.most < 100.0) };
        write!(f, "{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.least, self.most)
    }
}

/// One server's figures.
#[derive(Debug, Clone, Serialize)]
pub struct Server {
    /// What it is called.
    pub name: &'static str,
    /// A round after the other.
    pub rounds: Vec<Figures>,
}

/// One figure of the first server divided by another's, round by round.
#[derive(Debug, Clone, Serialize)]
pub struct Ratio {
    /// Which figure.
    pub figure: &'static str,
    /// By whose it is divided.
    pub by: &'static str,
    /// The quotients.
    pub ratio: Spread,
}

/// All figures.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The servers, the measured one first.
    pub servers: Vec<Server>,
    /// How the first compares with each of the others.
    pub ratios: Vec<Ratio>,
}

impl Report {
    /// Of all that was measured; the first series is held against each of the others.
    pub fn of(series: &[Series]) -> Self {
        let server = |one: &Series| Server {
            name: one.name,
            rounds: one.rounds.iter().map(|round| Figures::of(round, one.items)).collect(),
        };
        let servers: Vec<Server> = series.iter().map(server).collect();
        let mut ratios = Vec::new();
        if let Some((first, others)) = servers.split_first() {
            for (other, (figure, of)) in others.iter().flat_map(|other| COLUMNS.iter().map(move |one| (other, one))) {
                let pairs = first.rounds.iter().zip(&other.rounds);
                let quotient = |(own, other)| Some(of(own)? / of(other)?).filter(|ratio| ratio.is_finite());
                let ratio = Spread::of(pairs.filter_map(quotient));
                ratios.extend(ratio.map(|ratio| Ratio { figure, by: other.name, ratio }));
            }
        }
        Self { servers, ratios }
    }

    /// How many calls a rate asked for in vain.
    pub fn unsent(&self) -> u64 {
        self.servers.iter().flat_map(|server| &server.rounds).map(|round| round.unsent).sum()
    }
}

/// For people: a line for each figure, the median of all rounds with the least and the most.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 34;
        write!(f, "{:<20}", "")?;
        for server in &self.servers {
            write!(f, "{:>WIDTH$}", server.name)?;
        }
        for other in self.servers.iter().skip(1) {
            write!(f, "{:>WIDTH$}", format!("ratio to {}", other.name))?;
        }
        for (figure, of) in COLUMNS {
            write!(f, "\n{figure:<20}")?;
            for server in &self.servers {
                let spread = Spread::of(server.rounds.iter().filter_map(of));
                write!(f, "{:>WIDTH$}", spread.map_or("-".to_owned(), |spread| spread.to_string()))?;
            }
            for other in self.servers.iter().skip(1) {
                let ratio = self.ratios.iter().find(|ratio| ratio.by == other.name && ratio.figure == *figure);
                write!(f, "{:>WIDTH$}", ratio.map_or("-".to_owned(), |ratio| ratio.ratio.to_string()))?;
            }
        }
        Ok(())
    }
}

//! Calls over and over, and how long each took.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Quantiles that a line tells.
const QUANTILES: [(f64, &str); 4] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9")];

/// What a run of callers measured.
pub(crate) struct Measured {
    /// Calls a second, all callers together.
    pub(crate) per_second: f64,
    /// Microseconds a call.
    latencies: Histogram<u64>,
}

impl Measured {
    /// Of the calls of a kind, out of a run of so long.
    pub(crate) fn of(latencies: Histogram<u64>, elapsed: Duration) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "far fewer calls than 2^52")]
        let calls = latencies.len() as f64;
        Self {
            per_second: calls / elapsed.as_secs_f64(),
            latencies,
        }
    }

    pub(crate) fn say(&self, what: &str) {
        let millis = |quantile| {
            let micros = self.latencies.value_at_quantile(quantile);
            Duration::from_micros(micros).as_secs_f64() * 1_000.0
        };
        let told = QUANTILES.map(|(quantile, name)| format!("{name} {:>7.2}", millis(quantile)));
        println!(
            "{what:<58} {:>9.0}/s   {} ms",
            self.per_second,
            told.join("  ")
        );
    }
}

/// Microseconds up to a minute, three digits.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(60_000_000, 3).expect("a minute in three digits is allowed")
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets `callers` call over and over for a while; each call says of which of `K` kinds it was.
pub(crate) async fn measure_kinds<const K: usize, F, C>(
    callers: usize,
    seconds: u64,
    call: C,
) -> [Measured; K]
where
    C: Fn(usize) -> F + Clone + Send + 'static,
    F: Future<Output = usize> + Send,
{
    let start = now();
    let end = start + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let mut latencies: [_; K] = std::array::from_fn(|_| histogram());
            while now() < end {
                let before = now();
                let kind = call(caller).await;
                let micros = before.elapsed().as_micros();
                latencies[kind].saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
            }
            latencies
        });
    }
    let mut all: [_; K] = std::array::from_fn(|_| histogram());
    while let Some(latencies) = tasks.join_next().await {
        for (sum, own) in all.iter_mut().zip(latencies.expect("no caller panics")) {
            sum.add(own).expect("histograms of one kind add up");
        }
    }
    let elapsed = start.elapsed();
    all.map(|latencies| Measured::of(latencies, elapsed))
}

/// As [`measure_kinds`], of one kind.
pub(crate) async fn measure<F, C>(callers: usize, seconds: u64, call: C) -> Measured
where
    C: Fn(usize) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let one = move |caller| {
        let calling = call(caller);
        async move {
            calling.await;
            0
        }
    };
    let [measured] = measure_kinds(callers, seconds, one).await;
    measured
}

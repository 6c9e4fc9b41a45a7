//! Which calls are traced: a share of those that begin here, and, up to a bound, every one whose
//! caller traces it.
//!
//! A caller's trace is whole only if we are in it, so its word counts: what it traces is traced, what
//! it does not trace is not. But it is asked before anybody knows who calls, and to trace a call
//! costs, here and at the collector; so only so many a second are followed, and of what is beyond that
//! the usual share. That share is drawn by a number of our own: the id of a trace is its caller's
//! choice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingDecision, SamplingResult, ShouldSample,
};
use tokio::time::Instant;

/// Most calls a second that are traced because their callers say so.
const FOLLOWED_MAX: u32 = 20;

const SECOND: Duration = Duration::from_secs(1);

/// Which calls are traced.
#[derive(Debug, Clone)]
pub(super) struct Share {
    drawn: Sampler,
    followed: Arc<Mutex<Followed>>,
}

/// The calls that were followed in the second that began last.
#[derive(Debug, Default)]
struct Followed {
    begun: Option<Instant>,
    calls: u32,
}

impl Followed {
    /// Whether one more may be.
    fn may_be(&mut self, now: Instant) -> bool {
        if self.begun.is_none_or(|begun| now - begun >= SECOND) {
            *self = Self {
                begun: Some(now),
                calls: 0,
            };
        }
        let may_be = self.calls < FOLLOWED_MAX;
        self.calls += u32::from(may_be);
        may_be
    }
}

impl Share {
    /// So many of a thousand.
    pub(super) fn new(per_mille: u32) -> Self {
        Self {
            drawn: Sampler::TraceIdRatioBased(f64::from(per_mille) / 1_000.0),
            followed: Arc::default(),
        }
    }

    fn draw(&self) -> SamplingDecision {
        let number = RandomIdGenerator::default().new_trace_id();
        let drawn = &self.drawn;
        let drawn = drawn.should_sample(None, number, "", &SpanKind::Internal, &[], &[]);
        drawn.decision
    }

    fn decide(&self, parent: Option<&Context>, now: Instant) -> SamplingDecision {
        let parent = parent.map(|context| context.span().span_context().clone());
        let Some(parent) = parent.filter(SpanContext::is_valid) else {
            return self.draw();
        };
        if !parent.is_sampled() {
            return SamplingDecision::Drop;
        }
        let followed = || {
            let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
            followed.may_be(now)
        };
        // What is within a span of ours goes where that goes.
        if !parent.is_remote() || followed() {
            return SamplingDecision::RecordAndSample;
        }
        self.draw()
    }
}

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: self.decide(parent, Instant::now()),
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags};

    use super::*;

    /// How many of a hundred calls of such callers are traced, all in one moment.
    fn traced(share: &Share, parent: Option<(TraceFlags, bool)>, now: Instant) -> usize {
        // The least there is: a share that is drawn by the trace's id always has it.
        let (trace, span) = (TraceId::from(1_u128), SpanId::from(1_u64));
        let parent = parent.map(|(flags, is_remote)| {
            let caller = SpanContext::new(trace, span, flags, is_remote, TraceState::NONE);
            Context::new().with_remote_span_context(caller)
        });
        let decide = |_: &i32| share.decide(parent.as_ref(), now);
        let decided = (0..100).filter(|call| decide(call) == SamplingDecision::RecordAndSample);
        decided.count()
    }

    #[test]
    fn a_share_is_traced_and_callers_are_followed_up_to_a_bound() {
        let now = Instant::now();
        let bound = FOLLOWED_MAX as usize;
        let (traces, does_not) = (TraceFlags::SAMPLED, TraceFlags::default());
        let (none, all) = (Share::new(0), Share::new(1_000));
        assert_eq!(traced(&none, None, now), 0);
        assert_eq!(traced(&all, None, now), 100);
        for share in [&none, &all] {
            assert_eq!(traced(share, Some((does_not, true)), now), 0);
            assert_eq!(traced(share, Some((traces, false)), now), 100);
        }
        assert_eq!(traced(&none, Some((traces, true)), now), bound);
        assert_eq!(
            traced(&none, Some((traces, true)), now),
            0,
            "in this second"
        );
        assert_eq!(traced(&none, Some((traces, true)), now + SECOND), bound);
        // What is beyond the bound has the share that all have.
        assert_eq!(traced(&all, Some((traces, true)), now), 100);
        let some = traced(&Share::new(500), Some((traces, true)), now);
        assert!(
            (bound + 5..95).contains(&some),
            "{some}, of an id that is always drawn"
        );
    }
}

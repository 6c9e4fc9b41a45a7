//! Traces, sent by OTLP in a build that has the feature `otlp`: gathered in a bounded queue, sent
//! behind the calls, and given up, never waited for, where no collector takes them.
//!
//! **Architecture invariant:** nothing is sent of a span but its name, its times, its outcome, and
//! the attributes that `spans` lists.

#[cfg(feature = "otlp")]
mod exporter;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod sampler;
#[cfg(not(feature = "otlp"))]
mod unsent;

#[cfg(feature = "otlp")]
pub(super) use self::otlp::{Sending, send};
#[cfg(not(feature = "otlp"))]
pub(super) use self::unsent::{Sending, send};

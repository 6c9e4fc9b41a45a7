//! The id by which one call is found in the logs of all who handled it.

use std::fmt;
use std::fmt::Write as _;

use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};

use crate::broker::Entropy;

/// Carries an id to us and from us.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken, in bytes: a UUID in braces, and more.
const ID_BYTES_MAX: usize = 64;

/// Random bytes of an id of ours, as many as of a W3C trace id.
const ID_BYTES: usize = 16;

/// The id of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Correlation(String);

impl Correlation {
    /// The id that the caller gave, if it is one, or the trace that the call is part of; else a new
    /// one.
    pub(super) fn of(headers: &HeaderMap, entropy: &Entropy) -> Self {
        let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let request_id = given(REQUEST_ID.as_str()).filter(|id| is_well_formed(id));
        let id = request_id.or_else(|| trace_id(given("traceparent")?));
        id.map_or_else(|| Self::new(entropy), |id| Self(id.to_owned()))
    }

    fn new(entropy: &Entropy) -> Self {
        let mut bytes = [0; ID_BYTES];
        entropy(&mut bytes);
        let mut id = String::with_capacity(2 * ID_BYTES);
        for byte in bytes {
            let _a_string_takes_everything = write!(id, "{byte:02x}");
        }
        Self(id)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("an id has letters, digits and a few marks")
    }
}

impl fmt::Display for Correlation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an id can stand in a log: short, and without spaces, quotes or line ends.
fn is_well_formed(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte);
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(fits)
}

/// The trace of a W3C `traceparent`: `00-{trace}-{span}-{flags}`, all in lower-case hex.
fn trace_id(parent: &str) -> Option<&str> {
    let parts: Vec<&str> = parent.splitn(5, '-').collect();
    let [version, trace, span, flags, ..] = *parts.as_slice() else {
        return None;
    };
    let is_hex = |text: &str, length: usize| {
        let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(fits)
    };
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let is_sound = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    let is_known = version != "ff" && (version != "00" || parts.len() == 4);
    (is_sound && is_known && !is_zero(trace) && !is_zero(span)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_id_is_taken_if_it_is_one_and_made_otherwise() {
        let made = "07".repeat(ID_BYTES);
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = format!("00-{trace}-00f067aa0ba902b7-01");
        let long = "x".repeat(ID_BYTES_MAX + 1);
        let zero = parent.replace(trace, &"0".repeat(32));
        let rows = [
            (Some("call-7"), None, "call-7"),
            (Some("call-7"), Some(parent.as_str()), "call-7"),
            (None, Some(parent.as_str()), trace),
            (Some("two words"), Some(parent.as_str()), trace),
            (Some(long.as_str()), None, made.as_str()),
            (Some(""), None, made.as_str()),
            (Some("quo\"te"), None, made.as_str()),
            (None, Some(zero.as_str()), made.as_str()),
            (None, Some("00-xyz-1-01"), made.as_str()),
            (None, Some(&parent[..54]), made.as_str()),
            (None, None, made.as_str()),
        ];
        let entropy: Entropy = Arc::new(|bytes: &mut [u8]| bytes.fill(7));
        for (request_id, parent, expected) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in [("x-request-id", request_id), ("traceparent", parent)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let found = Correlation::of(&headers, &entropy);
            assert_eq!(found.as_str(), expected, "{request_id:?} {parent:?}");
            assert_eq!(found.header().to_str().unwrap(), expected);
        }
    }
}

//! The time that a caller gives a call.

use std::time::Duration;

use tonic::codegen::http::HeaderMap;

/// Longest time that a caller may ask for.
const DEADLINE_MAX: Duration = Duration::from_secs(300);

/// How much before the caller's own deadline the answer is sent, so that it still arrives, and so
/// that no other timer answers first.
const HEADSTART: Duration = Duration::from_millis(10);

/// The time that the caller gives, less a head start; none if it does not say.
pub(super) fn asked_time(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    let asked = match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    };
    Some(
        asked
            .saturating_sub(HEADSTART.min(asked / 10))
            .min(DEADLINE_MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_time_is_read_in_every_unit() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            asked_time(&headers)
        };
        assert_eq!(read("1S"), Some(Duration::from_millis(990)));
        assert_eq!(read("50m"), Some(Duration::from_millis(45)));
        assert_eq!(read("100u"), Some(Duration::from_micros(90)));
        assert_eq!(read("99999999H"), Some(DEADLINE_MAX));
        for wrong in ["", "S", "1", "1x", "-1S", "123456789S", "1.5S"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(asked_time(&HeaderMap::new()), None);
    }
}

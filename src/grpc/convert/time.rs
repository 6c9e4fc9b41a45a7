//! Instants, civil minutes and windows.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::domain::calendar::moment_london;
use crate::domain::fault::Faults;
use crate::domain::window::Window;
use crate::grpc::v1;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// An instant for the wire: nanoseconds count forwards, before 1970 too.
pub(crate) fn instant(at: Timestamp) -> prost_types::Timestamp {
    let nanos = at.as_nanosecond();
    prost_types::Timestamp {
        seconds: i64::try_from(nanos.div_euclid(NANOS_PER_SECOND))
            .expect("an instant lies within a few thousand years of 1970"),
        nanos: i32::try_from(nanos.rem_euclid(NANOS_PER_SECOND))
            .expect("a remainder is less than a second of nanoseconds"),
    }
}

/// An instant from the wire.
pub(super) fn read_instant(member: &str, at: &prost_types::Timestamp) -> Result<Timestamp, Faults> {
    let is_normal = (0..1_000_000_000).contains(&at.nanos);
    let read = Timestamp::new(at.seconds, at.nanos).ok();
    read.filter(|_| is_normal)
        .ok_or_else(|| Faults::one(member, "is not a time between the years 1 and 9999"))
}

/// A civil minute in London.
pub(super) fn minute(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// A window with its end as an instant.
pub(super) fn window(window: Window) -> v1::Window {
    let end = window.closes.saturating_add(jiff::Span::new().minutes(1));
    v1::Window {
        opens: minute(window.opens),
        closes: minute(window.closes),
        label: window.label(),
        closes_at: Some(instant(moment_london(end))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_go_there_and_back_and_windows_end_with_their_last_minute() {
        for text in ["2026-11-21T12:00:00.25Z", "1960-01-01T00:00:00.75Z"] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(read_instant("at", &instant(at)).unwrap(), at);
        }
        let wrong = prost_types::Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        assert!(read_instant("at", &wrong).is_err());
        let minute = |text: &str| text.parse::<DateTime>().unwrap();
        let summer = Window::new(minute("2026-06-01T00:00"), minute("2026-06-07T23:59")).unwrap();
        let sent = window(summer);
        assert_eq!(
            (&*sent.opens, &*sent.closes),
            ("2026-06-01T00:00", "2026-06-07T23:59")
        );
        let end = read_instant("at", &sent.closes_at.unwrap()).unwrap();
        assert_eq!(end.to_string(), "2026-06-07T23:00:00Z");
    }
}

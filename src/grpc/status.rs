//! The only builder of a [`Status`]: what became of a request, in google.rpc's terms.
//!
//! Every status carries an `ErrorInfo` with a stable reason, and whatever else helps: every fault
//! by field path, the resource, when to try again. Nothing internal leaves: it is logged here, once.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::gate::MESSAGE_BYTES_MAX;
use crate::broker::BrokerError;
use crate::domain::fault::Faults;
use crate::domain::id::OrganisationId;
use crate::domain::template::EntryId;

/// The domain of every reason.
const DOMAIN: &str = "askonce";

/// Most bytes of faults told in one status: an eighth of a kilobyte short of what, in base64 and
/// with the rest, still fits the 8 KiB of metadata that common clients take.
const FAULT_BYTES_MAX: usize = 4_000;

/// Longest message, in characters: its start says what is wrong, the details say all.
const MESSAGE_CHARS_MAX: usize = 300;

/// The header that says in which encodings requests are taken.
const ACCEPTED_ENCODINGS: &str = "grpc-accept-encoding";
/// Most entries in conflict that one status names: what fits the same metadata.
const ENTRIES_TOLD_MAX: usize = 30;

/// When to try again after others changed the same thing.
const RETRY_CONTENDED: Duration = Duration::from_millis(100);

/// When to try again after there was too much to do.
const RETRY_BUSY: Duration = Duration::from_secs(1);

/// The status of a use case that did not do as asked.
pub(crate) fn of(error: BrokerError) -> Status {
    match error {
        BrokerError::Invalid(faults) => invalid(&faults),
        BrokerError::NotFound { resource } => not_found(&resource),
        BrokerError::Exists { resource } => {
            let message = format!("{resource} exists already, with other content");
            let mut details = reason("RESOURCE_EXISTS");
            details.set_resource_info(kind_of(&resource), resource, "", "has other content");
            build(Code::AlreadyExists, &message, details)
        }
        BrokerError::AskedAlready { resource } => {
            let message = format!("{resource} asks just the same; amend or withdraw that one");
            let mut details = reason("IDENTICAL_ASK");
            details.set_resource_info(kind_of(&resource), resource, "", "asks just the same");
            build(Code::AlreadyExists, &message, details)
        }
        BrokerError::Withdrawn { resource } => {
            let message = format!("{resource} was withdrawn; submit it again to revive it");
            let mut details = reason("ASK_WITHDRAWN");
            details.add_precondition_failure_violation("WITHDRAWN", resource, "was withdrawn");
            build(Code::FailedPrecondition, &message, details)
        }
        BrokerError::RequestIdReused => {
            let message = "this request id was used before, for another request";
            build(Code::AlreadyExists, message, reason("REQUEST_ID_REUSED"))
        }
        BrokerError::Stale { what, current } => stale(&what, &current),
        BrokerError::Precondition {
            reason: word,
            subject,
            message,
        } => {
            let mut details = reason(word);
            details.add_precondition_failure_violation(word, &*subject, &*message);
            let message = format!("{subject} {message}");
            build(Code::FailedPrecondition, &message, details)
        }
        BrokerError::DraftChanged { current, entries } => draft_changed(&current, &entries),
        BrokerError::NotKept { what } => {
            let mut details = reason("NOT_KEPT");
            details.add_precondition_failure_violation("KEPT", &what, "it is not kept here");
            let message = format!("this broker keeps no {what}");
            build(Code::FailedPrecondition, &message, details)
        }
        BrokerError::Contended => {
            let mut details = reason("CONTENDED");
            details.set_retry_info(Some(RETRY_CONTENDED));
            let message = "the same thing is being changed by others; nothing was done; try again";
            build(Code::Aborted, message, details)
        }
        BrokerError::Busy => overloaded(),
        BrokerError::Unavailable => {
            let message = "whether the request was carried out is not known, as the broker stops \
                           or its store does not answer; repeat it under the same request id";
            build(Code::Unavailable, message, reason("STORE_STOPPED"))
        }
        BrokerError::Internal(why) => {
            tracing::error!(why, "a use case broke");
            let message = "something went wrong inside; it is logged";
            build(Code::Internal, message, reason("INTERNAL"))
        }
    }
}

/// As [`of`], where the use case names faults by their place within one part of the request: all
/// but that of the request id, which stands beside it.
pub(crate) fn of_part(part: &str, error: BrokerError) -> Status {
    let BrokerError::Invalid(faults) = error else {
        return of(error);
    };
    let mut placed = Faults::new();
    for fault in faults.iter() {
        let prefix = if fault.path == "request_id" { "" } else { part };
        placed.absorb(prefix, Faults::one(&*fault.path, &*fault.message));
    }
    invalid(&placed)
}

/// A request that is wrong, with every fault; past what metadata holds, with their number.
pub(crate) fn invalid(faults: &Faults) -> Status {
    let mut details = reason("INVALID_REQUEST");
    let mut bytes = 0;
    let mut told = 0;
    for fault in faults.iter() {
        bytes += fault.path.len() + fault.message.len() + 8;
        if bytes > FAULT_BYTES_MAX && told > 0 {
            break;
        }
        details.add_bad_request_violation(&*fault.path, &*fault.message);
        told += 1;
    }
    let all = faults.iter().count();
    if told < all {
        let message = format!("and {} more faults; mend these and send again", all - told);
        details.add_bad_request_violation("", message);
    }
    let message = match all {
        1 => faults.to_string(),
        _ => format!("{all} faults: {faults}"),
    };
    build(Code::InvalidArgument, &message, details)
}

/// Nothing of this name.
pub(crate) fn not_found(resource: &str) -> Status {
    let mut details = reason("RESOURCE_NOT_FOUND");
    details.set_resource_info(kind_of(resource), resource, "", "does not exist");
    build(
        Code::NotFound,
        &format!("{resource} does not exist"),
        details,
    )
}

/// No secret, or one that opens nothing.
pub(crate) fn unauthenticated() -> Status {
    let message = "send a valid token as `authorization: Bearer {secret}`";
    build(Code::Unauthenticated, message, reason("UNAUTHENTICATED"))
}

/// Too many failed attempts from one address; in `wait` one more is taken.
pub(crate) fn locked_out(wait: Duration) -> Status {
    let mut details = reason("TOO_MANY_ATTEMPTS");
    details.set_retry_info(Some(wait));
    let message = "too many attempts without a valid token from your address; try again later";
    build(Code::ResourceExhausted, message, details)
}

/// Not the caller's to do, whether or not what it names exists.
pub(crate) fn denied() -> Status {
    let message = "your token does not allow this, or not on this resource";
    build(Code::PermissionDenied, message, reason("PERMISSION_DENIED"))
}

/// Whoever calls speaks for a body that is not registered. It is the caller's own, so it is named.
pub(crate) fn unregistered(own: &OrganisationId) -> Status {
    let message = format!(
        "{} is not registered, for which you call; an operator registers it",
        own.resource()
    );
    let word = "ORGANISATION_NOT_REGISTERED";
    build(Code::PermissionDenied, &message, reason(word))
}

/// Whoever calls speaks for a body that has ended.
pub(crate) fn ended(own: &OrganisationId) -> Status {
    let message = format!(
        "{} has ended, for which you call; what was its own is its successor's",
        own.resource()
    );
    let word = "ORGANISATION_ENDED";
    build(Code::PermissionDenied, &message, reason(word))
}

/// No such method.
pub(crate) fn unknown_method() -> Status {
    build(
        Code::Unimplemented,
        "there is no such method",
        reason("UNKNOWN_METHOD"),
    )
}

/// Too much to do just now; nothing was done.
pub(crate) fn overloaded() -> Status {
    let mut details = reason("OVERLOADED");
    details.set_retry_info(Some(RETRY_BUSY));
    let message = "too much to do just now; nothing was done; try again";
    build(Code::ResourceExhausted, message, details)
}

/// More at once than one caller may have; nothing was done.
pub(crate) fn over_share() -> Status {
    let mut details = reason("OVER_SHARE");
    details.set_retry_info(Some(RETRY_BUSY));
    let message = "you have as many calls open as one caller may just now; nothing was done; try \
                   again when some have ended";
    build(Code::ResourceExhausted, message, details)
}

/// This broker does not read yet what the caller has seen; nothing was done.
pub(crate) fn behind() -> Status {
    let mut details = reason("BEHIND");
    details.set_retry_info(Some(RETRY_BUSY));
    let message = "this broker does not read yet up to the revision that you sent; nothing was \
                   done; try again, or ask another";
    build(Code::Unavailable, message, details)
}

/// A stream that ends because the server does.
pub(crate) fn stopping() -> Status {
    let mut details = reason("STOPPING");
    details.set_retry_info(Some(RETRY_BUSY));
    let message = "the broker is stopping; go on from what was answered, with another call";
    build(Code::Unavailable, message, details)
}

/// A streaming request that went silent.
pub(crate) fn idle(idle_max: Duration) -> Status {
    let seconds = idle_max.as_secs_f64();
    let message = format!(
        "the next message of a stream must come within {seconds} s; what was answered is done; end \
         the stream, or go on with another"
    );
    let limit = HashMap::from([("idle_deadline_s".to_owned(), seconds.to_string())]);
    let details = ErrorDetails::with_error_info("STREAM_IDLE", DOMAIN, limit);
    build(Code::DeadlineExceeded, &message, details)
}

/// A message over the limit.
pub(crate) fn too_large(bytes_max: usize) -> Status {
    let message = format!("a message may have {bytes_max} bytes at most; send less at once");
    let limit = HashMap::from([("message_bytes_max".to_owned(), bytes_max.to_string())]);
    let details = ErrorDetails::with_error_info("MESSAGE_TOO_LARGE", DOMAIN, limit);
    build(Code::ResourceExhausted, &message, details)
}

/// A request of a stream that could not be read: as [`unread`], if it says what is wrong.
pub(crate) fn of_stream(broken: Status) -> Status {
    unread(&broken).unwrap_or(broken)
}

/// A request that the transport could not read, in our terms: the caller's fault, and with a
/// reason. None where the transport says something else.
///
/// The transport answers what it cannot read with `INTERNAL`, which would look like a fault of
/// ours, and says of everything just a text.
pub(crate) fn unread(broken: &Status) -> Option<Status> {
    match broken.code() {
        Code::OutOfRange | Code::ResourceExhausted => Some(too_large(MESSAGE_BYTES_MAX)),
        Code::Internal => {
            let message = format!("the request cannot be read: {}", broken.message());
            let details = reason("MALFORMED_REQUEST");
            Some(build(Code::InvalidArgument, &message, details))
        }
        Code::Unimplemented if broken.metadata().contains_key(ACCEPTED_ENCODINGS) => {
            let details = reason("UNSUPPORTED_ENCODING");
            let mut status = build(Code::Unimplemented, broken.message(), details);
            if let Some(accepted) = broken.metadata().get(ACCEPTED_ENCODINGS) {
                let known = status.metadata_mut();
                known.insert(ACCEPTED_ENCODINGS, accepted.clone());
            }
            Some(status)
        }
        _ => None,
    }
}

/// Not done in time.
pub(crate) fn late() -> Status {
    let message = "not done in time; whether the request was carried out is not known; repeat it \
                   under the same request id";
    build(Code::DeadlineExceeded, message, reason("DEADLINE_EXCEEDED"))
}

fn stale(what: &str, current: &str) -> Status {
    let message = format!("{what} has changed since it was read; read it again");
    let metadata = HashMap::from([("current".to_owned(), current.to_owned())]);
    let mut details = ErrorDetails::with_error_info("STALE", DOMAIN, metadata);
    details.add_precondition_failure_violation("STALE", what, format!("it is {current} now"));
    build(Code::Aborted, &message, details)
}

/// Which entries somebody else typed in, up to what metadata holds.
fn draft_changed(current: &str, entries: &[EntryId]) -> Status {
    let metadata = HashMap::from([("current".to_owned(), current.to_owned())]);
    let mut details = ErrorDetails::with_error_info("DRAFT_CHANGED", DOMAIN, metadata);
    for entry in entries.iter().take(ENTRIES_TOLD_MAX) {
        let message = "somebody else changed what is typed here since the draft was read";
        details.add_precondition_failure_violation("DRAFT_CHANGED", entry.to_string(), message);
    }
    let message = format!(
        "somebody else changed {} of these entries since the draft was read; nothing was saved; \
         read the form again",
        entries.len()
    );
    build(Code::Aborted, &message, details)
}

fn reason(reason: &str) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new())
}

/// The kind of a resource by its name: what stands before its last id.
fn kind_of(resource: &str) -> &'static str {
    const KINDS: [(&str, &str); 9] = [
        ("people", "askonce.v1/Person"),
        ("receipts", "askonce.v1/Receipt"),
        ("forms", "askonce.v1/Form"),
        ("asks", "askonce.v1/Ask"),
        ("homes", "askonce.v1/Home"),
        ("organisations", "askonce.v1/Organisation"),
        ("elements", "askonce.v1/Element"),
        ("decisions", "askonce.v1/Decision"),
        ("tokens", "askonce.v1/Token"),
    ];
    let collection = resource.rsplit('/').nth(1).unwrap_or_default();
    let kind = KINDS.iter().find(|(word, _)| *word == collection);
    kind.map_or("askonce.v1", |(_, kind)| kind)
}

fn build(code: Code, message: &str, details: ErrorDetails) -> Status {
    let mut short: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
    if short.len() < message.len() {
        short.push('…');
    }
    Status::with_error_details(code, short, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_by_path_and_the_request_id_stands_outside_its_part() {
        let mut faults = Faults::one("fields[3].label", "is missing");
        faults.add("request_id", "is not a UUID");
        let status = of_part("ask", BrokerError::Invalid(faults));
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let violations = &details
            .bad_request()
            .expect("faults are told")
            .field_violations;
        let paths: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(paths, ["ask.fields[3].label", "request_id"]);
        let info = details.error_info().expect("every status has a reason");
        assert_eq!(
            (&*info.reason, &*info.domain),
            ("INVALID_REQUEST", "askonce")
        );
    }

    #[test]
    fn what_is_told_fits_the_metadata_that_clients_take() {
        let mut faults = Faults::new();
        for place in 0..500 {
            faults.add(
                format!("fields[{place}].label"),
                "is longer than 500 characters, far too long",
            );
        }
        let status = invalid(&faults);
        assert!(status.details().len() < 5_800, "{}", status.details().len());
        let details = status.get_error_details();
        let last = details
            .bad_request()
            .expect("faults are told")
            .field_violations
            .last();
        let last = last.expect("there are some").description.clone();
        assert!(
            last.starts_with("and ") && last.contains("more faults"),
            "{last}"
        );
    }

    #[test]
    fn what_the_transport_cannot_read_is_the_callers_fault_and_has_a_reason() {
        let told = |broken: Status| {
            let status = unread(&broken)?;
            let info = status.get_error_details().error_info().cloned();
            Some((status.code(), info.expect("it has a reason").reason))
        };
        for (broken, code, reason) in [
            (Code::Internal, Code::InvalidArgument, "MALFORMED_REQUEST"),
            (
                Code::OutOfRange,
                Code::ResourceExhausted,
                "MESSAGE_TOO_LARGE",
            ),
            (
                Code::ResourceExhausted,
                Code::ResourceExhausted,
                "MESSAGE_TOO_LARGE",
            ),
        ] {
            let expected = Some((code, reason.to_owned()));
            assert_eq!(told(Status::new(broken, "x")), expected, "{broken:?}");
        }
        assert_eq!(told(Status::unimplemented("")), None);
        let mut packed = Status::unimplemented("br");
        let accepted = "gzip,zstd".parse().unwrap();
        packed.metadata_mut().insert(ACCEPTED_ENCODINGS, accepted);
        let status = unread(&packed).unwrap();
        assert_eq!(
            status.metadata().get(ACCEPTED_ENCODINGS).unwrap(),
            "gzip,zstd"
        );
    }

    #[test]
    fn nothing_internal_leaves() {
        let status = of(BrokerError::Internal("sled: page 7 is torn".into()));
        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("torn"));
    }

    #[test]
    fn a_stale_etag_comes_with_the_present_one() {
        let status = of(BrokerError::Stale {
            what: "the form".into(),
            current: "abc".into(),
        });
        assert_eq!(status.code(), Code::Aborted);
        let details = status.get_error_details();
        let info = details.error_info().expect("every status has a reason");
        assert_eq!(
            info.metadata.get("current").map(String::as_str),
            Some("abc")
        );
    }
}

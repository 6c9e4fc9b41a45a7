//! Values as text: what they are, and how they are shown.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::key::Kind;

/// Longest time that may be configured: a day.
const DURATION_MAX: Duration = Duration::from_secs(86_400);

/// Largest count that may be configured.
const COUNT_MAX: u32 = 1_000_000;

/// All of a thousand.
const PER_MILLE_MAX: u32 = 1_000;

/// Longest text that may be configured, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// What lets every user of the machine do something with a file.
const FOR_EVERYBODY: u32 = 0o007;

/// What is shown in place of what should not have been there.
const MASK: &str = "(looks like a secret: not shown)";

/// Whether a text is a value of a kind.
///
/// # Errors
/// What was expected; the value is not quoted if it may be a secret.
pub(super) fn check(kind: Kind, text: &str) -> Result<(), String> {
    if kind == Kind::DatabaseUrl && holds_password(text) {
        return Err(
            "holds a password; put it into the file that `postgres.password_file` names".into(),
        );
    }
    if is_secret(text) {
        return Err(
            "holds what looks like a secret; expected the path of a file that holds it".into(),
        );
    }
    if text.is_empty() || text.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(format!(
            "expected 1 to {TEXT_BYTES_MAX} printable characters; leave the key out for its default"
        ));
    }
    match kind {
        Kind::Folder | Kind::File | Kind::SecretFile | Kind::Text | Kind::DatabaseUrl => Ok(()),
        Kind::Address => text.parse::<SocketAddr>().map(drop).map_err(|_| {
            format!(
                "{text} is no address with a port; expected such as 127.0.0.1:7410 or [::]:7410"
            )
        }),
        Kind::Duration => duration(text).map(drop),
        Kind::Count => count(text).map(drop),
        Kind::PerMille => per_mille(text).map(drop),
        Kind::Word(words) => is_word(text, words),
        Kind::Words(words) => list(text).try_for_each(|word| is_word(word, words)),
        Kind::LogFilter => EnvFilter::try_new(text).map(drop).map_err(|error| {
            format!("{text}: {error}; expected such as info or askonce=debug,warn")
        }),
    }
}

/// The text as it may be shown.
pub(super) fn shown(text: &str) -> &str {
    if is_secret(text) { MASK } else { text }
}

/// What people should know of a value; none if nothing.
pub(super) fn remark(kind: Kind, text: &str) -> Option<&'static str> {
    if kind != Kind::SecretFile || is_secret(text) {
        return None;
    }
    let mode = fs::metadata(text).ok()?.permissions().mode();
    if mode & FOR_EVERYBODY == 0 {
        Some("its content is not shown")
    } else {
        Some("its content is not shown, but every user of this machine may read it")
    }
}

/// A time.
///
/// # Errors
/// What was expected.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is no time; expected such as 500ms, 30s, 5m or 1h, at most 24h");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let time = number.checked_mul(millis).map(Duration::from_millis);
    time.filter(|time| !time.is_zero() && *time <= DURATION_MAX)
        .ok_or_else(wrong)
}

/// A count.
///
/// # Errors
/// What was expected.
pub(super) fn count(text: &str) -> Result<u32, String> {
    let read = text.parse().ok();
    read.filter(|count| (1..=COUNT_MAX).contains(count))
        .ok_or_else(|| format!("{text} is no count; expected a whole number from 1 to {COUNT_MAX}"))
}

/// A share.
///
/// # Errors
/// What was expected.
pub(super) fn per_mille(text: &str) -> Result<u32, String> {
    let read = text.parse().ok();
    read.filter(|share| *share <= PER_MILLE_MAX)
        .ok_or_else(|| format!("{text} is no share; expected a whole number from 0 to 1000"))
}

/// The words of a list.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

fn is_word(text: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&text) {
        return Ok(());
    }
    Err(format!("{text} is not one of {}", words.join(", ")))
}

/// Whether the address of a database has a password in it.
fn holds_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.contains("password");
    };
    let who = rest.rsplit_once('@').map_or("", |(who, _)| who);
    scheme.starts_with("postgres") && (who.contains(':') || rest.contains("password="))
}

/// Whether a value is what belongs into a file: a key in PEM, a token, a JWT, a database's password.
fn is_secret(text: &str) -> bool {
    let is_jwt = text.starts_with("eyJ") && text.matches('.').count() == 2;
    let is_token = text.starts_with("askonce_") && text.len() > 32;
    let is_database = text.contains("://") && holds_password(text);
    text.contains("-----BEGIN") || is_token || is_jwt || is_database || holds_login(text)
}

/// Whether a URL has a user's password in it.
fn holds_login(text: &str) -> bool {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let who = authority.rsplit_once('@').map_or("", |(who, _)| who);
    who.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_say_what_was_expected() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("24h"), Ok(DURATION_MAX));
        for wrong in [
            "",
            "30",
            "s",
            "0s",
            "25h",
            "1.5s",
            "-1s",
            "99999999999999999999s",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(count("1024"), Ok(1_024));
        for wrong in ["", "0", "-1", "1e3", "1000001"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
        assert_eq!((per_mille("0"), per_mille("1000")), (Ok(0), Ok(1_000)));
        for wrong in ["", "-1", "0.1", "1001"] {
            assert!(per_mille(wrong).is_err(), "{wrong}");
        }
        assert!(check(Kind::Words(&["a", "b"]), "a, b").is_ok());
        assert!(check(Kind::Words(&["a", "b"]), "a,c").is_err());
        assert!(check(Kind::LogFilter, "askonce=debug,warn").is_ok());
        assert!(check(Kind::LogFilter, "askonce=loud").is_err());
        assert!(check(Kind::Address, "localhost").is_err());
    }

    #[test]
    fn a_secret_given_as_a_value_is_neither_taken_nor_shown() {
        let secret = format!("askonce_{}", "a".repeat(32));
        for text in [
            "-----BEGIN PRIVATE KEY-----\nabc",
            &secret,
            "eyJhbGciOi.eyJzdWIi.c2ln",
            "postgresql://a:hunter2@db/b",
            "postgresql://a@db/b?sslmode=require&password=hunter2",
            "https://a:hunter2@collector:4317",
        ] {
            let refused = check(Kind::SecretFile, text).unwrap_err();
            assert!(!refused.contains(text) && shown(text) == MASK, "{refused}");
        }
        let refused = check(Kind::DatabaseUrl, "postgresql://a:hunter2@db/b").unwrap_err();
        assert!(refused.contains("postgres.password_file"), "{refused}");
        for text in [
            "askonce_role",
            "postgresql://a@db1:1,db2:2/b",
            "http://[::1]:4317",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}

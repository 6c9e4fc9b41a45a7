//! Values as the columns of a table take them: gathered into one array a column.

use std::borrow::Cow;
use std::error::Error;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The values of one column.
pub(super) type Values<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// The day from which the database counts.
const EPOCH: Date = date(2000, 1, 1);

/// The same, in microseconds of ours.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// The first day that the database can hold, counted from its epoch.
const FIRST_DAY: i32 = -2_451_545;

/// Something that stands in a column.
pub(super) trait Column<'a>: Sized {
    /// The type of an array of it, for the protocol.
    const ARRAY: Type;
    /// The same in SQL.
    const SQL: &'static str;
    /// What makes a column's value of an element; nothing where it is one.
    const CAST: &'static str = "";

    /// One array of all of them.
    fn gather(values: impl Iterator<Item = Self>) -> Values<'a>;
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) Date);

/// An instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instant(pub(super) Timestamp);

/// A list of texts in one column, written as the database reads an array: arrays of arrays of
/// different lengths cannot be sent.
#[derive(Debug, Clone)]
pub(super) struct Texts(String);

impl Texts {
    pub(super) fn of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut written = String::from("{");
        for text in texts {
            if written.len() > 1 {
                written.push(',');
            }
            written.push('"');
            for c in text.as_ref().chars() {
                if matches!(c, '"' | '\\') {
                    written.push('\\');
                }
                written.push(c);
            }
            written.push('"');
        }
        written.push('}');
        Self(written)
    }
}

/// A text that the database takes: it has no character for nothing.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn owned(text: String) -> String {
    if text.contains('\0') {
        return text.replace('\0', "\u{FFFD}");
    }
    text
}

impl ToSql for Day {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let days = (self.0 - EPOCH).get_days().max(FIRST_DAY);
        out.extend_from_slice(&days.to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::DATE
    }

    to_sql_checked!();
}

impl ToSql for Instant {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let first = i64::from(FIRST_DAY) * 86_400_000_000;
        let micros = (self.0.as_microsecond() - EPOCH_MICROS).max(first);
        out.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

macro_rules! columns {
    ($($kind:ty: $array:ident, $sql:literal, $cast:literal, $of:expr;)+) => {$(
        impl<'a> Column<'a> for $kind {
            const ARRAY: Type = Type::$array;
            const SQL: &'static str = $sql;
            const CAST: &'static str = $cast;

            fn gather(values: impl Iterator<Item = Self>) -> Values<'a> {
                Box::new(values.map($of).collect::<Vec<_>>())
            }
        }

        impl<'a> Column<'a> for Option<$kind> {
            const ARRAY: Type = Type::$array;
            const SQL: &'static str = $sql;
            const CAST: &'static str = $cast;

            fn gather(values: impl Iterator<Item = Self>) -> Values<'a> {
                Box::new(values.map(|value| value.map($of)).collect::<Vec<_>>())
            }
        }
    )+};
}

columns! {
    &'a str: TEXT_ARRAY, "text[]", "", storable;
    String: TEXT_ARRAY, "text[]", "", owned;
    Texts: TEXT_ARRAY, "text[]", "::text[]", |texts: Texts| owned(texts.0);
    &'a [u8]: BYTEA_ARRAY, "bytea[]", "", |bytes| bytes;
    i32: INT4_ARRAY, "int[]", "", |number| number;
    i64: INT8_ARRAY, "bigint[]", "", |number| number;
    bool: BOOL_ARRAY, "boolean[]", "", |truth| truth;
    Day: DATE_ARRAY, "date[]", "", |day| day;
    Instant: TIMESTAMPTZ_ARRAY, "timestamptz[]", "", |instant| instant;
}

/// A text that is not empty.
pub(super) fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// How many there are; the bounds of what is counted lie far below.
pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

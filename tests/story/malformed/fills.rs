//! A request with one member filled with what nobody expects, for each member and each filling.

use prost::Message;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value,
};

/// How deep members are looked for: deeper than any request nests.
const DEPTH_MAX: usize = 8;

/// Entries that a list is filled with: more than any list may have.
const LIST_ENTRIES: usize = 30_000;

/// Stands in a text where bytes that are none of a text go.
const MARK: &str = "@NOT-UTF-8@";

/// Each member filled with each thing, and all members at once.
pub(super) fn all(base: &DynamicMessage) -> Vec<(String, Vec<u8>)> {
    let mut cases = Vec::new();
    let paths = paths(&base.descriptor(), DEPTH_MAX);
    for path in &paths {
        let last = path.last().expect("a path leads to a member");
        let name = path.iter().map(FieldDescriptor::name).collect::<Vec<_>>();
        let name = name.join(".");
        for (what, value) in fillings(last) {
            let mut message = base.clone();
            fill(&mut message, path, value);
            cases.push((format!("{name}: {what}"), bytes(&message)));
        }
    }
    let texts = paths
        .iter()
        .filter(|path| path.last().is_some_and(|last| last.kind() == Kind::String));
    for (what, text) in oddities() {
        let mut message = base.clone();
        for path in texts.clone() {
            fill(&mut message, path, Value::String(text.clone()));
        }
        cases.push((format!("every text {what}"), bytes(&message)));
    }
    cases
}

/// The ways to every member, through messages.
fn paths(message: &MessageDescriptor, depth: usize) -> Vec<Vec<FieldDescriptor>> {
    let mut paths = Vec::new();
    for field in message.fields() {
        if let (Kind::Message(inner), true) = (field.kind(), depth > 0) {
            let within = self::paths(&inner, depth - 1).into_iter();
            paths.extend(within.map(|rest| [vec![field.clone()], rest].concat()));
        }
        paths.push(vec![field]);
    }
    paths
}

/// What a member is filled with.
fn fillings(field: &FieldDescriptor) -> Vec<(&'static str, Value)> {
    let entry = Value::default_value(&field.kind());
    if field.is_map() {
        return Vec::new();
    }
    let mut fillings = match field.kind() {
        Kind::String => oddities()
            .into_iter()
            .map(|(what, text)| (what, Value::String(text)))
            .collect(),
        Kind::Enum(_) => [99, -1, i32::MIN, i32::MAX]
            .map(|number| ("an unknown number", Value::EnumNumber(number)))
            .to_vec(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => [-1, i32::MIN, i32::MAX]
            .map(|number| ("an odd number", Value::I32(number)))
            .to_vec(),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => [-1, i64::MIN, i64::MAX]
            .map(|number| ("an odd number", Value::I64(number)))
            .to_vec(),
        Kind::Uint32 | Kind::Fixed32 => vec![("the largest number", Value::U32(u32::MAX))],
        Kind::Uint64 | Kind::Fixed64 => vec![("the largest number", Value::U64(u64::MAX))],
        Kind::Double => vec![("no number", Value::F64(f64::NAN))],
        Kind::Float => vec![("no number", Value::F32(f32::NAN))],
        Kind::Bytes => vec![("10 kB", Value::Bytes(vec![0xff; 10_240].into()))],
        Kind::Bool => vec![("true", Value::Bool(true))],
        Kind::Message(_) => vec![("empty", entry.clone())],
    };
    if field.is_list() {
        fillings.push(("far too many", Value::List(vec![entry; LIST_ENTRIES])));
    }
    fillings
}

/// Texts that nobody expects.
fn oddities() -> Vec<(&'static str, String)> {
    vec![
        ("empty", String::new()),
        ("of 10 kB", "a".repeat(10_240)),
        ("of 10 kB that folds to more", "\u{fdfa}".repeat(3_400)),
        (
            "of control characters",
            "a\u{1}\u{7}\u{8}\u{1b}[31m\u{7f}\u{85}\r\nb".into(),
        ),
        (
            "that runs the other way",
            "\u{202e}a\u{2066}b\u{200f}".into(),
        ),
        ("with a NUL", "a\0b".into()),
        (
            "with code points of nobody",
            "\u{e000}\u{10ffff}\u{fffe}".into(),
        ),
        ("of white space", " \t\u{3000}\n ".into()),
        ("of a lone accent", "\u{301}".into()),
        ("that climbs", "homes/../organisations/%2e%2e/asks//".into()),
        (
            "that is a number",
            "-99999999999999999999999999999.9e-99".into(),
        ),
        ("that is far away", "9999-12-31".into()),
        ("that is a period", "2026-01-01..9999-12-31".into()),
        ("with patterns", "{0} %s ${x} $(x) '; -- \" \\".into()),
        ("that is not UTF-8", MARK.into()),
    ]
}

/// A message's bytes, those that are no text put in where it says so.
fn bytes(message: &DynamicMessage) -> Vec<u8> {
    let mut bytes = message.encode_to_vec();
    let mark = MARK.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..]
        .windows(mark.len())
        .position(|part| part == mark)
    {
        bytes[from + at..from + at + mark.len()].fill(0xff);
        from += at + mark.len();
    }
    bytes
}

/// Sets the member at a path; of a list on the way, the first.
fn fill(message: &mut DynamicMessage, path: &[FieldDescriptor], value: Value) {
    let Some((field, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        let value = match value {
            Value::List(list) => Value::List(list),
            value if field.is_list() => Value::List(vec![value]),
            value => value,
        };
        message.set_field(field, value);
        return;
    }
    let slot = message.get_field_mut(field);
    let slot = match slot {
        Value::List(list) => {
            if list.is_empty() {
                list.push(Value::default_value(&field.kind()));
            }
            &mut list[0]
        }
        slot => slot,
    };
    if let Value::Message(inner) = slot {
        fill(inner, rest, value);
    }
}

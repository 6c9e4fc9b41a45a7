//! What is sent: bodies that are no messages, messages that are none of ours, and ours filled
//! with what nobody expects.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use prost::Message;
use prost_reflect::DynamicMessage;

use askonce::grpc::MESSAGE_BYTES_MAX;

use super::super::access::wire::framed;
use super::fills;

/// Bodies of random bytes for each method.
const RANDOM_BODIES: usize = 24;

/// How deep nonsense nests: far past what a message may.
const NESTED: usize = 20_000;

/// One thing that is sent.
pub(super) struct Case {
    /// What it is, for the reader of a failure.
    pub(super) what: String,
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) body: Vec<u8>,
}

/// Everything that a method is sent, around a request that it would take.
pub(super) fn all(base: &DynamicMessage) -> Vec<Case> {
    let mut cases = bodies(&base.encode_to_vec());
    let messages = messages(base).into_iter().chain(random());
    cases.extend(messages.map(|(what, message)| Case {
        what,
        headers: &[],
        body: framed(&message),
    }));
    cases
}

/// Bodies that are broken outside the message.
fn bodies(good: &[u8]) -> Vec<Case> {
    let case = |what: &str, headers, body| Case {
        what: what.to_owned(),
        headers,
        body,
    };
    let prefixed = |flag: u8, length: u32| {
        let mut body = vec![flag];
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(good);
        body
    };
    let length = u32::try_from(good.len()).expect("it is short");
    let mut whole_and_torn = framed(good);
    whole_and_torn.extend_from_slice(&[0, 0, 0]);
    let twice = framed(good).repeat(2);
    vec![
        case("no message at all", &[], Vec::new()),
        case("a torn prefix", &[], vec![0, 0, 0]),
        case("a torn message", &[], prefixed(0, length + 100)),
        case("a length beyond the limit", &[], prefixed(0, u32::MAX)),
        case("a message and a torn one", &[], whole_and_torn),
        case("two messages", &[], twice),
        case("packed, in no way", &[], prefixed(1, length)),
        case("a flag that is none", &[], prefixed(7, length)),
        case(
            "packed in an unknown way",
            &[("grpc-encoding", "br")],
            prefixed(1, length),
        ),
        case(
            "not packed as said",
            &[("grpc-encoding", "gzip")],
            prefixed(1, length),
        ),
        case(
            "not packed as said",
            &[("grpc-encoding", "zstd")],
            prefixed(1, length),
        ),
        case(
            "a time that is none",
            &[("grpc-timeout", "-5x")],
            framed(good),
        ),
        case(
            "a message over the limit",
            &[],
            framed(&vec![0x0a; MESSAGE_BYTES_MAX + 1]),
        ),
    ]
}

/// Messages that are wrong as such, and ours with odd contents.
fn messages(base: &DynamicMessage) -> Vec<(String, Vec<u8>)> {
    let mut cases = vec![
        ("an empty message".to_owned(), Vec::new()),
        ("the largest number for a tag".to_owned(), vec![0xff; 5]),
        ("a number without end".to_owned(), vec![0xff; 64]),
        ("field 0".to_owned(), vec![0x00, 0x01]),
        ("a group that never ends".to_owned(), vec![0x0b; NESTED]),
        ("a group that never began".to_owned(), vec![0x0c; 3]),
        (
            "unknown fields only".to_owned(),
            [0xf8, 0x7f, 0x01].repeat(10_000),
        ),
        ("messages in messages".to_owned(), nested()),
    ];
    for number in 1..=12_u8 {
        // Each field in every wire type, of which at most one is right.
        for (kind, rest) in [
            (
                0,
                vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            ),
            (1, vec![0xff; 8]),
            (2, vec![0x04, 0xff, 0xfe, 0xff, 0xfe]),
            (2, vec![0xff, 0xff, 0xff, 0xff, 0x0f]),
            (5, vec![0xff; 4]),
            (6, vec![0x01]),
        ] {
            let mut message = vec![number << 3 | kind];
            message.extend(rest);
            cases.push((format!("field {number} as wire type {kind}"), message));
        }
    }
    cases.extend(fills::all(base));
    cases
}

/// Length-delimited fields in one another, as deep as the length of their lengths lets them be.
fn nested() -> Vec<u8> {
    let mut message = Vec::new();
    for _ in 0..400 {
        let mut outer = vec![0x0a];
        prost::encoding::encode_varint(message.len() as u64, &mut outer);
        outer.extend(&message);
        message = outer;
    }
    message
}

/// Random bytes, the same in every run.
fn random() -> Vec<(String, Vec<u8>)> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let bytes = proptest::collection::vec(proptest::num::u8::ANY, 1..200);
    let draw = |place| {
        let drawn = bytes
            .new_tree(&mut runner)
            .expect("there are bytes")
            .current();
        (format!("random bytes {place}"), drawn)
    };
    (0..RANDOM_BODIES).map(draw).collect()
}

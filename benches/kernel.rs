//! The kernel beside its yardsticks: canonicalising beside hashing and writing the same bytes,
//! merging beside comparing every field with every other.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::civil::date;
use serde_json::{Value as Json, json};

use askonce::domain::ask::{Ask, RawAsk, SharedAsk};
use askonce::domain::canonical::canonicalise;
use askonce::domain::dictionary::Dictionary;
use askonce::domain::digest::{FIELD_CONTEXT, QUESTION_CONTEXT};
use askonce::domain::field::Field;
use askonce::domain::link::Links;
use askonce::domain::period::Period;
use askonce::domain::template::{Template, TemplateKey};

const VECTORS: &str = include_str!("../proto/vectors/meaning.json");

/// The fields of the published vectors that are accepted.
fn fields() -> Vec<Field> {
    let rows: Vec<Json> = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    rows.into_iter()
        .filter_map(|row| serde_json::from_value(row["field"].clone()).ok())
        .filter_map(|raw| Field::parse_unnamed(raw).ok())
        .collect()
}

fn canonical(c: &mut Criterion) {
    let fields = fields();
    let known: Vec<_> = fields
        .iter()
        .map(|field| {
            (
                canonicalise(field).expect("a parsed field is canonical"),
                field.to_raw(),
            )
        })
        .collect();
    let mut group = c.benchmark_group("canonicalise");
    group.throughput(Throughput::Elements(fields.len() as u64));
    group.bench_function("canonicalise and hash", |b| {
        b.iter(|| {
            for field in &fields {
                black_box(canonicalise(black_box(field)).ok());
            }
        });
    });
    group.bench_function("beside: serde_json and BLAKE3 alone", |b| {
        b.iter(|| {
            for (canonical, raw) in &known {
                let meaning = canonical.meaning.as_bytes();
                black_box(blake3::derive_key(QUESTION_CONTEXT, meaning));
                let mut bytes = serde_json::to_vec(raw).expect("a field is JSON");
                bytes.extend_from_slice(meaning);
                black_box(blake3::derive_key(FIELD_CONTEXT, &bytes));
            }
        });
    });
    group.finish();
}

/// Asks of 60 fields each, half of them asked by everybody.
fn asks(count: usize) -> Vec<SharedAsk> {
    let field = |ask: usize, place: usize| {
        let label = match place % 2 {
            0 => format!("Number of things of kind {place} in the home"),
            _ => format!("Number of things of kind {place} that body {ask} wants to know"),
        };
        json!({"name": format!("f{place}"), "label": label, "type": "count", "timing": "as-at",
               "min": "0", "max": (100 + ask).to_string()})
    };
    (0..count)
        .map(|ask| {
            let fields: Vec<Json> = (0..60).map(|place| field(ask, place)).collect();
            let raw: RawAsk = serde_json::from_value(json!({
                "organisation": format!("body-{ask}"), "ask": "monthly", "purpose": "p",
                "legal_basis": "l", "cadence": "monthly",
                "targets": {"areas": ["E92000001"]}, "fields": fields,
            }))
            .expect("an ask is JSON");
            Arc::new(Ask::parse(raw, None, date(2026, 11, 1)).expect("the ask is well formed"))
        })
        .collect()
}

/// What a program does that compares every field with every other: groups of equal meaning.
fn pairwise(asks: &[SharedAsk]) -> usize {
    let mut groups: Vec<(Arc<str>, usize)> = Vec::new();
    for own in asks.iter().flat_map(|ask| &ask.fields) {
        let label = &own.normalised;
        match groups.iter_mut().find(|(known, _)| **known == **label) {
            Some((_, size)) => *size += 1,
            None => groups.push((Arc::clone(label), 1)),
        }
    }
    groups.len()
}

fn merge(c: &mut Criterion) {
    let period: Period = "2026-11".parse().expect("a month");
    let dictionary = Dictionary::starter();
    let links = Links::default();
    let mut group = c.benchmark_group("merge");
    for count in [10, 50, 100] {
        let asks = asks(count);
        group.throughput(Throughput::Elements((count * 60) as u64));
        group.bench_function(
            format!("template of {count} asks of 60 fields, cold"),
            |b| {
                b.iter_batched(
                    || asks.clone(),
                    |asks| black_box(Template::of(period, &asks, &dictionary, &links)),
                    BatchSize::SmallInput,
                );
            },
        );
        group.bench_function(
            format!("beside: pairwise comparison of {count} asks"),
            |b| {
                b.iter(|| black_box(pairwise(&asks)));
            },
        );
    }
    let asks = asks(40);
    let template = Arc::new(Template::of(period, &asks, &dictionary, &links));
    let key = TemplateKey::of(period, &asks, &dictionary, &links);
    let cache: BTreeMap<_, _> = std::iter::once((format!("{key:?}"), template)).collect();
    group.throughput(Throughput::Elements(1));
    group.bench_function("template of 40 asks, cached", |b| {
        b.iter(|| {
            let key = TemplateKey::of(period, &asks, &dictionary, &links);
            black_box((key, cache.first_key_value()));
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = canonical, merge
}
criterion_main!(benches);

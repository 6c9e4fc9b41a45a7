//! What those who watch a broker are shown exists: every name of a measurement in the alerts, their
//! tests and the dashboard is one that `src/server/metrics.rs` describes.

use std::collections::BTreeSet;

use super::Violation;

/// Where measurements are named and described.
pub(crate) const DESCRIBED_IN: &str = "src/server/metrics.rs";

/// How the names of ours begin, as Prometheus knows them.
const OURS: [&str; 3] = ["askonce_", "rpc_server_", "http_server_"];

/// What Prometheus adds to the name of a histogram.
const OF_HISTOGRAMS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// Every name of a measurement as Prometheus knows it, out of the tables of the file that describes
/// them.
pub(crate) fn described(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (table, is_counter, is_histogram) in [
        ("const COUNTERS", true, false),
        ("const GAUGES", false, false),
        ("const HISTOGRAMS", false, true),
    ] {
        let Some((_, rest)) = text.split_once(table) else {
            continue;
        };
        let rows = rest.split("\n];").next().unwrap_or_default();
        // A row is `("name", Unit::Kind, …`, however it is broken into lines.
        for row in rows.split('(').skip(1) {
            let mut parts = row.split(',').map(str::trim);
            let name = parts.next().and_then(|name| {
                let inside = name.strip_prefix('"')?.strip_suffix('"')?;
                Some(inside.replace('.', "_"))
            });
            let unit = parts.next().and_then(|unit| unit.strip_prefix("Unit::"));
            let (Some(name), Some(unit)) = (name, unit) else {
                continue;
            };
            let unit = match unit {
                "Seconds" => "_seconds",
                "Bytes" => "_bytes",
                _ => "",
            };
            let total = if is_counter { "_total" } else { "" };
            let name = format!("{name}{unit}{total}");
            if is_histogram {
                names.extend(OF_HISTOGRAMS.map(|part| format!("{name}{part}")));
            } else {
                names.insert(name);
            }
        }
    }
    names
}

/// Names of measurements in a file of those who watch that nothing measures.
pub(crate) fn unmeasured(path: &str, text: &str, known: &BTreeSet<String>) -> Vec<Violation> {
    let is_watching = path.starts_with("deploy/prometheus/alerts")
        || (path.starts_with("deploy/grafana/") && has_ending(path, "json"));
    if !is_watching {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words.filter(|word| OURS.iter().any(|start| word.starts_with(start))) {
            if !known.contains(word) {
                let message = format!("`{word}` is measured by nothing in {DESCRIBED_IN}");
                found.push(Violation::at(path, number + 1, message));
            }
        }
    }
    found
}

fn has_ending(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == ending)
}

#[cfg(test)]
mod tests {
    use super::{described, unmeasured};

    const TABLES: &str = r#"
const COUNTERS: [(&str, Unit, &str); 1] = [
    ("askonce.gate.shed", Unit::Count, "Calls turned away, (all of them)"),
];
const GAUGES: [(&str, Unit, &str); 2] = [
    (
        "askonce.ledger.size",
        Unit::Bytes,
        "Bytes",
    ),
    ("askonce.ready", Unit::Count, "Whether"),
];
const HISTOGRAMS: [(&str, Unit, &str, &[f64]); 1] = [
    ("rpc.server.call.duration", Unit::Seconds, "How long", &SECONDS),
];
"#;

    #[test]
    fn names_are_told_as_prometheus_knows_them() {
        let names: Vec<_> = described(TABLES).into_iter().collect();
        assert_eq!(
            names,
            [
                "askonce_gate_shed_total",
                "askonce_ledger_size_bytes",
                "askonce_ready",
                "rpc_server_call_duration_seconds_bucket",
                "rpc_server_call_duration_seconds_count",
                "rpc_server_call_duration_seconds_sum",
            ]
        );
    }

    #[test]
    fn a_name_that_nothing_measures_is_found_in_alerts_and_dashboards_only() {
        let known = described(TABLES);
        let good = "expr: rate(askonce_gate_shed_total[5m]) > 0 and askonce_ready == 1\n";
        let bad = format!("{good}expr: askonce_gate_shed > 0\n");
        for path in [
            "deploy/prometheus/alerts.yaml",
            "deploy/prometheus/alerts-test.yaml",
            "deploy/grafana/dashboard.json",
        ] {
            assert_eq!(unmeasured(path, good, &known), [], "{path}");
            assert_eq!(unmeasured(path, &bad, &known)[0].line, 2, "{path}");
        }
        assert_eq!(unmeasured("deploy/OPERATIONS.md", &bad, &known), []);
    }
}

//! `dictionary show`: one element, and how it is known without asking for it.

use std::collections::BTreeMap;

use crate::domain::formula::{Formula, Part};
use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::convert::word;
use super::dictionary::elements;
use super::failure::Result;
use super::out::{self, Format, Listing};

/// Show one element, and how it is known without asking for it
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The element's id, such as `beds.occupancy_pct`
    element: String,
    /// As it was when this day ended [default: as it is]
    #[arg(long, value_name = "DAY", default_value = "")]
    as_of: String,
}

impl Show {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let id = self.element.strip_prefix("elements/");
        let id = id.unwrap_or(&self.element);
        let remote = server.connect().await?;
        let request = v1::GetElementRequest {
            name: format!("elements/{id}"),
            as_of: self.as_of.clone(),
        };
        let element = remote.dictionary().get_element(request).await?;
        let element = element.into_inner().element.unwrap_or_default();
        let labels = labels(&remote, &element).await?;
        listing(&element, &labels).print(format)
    }
}

/// The wording of each element by id, where the one shown names others.
async fn labels(remote: &Remote, element: &v1::Element) -> Result<BTreeMap<String, String>> {
    if element.formula.is_empty() && element.bands.is_none() {
        return Ok(BTreeMap::new());
    }
    let all = elements(remote).await?.into_iter();
    Ok(all.map(|element| (element.id, element.label)).collect())
}

fn listing(element: &v1::Element, labels: &BTreeMap<String, String>) -> Listing {
    let mut listing = Listing::new(["about", "says"]);
    let mut add = |about: &str, says: String| {
        if !says.is_empty() {
            listing.add([out::text(about), out::text(says)]);
        }
    };
    add("element", element.id.clone());
    add("label", element.label.clone());
    add("definition", element.definition.clone());
    add("topic", element.topic.clone());
    add("type", word(element.r#type().as_str_name(), "FIELD_TYPE"));
    add("timing", element.timing.clone());
    add("unit", element.unit.clone());
    let options = element.options.iter();
    let options: Vec<String> = options
        .map(|option| format!("{}: {}", option.code, option.label))
        .collect();
    add("options", options.join("; "));
    add("broken down by", element.dimensions.join(", "));
    add("worked out as", in_words(&element.formula, labels));
    let bands = element.bands.as_ref();
    let bands = bands.map(|bands| bands_in_words(bands, element, labels));
    add("worked out as", bands.unwrap_or_default());
    add("from the register", register(element).to_owned());
    add("over time", over_time(element).to_owned());
    add("also called", element.aliases.join("; "));
    add("accepted as", element.accepted.join("; "));
    add("retired since", element.retired_on.clone());
    add("use instead", element.successor.clone());
    add("question", element.question.clone());
    listing
}

/// How an element follows from others, as it is listed: its formula, or what its bands are of.
pub(super) fn follows(element: &v1::Element) -> String {
    match &element.bands {
        Some(bands) => format!("bands of {}", bands.of),
        None => element.formula.clone(),
    }
}

/// What of the register says the element; empty for nothing.
pub(super) fn register(element: &v1::Element) -> &'static str {
    match element.register() {
        v1::RegisterFact::Unspecified => "",
        v1::RegisterFact::CqcId => "the CQC location id",
        v1::RegisterFact::Name => "the name",
        v1::RegisterFact::Postcode => "the postcode",
        v1::RegisterFact::Ods => "the ODS code",
        v1::RegisterFact::Provider => "who runs it",
        v1::RegisterFact::Services => "the service types",
        v1::RegisterFact::Beds => "how many beds it is registered for",
    }
}

/// How the element adds up over time; empty for not.
pub(super) fn over_time(element: &v1::Element) -> &'static str {
    match element.over_time() {
        v1::OverTime::Unspecified => "",
        v1::OverTime::Sum => "adds up over time",
    }
}

/// A formula with the elements' wordings; as it is written, from a server whose language is newer.
fn in_words(formula: &str, labels: &BTreeMap<String, String>) -> String {
    let label_of = |part: &Part| {
        let label = label(part.element.as_str(), labels);
        match &part.code {
            Some((dimension, code)) => format!("{label} ({dimension}: {code})"),
            None => label,
        }
    };
    match formula.parse::<Formula>() {
        Ok(read) => read.words(label_of),
        Err(_) => formula.to_owned(),
    }
}

/// Bands as `low below 85, high from 85, of “What percentage…?”`.
fn bands_in_words(
    bands: &v1::ElementBands,
    element: &v1::Element,
    labels: &BTreeMap<String, String>,
) -> String {
    let mut told = Vec::with_capacity(bands.steps.len());
    for (place, step) in bands.steps.iter().enumerate() {
        let mut options = element.options.iter();
        let option = options.find(|option| option.code == step.option);
        let option = option.map_or(&step.option, |option| &option.label);
        let next = bands.steps.get(place + 1).map(|next| next.from.as_str());
        told.push(match (step.from.as_str(), next) {
            ("", Some(next)) => format!("{option} below {next}"),
            ("", None) => option.clone(),
            (from, Some(next)) => format!("{option} from {from} to below {next}"),
            (from, None) => format!("{option} from {from}"),
        });
    }
    format!("{}; of {}", told.join(", "), label(&bands.of, labels))
}

fn label(id: &str, labels: &BTreeMap<String, String>) -> String {
    match labels.get(id) {
        Some(label) => format!("“{label}”"),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> BTreeMap<String, String> {
        let pairs = [("beds", "How many beds?"), ("taken", "How many are taken?")];
        pairs.map(|(id, label)| (id.into(), label.into())).into()
    }

    #[test]
    fn a_formula_is_told_with_the_wordings_of_its_elements() {
        for (formula, expected) in [
            (
                "100 * taken / beds",
                "100 × “How many are taken?” ÷ “How many beds?”",
            ),
            (
                "beds - taken[role=nurse]",
                "“How many beds?” − “How many are taken?” (role: nurse)",
            ),
            ("unknown * 2", "unknown × 2"),
            ("max(beds, 2)", "max(beds, 2)"),
            ("", ""),
        ] {
            assert_eq!(in_words(formula, &labels()), expected);
        }
    }

    #[test]
    fn bands_are_told_by_their_options() {
        let step = |option: &str, from: &str| v1::ElementBand {
            option: option.into(),
            from: from.into(),
        };
        let element = v1::Element {
            options: vec![v1::ChoiceOption {
                code: "h".into(),
                label: "High".into(),
            }],
            ..v1::Element::default()
        };
        let bands = v1::ElementBands {
            of: "taken".into(),
            steps: vec![step("low", ""), step("mid", "5"), step("h", "9.5")],
        };
        assert_eq!(
            bands_in_words(&bands, &element, &labels()),
            "low below 5, mid from 5 to below 9.5, High from 9.5; of “How many are taken?”"
        );
    }
}

//! How a choice follows from a number, both ways.

use crate::domain::decimal::Decimal;
use crate::domain::dictionary::{RawBand, RawBands};
use crate::domain::fault::Faults;
use crate::domain::formula::{Band, Bands};
use crate::grpc::v1;

use super::names::{optional, text};

/// Bands as they come in.
pub(crate) fn raw_bands(bands: v1::ElementBands) -> Result<RawBands, Faults> {
    let mut faults = Faults::new();
    let mut steps = Vec::with_capacity(bands.steps.len());
    for (place, step) in bands.steps.into_iter().enumerate() {
        let path = format!("bands.steps[{place}].from");
        let from = optional(&path, &step.from, text::<Decimal>);
        steps.push(RawBand {
            option: step.option,
            from: faults.take("", from).flatten(),
        });
    }
    faults.into_result()?;
    Ok(RawBands {
        of: bands.of,
        steps,
    })
}

impl From<RawBands> for v1::ElementBands {
    fn from(raw: RawBands) -> Self {
        let step = |step: RawBand| band(step.option, step.from);
        Self {
            of: raw.of,
            steps: raw.steps.into_iter().map(step).collect(),
        }
    }
}

impl From<&Bands> for v1::ElementBands {
    fn from(bands: &Bands) -> Self {
        let step = |step: &Band| band(step.option.clone(), step.from);
        Self {
            of: bands.of.to_string(),
            steps: bands.steps.iter().map(step).collect(),
        }
    }
}

fn band(option: String, from: Option<Decimal>) -> v1::ElementBand {
    v1::ElementBand {
        option,
        from: from.map_or_else(String::new, |from| from.to_string()),
    }
}

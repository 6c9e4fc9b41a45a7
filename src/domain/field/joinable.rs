//! Whether two fields can be one question at all.

use super::Field;
use crate::domain::unit::Unit;

impl Field {
    /// Why this cannot be one question with another, though a person decided so: only equal type,
    /// timing and dimension can. Each reason is said of this one; none where they can be joined.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> Vec<String> {
        let (kind, theirs) = (&self.kind, &other.kind);
        let mut differs = Vec::new();
        if kind.word() != theirs.word() {
            let (own, other) = (kind.word(), theirs.word());
            differs.push(format!("is a {own}, the other a {other}"));
        } else if kind.dimension() != theirs.dimension() {
            let code = |unit: Option<Unit>| unit.map_or("no unit", Unit::code);
            let (own, other) = (code(kind.unit()), code(theirs.unit()));
            differs.push(format!("is measured in {own}, the other in {other}"));
        }
        if self.timing != other.timing {
            let (own, other) = (self.timing, other.timing);
            differs.push(format!("is {own}, the other {other}"));
        }
        differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::RawField;

    fn field(kind: &str, unit: &str, timing: &str) -> Field {
        Field::parse_unnamed(RawField {
            label: "Hours".into(),
            kind: kind.into(),
            unit: (!unit.is_empty()).then(|| unit.into()),
            timing: timing.into(),
            ..RawField::default()
        })
        .unwrap()
    }

    #[test]
    fn what_differs_in_type_dimension_or_timing_cannot_be_joined_and_says_why() {
        let hours = field("quantity", "h", "during");
        for (other, expected) in [
            (field("quantity", "min", "during"), vec![]),
            (
                field("quantity", "{wte}", "as-at"),
                vec![
                    "is measured in h, the other in {wte}",
                    "is during, the other as-at",
                ],
            ),
            (
                field("count", "", "during"),
                vec!["is a quantity, the other a count"],
            ),
        ] {
            assert_eq!(hours.differs_from(&other), expected);
        }
    }
}

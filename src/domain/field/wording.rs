//! A field as the matcher reads it.

use super::Field;
use crate::domain::dictionary::Element;
use crate::domain::matcher::{Entry, Wording};

impl Field {
    /// The field's words, with its type, unit and timing beside them.
    #[must_use]
    pub fn as_wording(&self) -> Wording {
        let options = self.kind.options().iter();
        Wording {
            label: self.label.clone(),
            definition: self.definition.clone(),
            options: options.map(|option| option.label.clone()).collect(),
            kind: self.kind.word().to_string(),
            unit: self.kind.unit().map_or("", |unit| unit.code()).to_owned(),
            timing: self.timing.to_string(),
        }
    }
}

impl Element {
    /// The element's words, with those of different bodies and of forms.
    #[must_use]
    pub fn as_entry(&self) -> Entry {
        Entry {
            wording: self.field.as_wording(),
            aliases: self
                .aliases
                .iter()
                .chain(self.wordings())
                .cloned()
                .collect(),
        }
    }
}

//! A field that many hold on to, written down once.
//!
//! A template of a hundred asks writes six thousand fields; each was written when its ask was read.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::Field;

/// A field, shared, with its JSON.
#[derive(Debug, Clone)]
pub struct SharedField {
    field: Arc<Field>,
    json: Arc<RawValue>,
}

impl SharedField {
    /// The field itself.
    #[must_use]
    pub fn field(&self) -> &Arc<Field> {
        &self.field
    }
}

impl From<Field> for SharedField {
    fn from(field: Field) -> Self {
        let json = to_raw_value(&field)
            .expect("a field is made of texts, numbers and lists, which JSON can hold");
        Self {
            field: Arc::new(field),
            json: Arc::from(json),
        }
    }
}

impl Deref for SharedField {
    type Target = Field;

    fn deref(&self) -> &Field {
        &self.field
    }
}

impl PartialEq for SharedField {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field
    }
}

impl Eq for SharedField {}

impl Serialize for SharedField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SharedField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Field::deserialize(deserializer).map(Self::from)
    }
}

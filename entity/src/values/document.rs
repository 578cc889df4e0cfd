//! A JSON column with a shape that not every row keeps.

use sea_orm::{
    ActiveValue, ColIdx, ColumnType, DbErr, IntoActiveValue, QueryResult, TryGetError, TryGetable, TryGetableFromJson,
    Value,
    sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Value as Json, value::RawValue};

/// A JSON document that should have the shape `T`, as it is stored.
///
/// Cronium wrote some documents as JSON and some as a JSON string whose text is the JSON (the application serialised
/// them, then the driver did it again). Reading accepts both; writing makes the plain form. A document of another
/// shape is kept as it is: the row can be read, and written back unchanged.
///
/// ```
/// use entity::values::Document;
/// use serde_json::json;
///
/// let plain = Document::<Vec<String>>::from_json(json!(["nightly"]));
/// let twice = Document::<Vec<String>>::from_json(json!("[\"nightly\"]"));
/// assert_eq!(plain, twice);
/// assert_eq!(twice.to_json(), json!(["nightly"]));
///
/// let strange = Document::<Vec<String>>::from_json(json!({"nightly": true}));
/// assert_eq!(strange, Document::Other(json!({"nightly": true})));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document<T> {
    /// A document of the shape.
    Known(T),
    /// Any other JSON, as it is stored.
    Other(Json),
}

impl<T> Document<T> {
    /// The document, if it has the shape.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Other(_) => None,
        }
    }

    /// The document to change it, if it has the shape.
    pub fn known_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Other(_) => None,
        }
    }

    /// The document by value, if it has the shape.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Other(_) => None,
        }
    }

    /// The JSON, if it has another shape.
    pub fn other(&self) -> Option<&Json> {
        match self {
            Self::Known(_) => None,
            Self::Other(json) => Some(json),
        }
    }
}

impl<T: DeserializeOwned> Document<T> {
    /// The document for a stored JSON value, encoded once or twice.
    pub fn from_json(json: Json) -> Self {
        if let Ok(known) = T::deserialize(&json) {
            return Self::Known(known);
        }
        // A text of JSON, or a text of a text of JSON: each turn makes it shorter, so this ends.
        let mut inner = json.as_str().map(str::to_owned);
        while let Some(text) = inner {
            let Ok(decoded) = serde_json::from_str::<Json>(&text) else {
                break;
            };
            if let Ok(known) = T::deserialize(&decoded) {
                return Self::Known(known);
            }
            inner = decoded.as_str().map(str::to_owned);
        }
        Self::Other(json)
    }
}

impl<T: Serialize> Document<T> {
    /// The document as the JSON that is written.
    ///
    /// # Panics
    /// Never for the shapes of this crate: their maps have text keys and their `Serialize` is derived.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Known(known) =>
            {
                #[expect(
                    clippy::expect_used,
                    reason = "fails only for keys that are no text, which no shape has"
                )]
                serde_json::to_value(known).expect("a shape of text keys")
            }
            Self::Other(json) => json.clone(),
        }
    }
}

impl<T: Default> Default for Document<T> {
    fn default() -> Self {
        Self::Known(T::default())
    }
}

impl<T> From<T> for Document<T> {
    fn from(known: T) -> Self {
        Self::Known(known)
    }
}

impl<T: Serialize> From<Document<T>> for Value {
    fn from(document: Document<T>) -> Self {
        document.to_json().into()
    }
}

/// The text of a column of JSON.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text(Box<RawValue>);

impl TryGetableFromJson for Text {}

impl<T: DeserializeOwned> TryGetable for Document<T> {
    fn try_get_by<I: ColIdx>(res: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let Text(text) = Text::try_get_from_json(res, index)?;
        // Almost every document has its shape: the tree is made for the others only, as it costs more than the shape.
        if let Ok(known) = serde_json::from_str(text.get()) {
            return Ok(Self::Known(known));
        }
        let json = serde_json::from_str(text.get());
        json.map(Self::from_json)
            .map_err(|error| TryGetError::DbErr(DbErr::Json(error.to_string())))
    }
}

impl<T: DeserializeOwned> ValueType for Document<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <Json as ValueType>::try_from(value).map(Self::from_json)
    }

    fn type_name() -> String {
        "Document".to_owned()
    }

    fn array_type() -> ArrayType {
        <Json as ValueType>::array_type()
    }

    fn column_type() -> ColumnType {
        ColumnType::JsonBinary
    }
}

impl<T> Nullable for Document<T> {
    fn null() -> Value {
        <Json as Nullable>::null()
    }
}

impl<T: Serialize> IntoActiveValue<Self> for Document<T> {
    fn into_active_value(self) -> ActiveValue<Self> {
        ActiveValue::Set(self)
    }
}

impl<T: Serialize> Serialize for Document<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(known) => known.serialize(serializer),
            Self::Other(json) => json.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Document<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(Self::from_json)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{events::Tags, jobs::JobMetadata, tools::EncryptionMetadata};

    #[test]
    fn one_encoding_or_several_read_alike() {
        let tags = Document::Known(Tags(vec!["a".into(), "b".into()]));
        let once = json!(["a", "b"]);
        let twice = json!(once.to_string());
        let thrice = json!(twice.to_string());
        for stored in [once.clone(), twice, thrice] {
            let read = Document::<Tags>::from_json(stored);
            assert_eq!(read, tags);
            assert_eq!(read.to_json(), once);
        }
    }

    #[test]
    fn another_shape_is_kept_as_it_is() {
        for stored in [
            json!("nightly"),
            json!(""),
            json!("[1, 2]"),
            json!(null),
            json!({"a": 1}),
            json!([1]),
        ] {
            let read = Document::<Tags>::from_json(stored.clone());
            assert_eq!(read.known(), None);
            assert_eq!(read.to_json(), stored);
        }
    }

    #[test]
    fn members_outside_the_shape_survive() {
        let stored = json!({"eventName": "Backup", "logId": 7, "host": {"name": "a", "cores": [1, 2]}});
        let mut read = Document::<JobMetadata>::from_json(stored.clone());
        assert_eq!(read.to_json(), stored);
        read.known_mut().unwrap().log_id = Some(8);
        assert_eq!(read.to_json()["host"], stored["host"]);
        assert_eq!(read.to_json()["logId"], 8);
    }

    #[test]
    fn a_document_in_a_document_may_be_text_too() {
        let derivation = json!({"method": "scrypt", "salt": "c2FsdA==", "iterations": 100_000});
        let stored = json!({"algorithm": "aes-256-gcm", "keyDerivation": derivation.to_string()});
        let read = Document::<EncryptionMetadata>::from_json(stored);
        let metadata = read.known().unwrap();
        assert_eq!(metadata.key_derivation.known().unwrap().method, "scrypt");
        assert_eq!(
            read.to_json(),
            json!({"algorithm": "aes-256-gcm", "keyDerivation": derivation})
        );
    }

    #[test]
    fn a_value_goes_to_the_database_as_json() {
        let tags = Document::Known(Tags(vec!["a".into()]));
        assert_eq!(Value::from(tags.clone()), Value::from(json!(["a"])));
        let read = <Document<Tags> as ValueType>::try_from(json!("[\"a\"]").into());
        assert_eq!(read.ok(), Some(tags));
        assert_eq!(<Document<Tags> as Nullable>::null(), Value::Json(None));
    }
}

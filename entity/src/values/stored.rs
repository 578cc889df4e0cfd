//! An enumerated text that may hold a value outside its enumeration.

use std::fmt;

use sea_orm::{
    ActiveEnum, ActiveValue, ColIdx, ColumnType, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError,
    TryGetable, Value,
    sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that should be one of an enumeration's, as it is stored.
///
/// Cronium's database enforces no enumeration, so a row may hold anything. A value that the enumeration does not know
/// is kept as it is: the row can be read, and written back unchanged.
///
/// ```
/// use entity::{events::EventType, values::Stored};
///
/// assert_eq!(Stored::<EventType>::from_text("BASH"), Stored::Known(EventType::Bash));
/// assert_eq!(Stored::<EventType>::from_text("PERL"), Stored::Unknown("PERL".into()));
/// assert!(Stored::from(EventType::Bash) == EventType::Bash);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stored<E> {
    /// One of the enumeration's values.
    Known(E),
    /// Anything else, as it is stored. Made by [`Stored::from_text`] only, which tells the two apart.
    Unknown(String),
}

impl<E: ActiveEnum<Value = String>> Stored<E> {
    /// The value for a stored text.
    pub fn from_text(text: impl Into<String>) -> Self {
        let text = text.into();
        match E::try_from_value(&text) {
            Ok(known) => Self::Known(known),
            Err(_) => Self::Unknown(text),
        }
    }

    /// The text as it is stored.
    pub fn into_text(self) -> String {
        match self {
            Self::Known(known) => known.into_value(),
            Self::Unknown(text) => text,
        }
    }
}

impl<E> Stored<E> {
    /// The enumeration's value, if it is one.
    pub fn known(&self) -> Option<&E> {
        match self {
            Self::Known(known) => Some(known),
            Self::Unknown(_) => None,
        }
    }

    /// The text, if the enumeration does not know it.
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(text) => Some(text),
        }
    }
}

impl<E> From<E> for Stored<E> {
    fn from(known: E) -> Self {
        Self::Known(known)
    }
}

impl<E: PartialEq> PartialEq<E> for Stored<E> {
    fn eq(&self, other: &E) -> bool {
        self.known() == Some(other)
    }
}

impl<E: ActiveEnum<Value = String>> fmt::Display for Stored<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => f.pad(&known.to_value()),
            Self::Unknown(text) => f.pad(text),
        }
    }
}

impl<E: ActiveEnum<Value = String>> From<Stored<E>> for Value {
    fn from(stored: Stored<E>) -> Self {
        stored.into_text().into()
    }
}

impl<E: ActiveEnum<Value = String>> TryGetable for Stored<E> {
    fn try_get_by<I: ColIdx>(res: &QueryResult, index: I) -> Result<Self, TryGetError> {
        String::try_get_by(res, index).map(Self::from_text)
    }
}

impl<E: ActiveEnum<Value = String>> ValueType for Stored<E> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <String as ValueType>::try_from(value).map(Self::from_text)
    }

    fn type_name() -> String {
        format!("Stored<{}>", E::name())
    }

    fn array_type() -> ArrayType {
        <String as ValueType>::array_type()
    }

    fn column_type() -> ColumnType {
        E::db_type().get_column_type().clone()
    }
}

impl<E: ActiveEnum<Value = String>> Nullable for Stored<E> {
    fn null() -> Value {
        <String as Nullable>::null()
    }
}

impl<E: ActiveEnum<Value = String>> IntoActiveValue<Self> for Stored<E> {
    fn into_active_value(self) -> ActiveValue<Self> {
        ActiveValue::Set(self)
    }
}

impl<E: ActiveEnum<Value = String>> TryFromU64 for Stored<E> {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("an enumerated text does not count by itself"))
    }
}

impl<E: ActiveEnum<Value = String>> Serialize for Stored<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, E: ActiveEnum<Value = String>> Deserialize<'de> for Stored<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_text)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::StringLen;

    use super::*;
    use crate::events::EventType;

    #[test]
    fn what_the_enumeration_does_not_know_is_kept() {
        let stored = Stored::<EventType>::from_text("PERL");
        assert_eq!(stored.unknown(), Some("PERL"));
        assert_eq!(stored.known(), None);
        assert_eq!(Value::from(stored.clone()), Value::from("PERL"));
        let read = <Stored<EventType> as ValueType>::try_from("PERL".into());
        assert_eq!(read.ok(), Some(stored));
    }

    #[test]
    fn what_the_enumeration_knows_is_its_value() {
        let stored = Stored::<EventType>::from_text("HTTP_REQUEST");
        assert_eq!(stored, EventType::HttpRequest);
        assert_eq!(stored, Stored::from(EventType::HttpRequest));
        assert_eq!(stored.to_string(), "HTTP_REQUEST");
        assert_eq!(format!("{stored:>14}|"), "  HTTP_REQUEST|");
        // The case is part of the value.
        assert_eq!(Stored::<EventType>::from_text("bash").known(), None);
    }

    #[test]
    fn the_column_is_the_enumerations() {
        assert_eq!(
            <Stored<EventType> as ValueType>::column_type(),
            ColumnType::String(StringLen::N(50))
        );
        assert_eq!(<Stored<EventType> as Nullable>::null(), Value::String(None));
    }

    #[test]
    fn in_json_it_is_the_text() {
        let texts = r#"["BASH","PERL"]"#;
        let stored: Vec<Stored<EventType>> = serde_json::from_str(texts).unwrap();
        assert_eq!(stored, [Stored::Known(EventType::Bash), Stored::Unknown("PERL".into())]);
        assert_eq!(serde_json::to_string(&stored).unwrap(), texts);
    }
}

//! A text that is encrypted at rest.

use std::fmt;

use sea_orm::DeriveValueType;

/// A secret, as it is stored: in the vault's form, in one of Cronium's two older ones, or still in clear.
///
/// Only the vault (`entity::vault`, feature `rules`) tells which, by trying its keys. What is in clear must not be shown
/// either, so `Debug` leaves the text out.
///
/// ```
/// use entity::values::Sealed;
///
/// let sealed = Sealed::from_stored("hunter2");
/// assert_eq!(sealed.as_stored(), "hunter2");
/// assert_eq!(format!("{sealed:?}"), "Sealed(..)");
/// ```
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
#[sea_orm(column_type = "Text")]
pub struct Sealed(String);

impl Sealed {
    /// The text of a column.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text for a column.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// The text for a column, by value.
    pub fn into_stored(self) -> String {
        self.0
    }

    /// Whether there is no secret at all: an empty text is stored as it is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;

    use super::*;

    #[test]
    fn the_database_gets_the_text_and_nobody_sees_it() {
        let sealed = Sealed::from_stored("hunter2");
        assert!(!format!("{sealed:?} {:?}", Some(&sealed)).contains("hunter2"));
        assert_eq!(Value::from(sealed), Value::from("hunter2"));
    }
}

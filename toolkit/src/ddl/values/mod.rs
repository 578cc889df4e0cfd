//! What becomes of a column's values when its type changes, in each database's SQL.
//!
//! What fits is judged once, in `diff`; here it is said in SQL: the condition that is true for a value that does not fit,
//! what every value becomes where the database's own assignment does not lead there, and what is left of one that is
//! truncated.

mod postgres;
mod sqlite;

use crate::schema::{DataType, Dialect, EnumType};

/// A change of a column's type.
pub(crate) struct Retyping<'r> {
    /// The table.
    pub(crate) table: &'r str,
    /// The column.
    pub(crate) column: &'r str,
    /// Its type.
    pub(crate) from: &'r DataType,
    /// Its new type.
    pub(crate) to: &'r DataType,
    /// The new type's name in the database's SQL, and the old one's.
    pub(crate) names: (String, String),
    /// The expression whose value takes the column's place.
    pub(crate) mapped: Option<&'r str>,
    /// The zone of moments without one.
    pub(crate) zone: Option<&'r str>,
    /// The enumeration types that there will be.
    pub(crate) enums: &'r [EnumType],
}

impl Retyping<'_> {
    /// A condition that is true for the rows whose value does not fit; none where all do, or where the database itself
    /// refuses a value that does not.
    pub(crate) fn unfit(&self, dialect: Dialect) -> Option<String> {
        match dialect {
            Dialect::Postgres => postgres::unfit(self),
            Dialect::Sqlite => sqlite::unfit(self),
            Dialect::Mysql => None,
        }
    }

    /// What each value becomes; none where the database's own assignment leads there.
    pub(crate) fn using(&self, dialect: Dialect) -> Option<String> {
        match dialect {
            Dialect::Postgres => postgres::using(self),
            Dialect::Sqlite => sqlite::using(self),
            Dialect::Mysql => None,
        }
    }

    /// What is left of each value where what does not fit is lost; none where there is no such part.
    pub(crate) fn truncated(&self, dialect: Dialect) -> Option<String> {
        match dialect {
            Dialect::Postgres => postgres::truncated(self),
            Dialect::Sqlite => sqlite::truncated(self),
            Dialect::Mysql => None,
        }
    }

    /// Whether the zone can be counted with where there are no names of zones.
    pub(crate) fn has_fixed_zone(&self) -> bool {
        self.zone.is_none_or(|zone| sqlite::offset(zone).is_some())
    }
}

/// Ten to the power of so many digits, written out.
fn power_of_ten(digits: u32) -> String {
    format!("1{}", "0".repeat(digits as usize))
}

//! What cannot be emitted, and why.

use crate::{ddl::DdlError, schema::Clash};

/// A plan that a database cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmitError {
    /// A type that the database lacks.
    #[error(
        "{database} has no type `{data_type}` (column `{place}`); choose another `column_type`, or leave {database} out"
    )]
    Type {
        /// The database.
        database: &'static str,
        /// The type.
        data_type: String,
        /// `table.column`.
        place: String,
    },
    /// A type that the database at hand lacks.
    #[error(
        "the database of -u has no type `{data_type}` (column `{place}`); make it there first (`CREATE EXTENSION`, `CREATE DOMAIN`), or choose another `column_type`"
    )]
    NoType {
        /// The type.
        data_type: String,
        /// `table.column`.
        place: String,
    },
    /// Names that two things would bear.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Names(Vec<Clash>),
    /// A change that is not possible.
    #[error("{0}")]
    Ddl(#[from] DdlError),
    /// No database has that conversion.
    #[error(
        "no database converts {from} to {to} (column `{place}`); say what the values become with `--on-loss {place}=map:SQL`, or \
         drop the column and add it anew under another name"
    )]
    NoConversion {
        /// The old type.
        from: String,
        /// The new one.
        to: String,
        /// `table.column`.
        place: String,
    },
    /// Rows can only go into quarantine where a query finds them.
    #[error(
        "no query tells which values of `{place}` PostgreSQL would read as {to}, so that their rows cannot go into quarantine; answer \
         `--on-loss {place}=refuse`, or say what the values become with `--on-loss {place}=map:SQL`"
    )]
    NoQuery {
        /// The old type.
        from: String,
        /// The new one.
        to: String,
        /// `table.column`.
        place: String,
    },
    /// SQLite knows no names of time zones.
    #[error(
        "SQLite knows no time zones by their names, so that `{place}` cannot be taken for moments in `{zone}`; name it as UTC or \
         as an offset such as +02:00, or say what the values become with `--on-loss {place}=map:SQL`"
    )]
    Zone {
        /// The zone.
        zone: String,
        /// `table.column`.
        place: String,
    },
    /// A column gets another type while a computed one reads it.
    #[error(
        "PostgreSQL cannot change the type of `{place}` while the column `{reader}` is computed from it; drop `{reader}` in a \
         migration before, and add it again after"
    )]
    ComputedFrom {
        /// The computed column.
        reader: String,
        /// The column that changes.
        place: String,
    },
    /// A column that becomes computed, or is computed in another way, while something lies on it.
    #[error(
        "PostgreSQL cannot change how the column `{0}` is computed while a key, a constraint or an index lies on it; drop that in a \
         migration before, and make it again after"
    )]
    Computed(String),
    /// Things that Seawright does not manage would have to be made, changed or removed.
    #[error(
        "this plan would have to make, change or break what Seawright does not manage, and nothing of it is written:\n{}\ndo that by hand first, in a migration of its own (`seawright generate NAME --empty`), or leave it as it is on both sides",
        .0.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    )]
    Unmanaged(Vec<String>),
    /// A database that is not written for yet.
    #[error("no SQL is written for MySQL and MariaDB yet; use postgres or sqlite")]
    Mysql,
}

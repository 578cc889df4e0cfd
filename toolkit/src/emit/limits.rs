//! What a database has no type for, and what a column cannot do there.

use super::custom::is_of_another;
use crate::{
    diff::Change,
    schema::{DataType, Dialect, Table},
};

/// Whether a key, a constraint, an index or another computed column lies on a column.
pub(super) fn is_used(table: &Table, column: &str) -> bool {
    let names = |columns: &[String]| columns.iter().any(|own| own == column);
    names(table.key_columns())
        || table.uniques.iter().any(|unique| names(&unique.columns))
        || table.foreign_keys.iter().any(|key| names(&key.columns))
        || table.checks.iter().any(|check| check.expression.mentions(column))
        || table.indexes.iter().any(|index| index.uses(column))
        || table
            .columns
            .iter()
            .filter_map(|own| own.generated.as_ref())
            .any(|computed| computed.mentions(column))
}

pub(super) fn exists(data_type: &DataType, dialect: Dialect) -> bool {
    match (data_type, dialect) {
        (DataType::Array(_), Dialect::Sqlite) => false,
        (DataType::Custom(name), _) => !is_of_another(name, dialect),
        (DataType::Array(element), _) => exists(element, dialect),
        _ => true,
    }
}

pub(super) fn numbers(data_type: &DataType, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => matches!(
            data_type,
            DataType::SmallInteger | DataType::Integer | DataType::BigInteger
        ),
        // AUTOINCREMENT is only allowed on INTEGER PRIMARY KEY (https://sqlite.org/autoinc.html).
        _ => matches!(
            data_type,
            DataType::Integer | DataType::BigInteger | DataType::Unsigned | DataType::BigUnsigned
        ),
    }
}

/// The columns among the changes that are new.
pub(super) fn added_columns(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .filter_map(|change| match change {
            Change::AddColumn { column, .. } => Some(column.name.clone()),
            _ => None,
        })
        .collect()
}

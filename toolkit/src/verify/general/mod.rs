//! The checks that hold for any project, made from the schema that its entities declare.

mod references;
mod rows;
mod schema;
mod sequences;
mod values;

use std::sync::Arc;

use super::Check;
use crate::schema::Schema;

/// The checks of the schema: each table against `built`, which is the declared schema as the same kind of database prints it.
pub fn of_schema(built: &Arc<Schema>) -> Vec<Check> {
    schema::checks(built)
}

/// The checks of the rows: references, sequences, enumerations, and the account of rows.
pub fn of_rows(declared: &Schema) -> Vec<Check> {
    let mut checks = references::checks(declared);
    checks.extend(sequences::checks(declared));
    checks.extend(values::checks(declared));
    checks.extend(rows::checks());
    checks
}

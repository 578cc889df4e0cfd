//! MySQL's and MariaDB's catalog → the IR: not yet.

use sea_orm::ConnectionTrait;

use super::IntrospectError;
use crate::schema::Schema;

/// Says that it cannot be done yet.
#[expect(clippy::unused_async, reason = "the same signature in every database's file")]
pub(super) async fn introspect<C: ConnectionTrait>(_db: &C) -> Result<Schema, IntrospectError> {
    Err(IntrospectError::NotYet("MySQL and MariaDB"))
}

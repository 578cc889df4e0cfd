//! The rules: a file each, with its text, its examples and its tests.

mod settled;
#[cfg(test)]
mod testing;

/// What every rule needs.
mod prelude {
    pub(super) use sqlparser::ast::{
        AlterColumnOperation, AlterTableOperation, ColumnOption, ObjectType, Statement, TableConstraint,
    };

    pub(super) use crate::lint::{
        Severity,
        at::{At, Retyped, alter},
        names::{camel, ident, last, quote},
        rule::{EVERY, Hit, POSTGRES, Rule, SQLITE},
        said::Said,
        types::ColumnType,
    };
}

/// The tests that every rule has, and its own.
macro_rules! tested {
    ($rule:ident $(, $($more:item)*)?) => {
        #[cfg(test)]
        mod tests {
            #![allow(unused_imports, reason = "a rule without tests of its own needs less")]
            use super::*;
            use crate::lint::rules::testing::{found, found_on};

            #[test]
            fn finds_what_is_bad() {
                crate::lint::rules::testing::finds_what_is_bad(&$rule);
            }

            #[test]
            fn lets_be_what_is_good() {
                crate::lint::rules::testing::lets_be_what_is_good(&$rule);
            }

            #[test]
            fn is_silent_on_other_databases() {
                crate::lint::rules::testing::is_silent_on_other_databases(&$rule);
            }

            $($($more)*)?
        }
    };
}
use tested;

pub(super) use settled::{UNUSED, WITHOUT_REASON, unrecorded};

use super::Rule;

macro_rules! rules {
    ($($file:ident),* $(,)?) => {
        $(mod $file;)*

        /// All of them, by their code.
        pub(super) const ALL: &[Rule] = &[$($file::RULE),*, settled::UNRECORDED, settled::UNUSED, settled::WITHOUT_REASON];
    };
}

rules!(
    adding_auto_incrementing_column,
    adding_exclusion_constraint,
    adding_field_with_default,
    adding_foreign_key_constraint,
    adding_not_nullable_field,
    adding_primary_key_constraint,
    adding_required_field,
    adding_stored_generated_column,
    backfill_with_schema_change,
    ban_char_field,
    ban_concurrent_index_creation_in_transaction,
    ban_disable_trigger,
    ban_drop_cascade,
    ban_drop_column,
    ban_drop_database,
    ban_drop_table,
    ban_truncate,
    ban_uncommitted_transaction,
    changing_column_type,
    constraint_missing_not_valid,
    data_statement_without_keyset,
    disallowed_unique_constraint,
    enum_value_in_transaction,
    identifier_too_long,
    index_of_many_columns,
    lock_table,
    losing_values,
    prefer_bigint_over_int,
    prefer_bigint_over_smallint,
    prefer_identity,
    prefer_jsonb,
    prefer_repack,
    prefer_timestamp_tz,
    rebuilding_table,
    renaming_column,
    renaming_enum_value,
    renaming_table,
    require_concurrent_index_creation,
    require_concurrent_index_deletion,
    require_concurrent_partition_detach,
    require_concurrent_reindex,
    strong_locks_in_one_transaction,
    toggling_foreign_keys,
    transaction_nesting,
    unbounded_delete,
    unbounded_insert,
    unbounded_update,
    unread_statement,
    validating_in_same_transaction,
    volatile_data_statement,
);

//! The migrations of the cases, written by `UPDATE_CASES=1`.
#![expect(
    unreachable_pub,
    clippy::unnecessary_literal_bound,
    reason = "written as for a crate"
)]

mod checks_a_check_follows_a_renamed_column;
mod checks_a_column_that_a_check_speaks_of_is_dropped_with_it;
mod checks_a_table_s_comment_goes;
mod checks_checks_come_change_go_and_are_renamed;
mod checks_checks_come_change_go_and_are_renamed_online;
mod checks_comments_come_change_and_go;
mod columns_a_column_in_use_is_renamed_in_steps;
mod columns_a_column_is_added_while_a_bound_one_goes_and_a_new_index_covers_it;
mod columns_a_column_is_added_while_a_bound_one_goes_and_a_new_index_covers_it_online;
mod columns_a_column_is_dropped;
mod columns_a_column_starts_to_count;
mod columns_a_column_that_needs_a_value_is_filled;
mod columns_a_column_whose_default_is_a_moment_is_added;
mod columns_a_column_with_an_index_and_a_foreign_key_is_dropped;
mod columns_a_counting_column_becomes_larger;
mod columns_a_counting_column_is_added_to_a_table_without_a_key;
mod columns_a_default_that_is_an_expression_of_its_author_s_online;
mod columns_a_renamed_column_keeps_its_values_and_its_index_and_foreign_keys;
mod columns_a_type_changes_together_with_its_default;
mod columns_columns_are_added;
mod columns_defaults_change;
mod columns_defaults_with_backslashes_line_ends_and_other_signs;
mod columns_nullability_changes_both_ways_online;
mod columns_types_change;
mod enums_a_text_column_becomes_an_enumeration;
mod enums_a_text_with_an_index_over_some_rows_becomes_an_enumeration;
mod enums_a_text_with_an_index_over_some_rows_becomes_an_enumeration_online;
mod enums_a_value_gets_another_name;
mod enums_a_value_is_added_and_used_at_once;
mod enums_a_value_is_added_and_used_at_once_values;
mod enums_a_value_is_taken_out;
mod enums_an_array_of_an_enumeration;
mod enums_an_enumeration_type_goes_with_its_column;
mod enums_an_enumeration_type_is_made_and_used;
mod enums_sqlite_has_no_arrays;
mod enums_values_are_added;
mod enums_values_change_places_while_an_index_and_a_check_read_them;
mod foreign_keys_a_composite_foreign_key_online;
mod foreign_keys_a_dropped_table_referred_to_a_key_that_goes_too;
mod foreign_keys_a_dropped_table_referred_to_a_key_that_goes_too_online;
mod foreign_keys_a_foreign_key_changes_its_action_and_its_name;
mod foreign_keys_a_foreign_key_changes_its_action_and_its_name_online;
mod foreign_keys_a_key_is_replaced_by_one_to_a_new_table_and_back;
mod foreign_keys_a_key_is_replaced_by_one_to_a_new_table_and_back_online;
mod foreign_keys_a_new_table_refers_to_a_key_that_is_new_too;
mod foreign_keys_a_table_refers_to_itself;
mod foreign_keys_a_table_refers_to_itself_online;
mod foreign_keys_a_table_that_refers_to_itself_is_changed;
mod foreign_keys_both_ends_of_a_foreign_key_get_a_type_of_another_family;
mod foreign_keys_both_ends_of_a_foreign_key_get_a_type_of_another_family_online;
mod foreign_keys_both_ends_of_a_foreign_key_get_another_type;
mod foreign_keys_foreign_keys_with_every_action_online;
mod foreign_keys_rows_that_refer_to_a_rebuilt_table_stay_online;
mod foreign_keys_two_new_tables_refer_to_each_other;
mod foreign_keys_two_tables_that_refer_to_each_other_are_dropped;
mod generated_a_column_becomes_computed;
mod generated_a_computed_column_is_added;
mod generated_a_computed_column_is_made_with_its_table;
mod generated_a_computed_column_keeps_its_values_and_is_written_from_then_on;
mod generated_a_table_with_a_computed_column_is_rebuilt;
mod indexes_a_renamed_index_lies_on_a_renamed_column;
mod indexes_an_expression_index_outlives_a_rebuild;
mod indexes_indexes_are_renamed_changed_and_dropped;
mod indexes_indexes_are_renamed_changed_and_dropped_online;
mod indexes_indexes_hand_their_names_on;
mod indexes_indexes_of_every_kind_are_made_online;
mod indexes_indexes_of_postgresql_s_own_kinds_are_made_online;
mod indexes_two_indexes_change_their_names_with_each_other;
mod indexes_two_indexes_change_their_names_with_each_other_online;
mod indexes_what_only_postgresql_has_is_left_out_on_sqlite_online;
mod keys_a_column_that_others_refer_to_loses_its_unique_key_with_them_online;
mod keys_a_primary_key_gets_a_name_and_one_loses_it;
mod keys_a_primary_key_is_added_online;
mod keys_the_key_changes_while_others_refer_to_its_column_online;
mod keys_the_primary_key_becomes_composite_online;
mod keys_the_primary_key_moves_to_another_column_online;
mod keys_two_unique_keys_change_their_names_with_each_other;
mod keys_two_unique_keys_change_their_names_with_each_other_online;
mod keys_unique_keys_come_go_and_are_renamed;
mod keys_unique_keys_come_go_and_are_renamed_online;
mod losses_a_column_takes_another_one_s_name;
mod losses_a_text_is_truncated;
mod losses_columns_get_narrower_and_every_value_fits;
mod losses_many_names_come_and_none_is_an_old_one;
mod losses_moments_get_a_time_zone_and_lose_it;
mod losses_new_columns_are_filled_from_others;
mod losses_null_is_filled_before_it_is_forbidden_online;
mod losses_two_columns_change_places;
mod losses_two_tables_change_places;
mod losses_values_are_mapped;
mod names_a_table_whose_name_is_as_long_as_a_name_can_be_online;
mod names_a_table_with_the_longest_name_is_rebuilt;
mod names_a_table_with_the_longest_name_is_renamed;
mod names_names_that_differ_only_in_what_rust_drops;
mod names_names_with_quotes_in_them;
mod names_names_with_quotes_in_them_online;
mod names_reserved_words_and_odd_letters;
mod names_reserved_words_and_odd_letters_online;
mod names_tables_called_as_the_things_of_a_migration_are;
mod questions_two_tables_and_a_column_of_one_of_them_are_renamed;
mod questions_what_is_new_is_not_what_vanished;
mod tables_a_rebuilt_table_refers_to_a_renamed_one;
mod tables_a_renamed_table_keeps_its_rows;
mod tables_a_renamed_table_takes_along_who_refers_to_it;
mod tables_a_table_is_created_with_all_that_belongs_to_it;
mod tables_a_table_is_dropped;
mod tables_a_table_is_dropped_and_another_with_its_index_s_name_is_created;
mod tables_a_table_with_a_composite_key_and_every_kind_of_column;
mod values_a_table_with_every_type_of_every_database_is_changed;
mod values_a_unique_key_a_check_and_a_foreign_key_come_to_rows_that_are_there_online;
mod values_arrays_and_types_of_postgresql_s_own_stay_as_they_are;
mod values_arrays_and_types_of_postgresql_s_own_stay_as_they_are_online;
mod values_every_type_widens;

use sea_orm_migration::MigrationTrait;

/// All of them.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(checks_a_check_follows_a_renamed_column::Migration),
        Box::new(checks_a_column_that_a_check_speaks_of_is_dropped_with_it::Migration),
        Box::new(checks_a_table_s_comment_goes::Migration),
        Box::new(checks_checks_come_change_go_and_are_renamed::Migration),
        Box::new(checks_checks_come_change_go_and_are_renamed_online::Migration),
        Box::new(checks_comments_come_change_and_go::Migration),
        Box::new(columns_a_column_in_use_is_renamed_in_steps::Migration),
        Box::new(columns_a_column_is_added_while_a_bound_one_goes_and_a_new_index_covers_it::Migration),
        Box::new(columns_a_column_is_added_while_a_bound_one_goes_and_a_new_index_covers_it_online::Migration),
        Box::new(columns_a_column_is_dropped::Migration),
        Box::new(columns_a_column_starts_to_count::Migration),
        Box::new(columns_a_column_that_needs_a_value_is_filled::Migration),
        Box::new(columns_a_column_whose_default_is_a_moment_is_added::Migration),
        Box::new(columns_a_column_with_an_index_and_a_foreign_key_is_dropped::Migration),
        Box::new(columns_a_counting_column_becomes_larger::Migration),
        Box::new(columns_a_counting_column_is_added_to_a_table_without_a_key::Migration),
        Box::new(columns_a_default_that_is_an_expression_of_its_author_s_online::Migration),
        Box::new(columns_a_renamed_column_keeps_its_values_and_its_index_and_foreign_keys::Migration),
        Box::new(columns_a_type_changes_together_with_its_default::Migration),
        Box::new(columns_columns_are_added::Migration),
        Box::new(columns_defaults_change::Migration),
        Box::new(columns_defaults_with_backslashes_line_ends_and_other_signs::Migration),
        Box::new(columns_nullability_changes_both_ways_online::Migration),
        Box::new(columns_types_change::Migration),
        Box::new(enums_a_text_column_becomes_an_enumeration::Migration),
        Box::new(enums_a_text_with_an_index_over_some_rows_becomes_an_enumeration::Migration),
        Box::new(enums_a_text_with_an_index_over_some_rows_becomes_an_enumeration_online::Migration),
        Box::new(enums_a_value_gets_another_name::Migration),
        Box::new(enums_a_value_is_added_and_used_at_once::Migration),
        Box::new(enums_a_value_is_added_and_used_at_once_values::Migration),
        Box::new(enums_a_value_is_taken_out::Migration),
        Box::new(enums_an_array_of_an_enumeration::Migration),
        Box::new(enums_an_enumeration_type_goes_with_its_column::Migration),
        Box::new(enums_an_enumeration_type_is_made_and_used::Migration),
        Box::new(enums_sqlite_has_no_arrays::Migration),
        Box::new(enums_values_are_added::Migration),
        Box::new(enums_values_change_places_while_an_index_and_a_check_read_them::Migration),
        Box::new(foreign_keys_a_composite_foreign_key_online::Migration),
        Box::new(foreign_keys_a_dropped_table_referred_to_a_key_that_goes_too::Migration),
        Box::new(foreign_keys_a_dropped_table_referred_to_a_key_that_goes_too_online::Migration),
        Box::new(foreign_keys_a_foreign_key_changes_its_action_and_its_name::Migration),
        Box::new(foreign_keys_a_foreign_key_changes_its_action_and_its_name_online::Migration),
        Box::new(foreign_keys_a_key_is_replaced_by_one_to_a_new_table_and_back::Migration),
        Box::new(foreign_keys_a_key_is_replaced_by_one_to_a_new_table_and_back_online::Migration),
        Box::new(foreign_keys_a_new_table_refers_to_a_key_that_is_new_too::Migration),
        Box::new(foreign_keys_a_table_refers_to_itself::Migration),
        Box::new(foreign_keys_a_table_refers_to_itself_online::Migration),
        Box::new(foreign_keys_a_table_that_refers_to_itself_is_changed::Migration),
        Box::new(foreign_keys_both_ends_of_a_foreign_key_get_a_type_of_another_family::Migration),
        Box::new(foreign_keys_both_ends_of_a_foreign_key_get_a_type_of_another_family_online::Migration),
        Box::new(foreign_keys_both_ends_of_a_foreign_key_get_another_type::Migration),
        Box::new(foreign_keys_foreign_keys_with_every_action_online::Migration),
        Box::new(foreign_keys_rows_that_refer_to_a_rebuilt_table_stay_online::Migration),
        Box::new(foreign_keys_two_new_tables_refer_to_each_other::Migration),
        Box::new(foreign_keys_two_tables_that_refer_to_each_other_are_dropped::Migration),
        Box::new(generated_a_column_becomes_computed::Migration),
        Box::new(generated_a_computed_column_is_added::Migration),
        Box::new(generated_a_computed_column_is_made_with_its_table::Migration),
        Box::new(generated_a_computed_column_keeps_its_values_and_is_written_from_then_on::Migration),
        Box::new(generated_a_table_with_a_computed_column_is_rebuilt::Migration),
        Box::new(indexes_a_renamed_index_lies_on_a_renamed_column::Migration),
        Box::new(indexes_an_expression_index_outlives_a_rebuild::Migration),
        Box::new(indexes_indexes_are_renamed_changed_and_dropped::Migration),
        Box::new(indexes_indexes_are_renamed_changed_and_dropped_online::Migration),
        Box::new(indexes_indexes_hand_their_names_on::Migration),
        Box::new(indexes_indexes_of_every_kind_are_made_online::Migration),
        Box::new(indexes_indexes_of_postgresql_s_own_kinds_are_made_online::Migration),
        Box::new(indexes_two_indexes_change_their_names_with_each_other::Migration),
        Box::new(indexes_two_indexes_change_their_names_with_each_other_online::Migration),
        Box::new(indexes_what_only_postgresql_has_is_left_out_on_sqlite_online::Migration),
        Box::new(keys_a_column_that_others_refer_to_loses_its_unique_key_with_them_online::Migration),
        Box::new(keys_a_primary_key_gets_a_name_and_one_loses_it::Migration),
        Box::new(keys_a_primary_key_is_added_online::Migration),
        Box::new(keys_the_key_changes_while_others_refer_to_its_column_online::Migration),
        Box::new(keys_the_primary_key_becomes_composite_online::Migration),
        Box::new(keys_the_primary_key_moves_to_another_column_online::Migration),
        Box::new(keys_two_unique_keys_change_their_names_with_each_other::Migration),
        Box::new(keys_two_unique_keys_change_their_names_with_each_other_online::Migration),
        Box::new(keys_unique_keys_come_go_and_are_renamed::Migration),
        Box::new(keys_unique_keys_come_go_and_are_renamed_online::Migration),
        Box::new(losses_a_column_takes_another_one_s_name::Migration),
        Box::new(losses_a_text_is_truncated::Migration),
        Box::new(losses_columns_get_narrower_and_every_value_fits::Migration),
        Box::new(losses_many_names_come_and_none_is_an_old_one::Migration),
        Box::new(losses_moments_get_a_time_zone_and_lose_it::Migration),
        Box::new(losses_new_columns_are_filled_from_others::Migration),
        Box::new(losses_null_is_filled_before_it_is_forbidden_online::Migration),
        Box::new(losses_two_columns_change_places::Migration),
        Box::new(losses_two_tables_change_places::Migration),
        Box::new(losses_values_are_mapped::Migration),
        Box::new(names_a_table_whose_name_is_as_long_as_a_name_can_be_online::Migration),
        Box::new(names_a_table_with_the_longest_name_is_rebuilt::Migration),
        Box::new(names_a_table_with_the_longest_name_is_renamed::Migration),
        Box::new(names_names_that_differ_only_in_what_rust_drops::Migration),
        Box::new(names_names_with_quotes_in_them::Migration),
        Box::new(names_names_with_quotes_in_them_online::Migration),
        Box::new(names_reserved_words_and_odd_letters::Migration),
        Box::new(names_reserved_words_and_odd_letters_online::Migration),
        Box::new(names_tables_called_as_the_things_of_a_migration_are::Migration),
        Box::new(questions_two_tables_and_a_column_of_one_of_them_are_renamed::Migration),
        Box::new(questions_what_is_new_is_not_what_vanished::Migration),
        Box::new(tables_a_rebuilt_table_refers_to_a_renamed_one::Migration),
        Box::new(tables_a_renamed_table_keeps_its_rows::Migration),
        Box::new(tables_a_renamed_table_takes_along_who_refers_to_it::Migration),
        Box::new(tables_a_table_is_created_with_all_that_belongs_to_it::Migration),
        Box::new(tables_a_table_is_dropped::Migration),
        Box::new(tables_a_table_is_dropped_and_another_with_its_index_s_name_is_created::Migration),
        Box::new(tables_a_table_with_a_composite_key_and_every_kind_of_column::Migration),
        Box::new(values_a_table_with_every_type_of_every_database_is_changed::Migration),
        Box::new(values_a_unique_key_a_check_and_a_foreign_key_come_to_rows_that_are_there_online::Migration),
        Box::new(values_arrays_and_types_of_postgresql_s_own_stay_as_they_are::Migration),
        Box::new(values_arrays_and_types_of_postgresql_s_own_stay_as_they_are_online::Migration),
        Box::new(values_every_type_widens::Migration),
    ]
}

//! The list of bodies, once, and what is made of it.

/// Makes a test of every body, for one backend.
///
/// It takes a [`Harness`](crate::Harness), which a closure that returns a
/// [`Database`](crate::Database) is, and before it, optionally, the attribute that makes an async
/// function a test. The crate's documentation has an example.
#[macro_export]
macro_rules! suite {
    ($(#[$attribute:meta])+ $harness:expr) => {
        $crate::__list_bodies! { $crate::__tests { ($(#[$attribute])+) ($harness) } }
    };
    ($harness:expr) => {
        $crate::__list_bodies! { $crate::__tests { () ($harness) } }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ({ $attributes:tt ($harness:expr) } $($module:ident { $($body:ident)* })*) => {
        fn keyloom_harness() -> impl $crate::Harness {
            $harness
        }
        $(mod $module {
            $($crate::__test! { $attributes $module $body })*
        })*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __test {
    (() $module:ident $body:ident) => {
        #[test]
        fn $body() {
            let body = $crate::body(concat!(stringify!($module), "::", stringify!($body)));
            $crate::block_on(body.run(&super::keyloom_harness()));
        }
    };
    (($($attributes:tt)+) $module:ident $body:ident) => {
        $($attributes)+
        async fn $body() {
            let body = $crate::body(concat!(stringify!($module), "::", stringify!($body)));
            body.run(&super::keyloom_harness()).await;
        }
    };
}

/// A body that is missing here is never called, and the compiler says so.
#[doc(hidden)]
#[macro_export]
macro_rules! __list_bodies {
    ($macro:path { $($arguments:tt)* }) => {
        $macro! {
            { $($arguments)* }
            writes {
                an_insert_sets_revision_and_stamps
                an_insert_of_a_taken_key_answers_with_the_stored_record
                an_insert_starts_again_at_revision_one
                a_save_inserts_and_then_compares_and_sets
                a_save_at_revision_zero_never_replaces
                a_stale_save_is_a_conflict
                a_revision_from_the_future_is_a_conflict
                a_save_of_a_missing_record_is_not_found
                created_is_never_forged
                a_save_without_revision_replaces_and_keeps_created
                an_insert_without_revision_is_create_only
                a_record_without_roles_is_stored
                a_changed_key_addresses_another_record
                a_deleted_record_begins_anew
            }
            deletes {
                a_delete_by_reference_checks_the_revision
                a_delete_compares_nothing_but_the_revision
                a_delete_by_key_says_whether_something_was_stored
                a_delete_without_revision_needs_no_match
                a_delete_leaves_the_neighbours
                a_deleted_struct_can_be_inserted_again
                many_deletes_by_key
                many_deletes_refuse_one_key_twice
            }
            gets {
                a_missing_record_is_none
                a_key_takes_values_and_references
                many_gets_answer_in_the_order_of_the_keys
                many_gets_of_many_keys
                many_gets_refuse_a_bad_key
                a_record_alone_in_its_place
                reads_may_be_eventually_consistent
                a_read_scope_sees_what_was_written_before
                read_scopes_do_not_stop_writes
            }
            values {
                defaults_read_back
                integers_read_back
                floats_read_back
                negative_zero_becomes_zero
                text_reads_back
                bytes_read_back
                times_and_tags_read_back
                nested_values_read_back
                options_read_back
                field_options_hold
                sets_read_back
                nested_numbers_read_back
            }
            refusals {
                odd_floats_are_refused
                large_integers_are_refused
                deep_nesting_is_refused
                an_empty_map_key_is_refused
                a_whole_key_that_is_empty_is_refused
                an_empty_text_in_some_is_no_key_part
                a_number_wider_than_its_template_is_refused
                a_bad_value_in_a_query_is_refused
            }
            ranges {
                ranges_of_a_primary_key
                every_pair_of_bounds
                empty_ranges_hold_nothing
                ranges_of_an_index
                equal_index_keys_come_in_primary_key_order
                ranges_at_each_component
                ranges_of_an_index_of_two_components
                prefixes_of_text
                ranges_of_text
                options_in_the_primary_key
                normalised_keys
            }
            kinds {
                unsigned_keys
                signed_keys
                text_and_byte_keys
                other_keys
                a_large_key_is_refused
            }
            pages {
                a_page_has_a_size_without_a_limit
                the_limit_may_change_between_pages
                a_page_of_no_records
                a_cursor_goes_on_on_another_handle
                a_cursor_of_an_index_tells_equal_keys_apart
                a_cursor_keeps_its_place_while_records_move
                a_cursor_of_another_query_is_refused
                a_cursor_of_another_tenant_is_refused
                a_damaged_cursor_is_refused
                max_read_bounds_a_page
                max_read_without_a_filter
                a_page_is_full_beside_expired_records
            }
            filters {
                comparisons_filter
                one_of_several_values_filters
                text_filters_compare_bytes
                absent_fields_are_two_valued
                other_types_filter
                lists_contain_whole_elements
                conditions_combine
                a_limit_counts_what_passes
                a_filter_refuses_what_no_field_holds
            }
            indexes {
                entries_move_with_the_fields
                entries_show_the_stored_record
                a_refused_write_moves_no_entry
                entries_vanish_on_delete
                none_is_not_in_the_index
                an_index_by_update_follows_every_save
                global_records_are_apart
            }
            projections {
                a_narrow_index_returns_whole_records
                a_filter_sees_fields_that_an_index_lacks
                a_narrow_index_follows_the_records
            }
            uniques {
                a_taken_value_is_refused
                a_normalised_value_is_taken_in_every_spelling
                a_value_is_freed_by_change_and_delete
                swapping_values_needs_a_third
                none_takes_no_value
                a_conflict_comes_before_a_violation
                tenants_do_not_take_each_others_values
                a_value_is_freed_by_expiry
                a_batch_takes_a_value_once
            }
            expiry {
                an_expired_record_is_read_by_nothing
                an_insert_over_an_expired_record_begins_anew
                an_expired_record_is_not_found_by_writes
                an_expiry_can_be_moved
                an_upsert_over_an_expired_record_begins_anew
                batches_write_over_expired_records
            }
            tenants {
                tenants_see_only_their_own
                tenants_write_only_their_own
                text_does_not_move_from_tenant_to_partition
                a_record_of_another_tenant_is_refused
                an_empty_tenant_is_refused
                a_long_tenant_is_a_tenant
            }
            collections {
                a_collection_comes_in_key_order
                pages_cross_from_member_to_member
                members_may_be_missing
                a_collection_passes_over_other_records
                a_member_query_returns_its_type_alone
                a_long_collection_is_streamed
            }
            limits {
                a_partition_key_has_a_limit
                a_sort_key_has_a_limit
                an_index_key_has_a_limit
                an_index_partition_has_a_limit
                a_unique_value_has_a_limit
                a_record_has_a_limit
                a_large_result_is_answered_whole
            }
            batches {
                each_record_has_its_outcome
                a_batch_of_saves_mixes_outcomes
                one_key_twice_is_refused
                a_batch_may_be_of_any_length
                a_batch_of_upserts_keeps_created
            }
            handles {
                handles_see_each_others_writes
                handles_conflict_with_each_other
                a_store_tells_its_time
                a_new_handle_finds_what_was_stored
                clones_share_their_data
                one_of_many_inserts_wins
                many_writes_at_once_all_succeed
                no_update_is_lost
            }
            dropping {
                a_dropped_insert_is_whole_or_nothing
                a_dropped_save_leaves_old_or_new
                a_dropped_delete_leaves_all_or_nothing
                a_dropped_batch_leaves_whole_records
                dropped_reads_leave_nothing_behind
                a_stream_may_be_left
                a_dropped_open_can_be_repeated
                writes_go_on_after_many_dropped_ones
            }
            updates {
                a_set_changes_its_field_alone
                optional_fields_come_and_go
                sums_are_exact_and_stay_in_their_type
                lists_grow_at_both_ends
                sets_take_and_give_elements
                an_update_needs_a_stored_record
                an_update_can_expect_a_revision
                an_update_can_have_conditions
                an_update_can_insert
                an_update_keeps_indexes_right
                an_update_keeps_unique_values_right
                an_expired_record_is_not_updated
                an_update_changes_each_field_once
                an_update_keeps_limits
                an_update_stays_with_its_tenant
            }
            soft_deletes {
                a_deleted_record_is_hidden
                a_deleted_record_is_not_written_and_holds_its_place
                a_deleted_record_is_restored
                a_purged_record_is_gone
                deletes_of_all_kinds_mark
            }
            transactions {
                every_operation_is_applied
                an_empty_transaction_is_committed
                a_refusal_names_its_operation
                the_first_refusal_is_named
                a_record_stands_in_a_transaction_once
                a_transaction_has_a_hundred_items
                a_transaction_has_four_megabytes
                a_token_makes_a_repetition_harmless
                a_transaction_stays_with_its_tenant
                a_transaction_numbers_its_records
            }
            sequences {
                numbers_grow_in_each_partition
                a_scope_has_numbers_of_its_own
                a_number_is_never_given_twice
                a_number_can_be_brought_along
                a_number_is_known_before_the_record_is_stored
                a_batch_is_numbered_in_order
                numbers_differ_under_concurrency
            }
            streams {
                events_are_numbered_and_read
                many_events_are_appended_together
                an_append_can_expect_the_last_number
                an_append_with_a_key_is_made_once
                a_stream_is_trimmed
                a_long_stream_is_read_in_pages
                appends_at_once_leave_no_hole
                a_dropped_append_holds_nobody
            }
            partitions {
                a_partition_is_deleted_whole
                a_sweep_removes_what_has_expired
                records_are_read_at_one_moment
                a_moment_never_shows_half_a_transaction
                global_records_are_written_too
            }
        }
    };
}

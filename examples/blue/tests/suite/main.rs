//! Every behaviour of the stores, on every engine; then what is tested once.

mod binary;
mod bodies;
mod harness;
mod ids;
mod layout;
mod readme;
mod watched;

/// One module for each engine, with a test for each body.
macro_rules! suite {
    ($($module:ident { $($body:ident)* })*) => {
        mod memory {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $body() {
                    crate::bodies::$module::$body(&crate::harness::InMemory::new()).await;
                }
            )*)*
        }

        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $body() {
                    crate::bodies::$module::$body(&crate::harness::InFile::new()).await;
                }
            )*)*
        }

        mod dynamodb {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $body() {
                    crate::bodies::$module::$body(&crate::harness::InDynamoDb::new()).await;
                }
            )*)*
        }
    };
}

suite! {
    dialogues {
        a_dialogue_is_found_by_the_slug_of_its_title
        creators_at_once_have_ids_of_their_own
        an_old_copy_is_not_stored
        lists_are_newest_first_by_an_index
        realms_see_nothing_of_each_other
        experts_and_moves_are_registered
        a_round_adds_to_the_totals
        nothing_is_registered_in_an_unknown_dialogue
        a_final_verdict_converges_the_dialogue
        a_verdict_id_is_taken_once
        a_dialogue_is_deleted_whole
        a_dialogue_that_is_being_deleted_keeps_its_id
    }
    entities {
        entries_are_numbered_by_round_and_kind
        a_round_has_more_than_a_hundred_perspectives
        registrations_at_once_have_numbers_of_their_own
        tensions_have_their_events
        allowed_transitions_and_no_others
        an_unknown_tension_has_no_event
        one_of_two_transitions_wins
    }
    references {
        a_reference_is_stored_once_and_found_by_its_target
        everything_wrong_with_a_reference_is_told
        references_of_an_entry_are_all_or_nothing
        a_reference_wants_both_ends
    }
    files {
        a_dialogue_is_exported_by_one_query
        an_import_exports_as_it_was
        numbers_go_on_behind_an_import
        an_import_takes_no_other_dialogues_place
        a_failed_import_leaves_nothing
        an_import_that_fails_halfway_leaves_nothing
        a_file_that_makes_no_sense_is_refused
    }
    documents {
        ids_grow_and_are_never_given_again
        documents_at_once_have_ids_of_their_own
        a_title_is_taken_once_for_each_type
        documents_are_found_by_status
        an_old_document_is_not_stored
        a_deleted_document_is_restored_or_purged
        links_are_found_from_both_ends
        a_search_finds_words_or_is_unsupported
        a_search_finds_what_was_there_before
        dialogues_and_documents_share_a_database
    }
    faults {
        a_failing_transition_is_whole
        a_failing_verdict_is_whole
        a_failing_round_is_whole
        a_failing_tension_is_whole
        a_failing_perspective_is_whole
        a_dropped_transition_is_whole
        a_dropped_verdict_is_whole
        a_dropped_round_is_whole
        a_dropped_tension_is_whole
        a_dropped_perspective_is_whole
        lost_answers_leave_whole_transitions
    }
}

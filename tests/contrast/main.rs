//! The contrast: one source, run on buzzer and on tokio.
//!
//! Each scenario is a small program that notes what happens, in order, at
//! which virtual time. It is compiled twice, against buzzer and against tokio's
//! current_thread runtime, and the two transcripts must be equal. Where they
//! are meant to differ, the scenario states both, and why.
//!
//! - `scenarios/`: the programs, by theme; begin at `scenarios/documents.rs`.
//! - `on_buzzer.rs`, `on_tokio.rs`: the two preludes they are compiled against.
//! - `transcript/lib.rs`: writing down, laying side by side, comparing.
//!
//! The clocks are paused, so nothing is waited for. To read all transcripts:
//!
//! ```text
//! cargo test --test contrast -- --nocapture --test-threads=1
//! ```

#![allow(
    clippy::duplicate_mod,
    reason = "that one source is compiled twice is the idea"
)]
#![allow(
    clippy::async_yields_async,
    reason = "handles are taken out of block_on, to see what they say afterwards"
)]

#[macro_use]
#[path = "transcript/lib.rs"]
mod transcript;
mod on_buzzer;
mod on_tokio;

/// Makes one test of each scenario, named after it. A scenario that is left
/// out is dead code, which the compiler reports.
macro_rules! contrast {
    ($($theme:ident { $($(#[$only:meta])* $scenario:ident,)+ })+) => {
        $(
            mod $theme {
                $(
                    #[test]
                    $(#[$only])*
                    fn $scenario() {
                        crate::transcript::compare(
                            crate::on_buzzer::scenarios::$theme::$scenario(),
                            crate::on_tokio::scenarios::$theme::$scenario(),
                        );
                    }
                )+
            }
        )+

        const SCENARIOS: &[&str] = &[$($(stringify!($scenario)),+),+];
    };
}

#[test]
fn at_least_thirty_scenarios_are_compared() {
    assert!(SCENARIOS.len() >= 30, "only {SCENARIOS:?}");
}

contrast! {
    documents {
        the_synchronous_program_takes_three_seconds,
        the_asynchronous_program_takes_two_seconds,
    }
    running_order {
        spawned_tasks_run_in_the_order_of_their_spawn,
        yielding_tasks_take_turns,
        main_yields_to_all_that_are_queued,
        a_child_queues_behind_its_elders,
        nested_spawns_hand_their_values_up,
        a_task_woken_three_times_is_polled_once,
        a_stale_waker_does_not_reach_the_next_task,
        time_stands_still_while_a_task_is_busy,
        task_ids_are_unique_and_known_inside,
        the_main_future_takes_its_place_in_the_queue,
        a_yield_and_a_self_wake_queue_alike,
        an_always_ready_loop_lets_others_run,
    }
    aborts {
        abort_before_the_first_run,
        abort_while_it_waits,
        abort_when_it_was_just_woken,
        abort_of_itself_takes_effect_at_the_next_wait,
        abort_of_itself_is_too_late_if_it_returns,
        abort_twice,
        abort_of_a_finished_task_keeps_its_value,
        abort_and_then_drop_the_handle,
        an_abort_handle_outlives_the_join_handle,
        dropping_the_handle_detaches_the_task,
        is_finished_tells_before_the_handle_is_awaited,
        the_future_is_dropped_before_its_handle_is_ready,
        a_handle_is_awaited_by_another_task,
        the_last_waiter_is_the_one_that_is_woken,
    }
    panics {
        a_panic_reaches_the_handle_and_others_go_on,
        what_a_future_holds_is_dropped_after_the_panic_of_its_poll,
        the_payload_comes_out_as_it_went_in,
        the_texts_of_a_join_error,
        a_join_error_becomes_an_io_error,
        a_cancelled_task_has_no_payload,
        a_detached_task_that_panics_harms_nobody,
        the_drop_of_an_aborted_future_panics,
        the_drop_of_an_aborted_and_detached_future_panics,
        the_drop_of_a_finished_future_panics,
        the_drop_of_an_output_that_nobody_wants_panics,
        the_drop_of_an_output_left_in_the_handle_panics,
        a_panic_while_others_are_dropped_by_the_unwinding,
        a_handle_polled_again_after_its_result_panics,
    }
    sleeps {
        sleeps_end_in_the_order_of_their_deadlines,
        the_same_deadline_ends_in_the_order_of_arming,
        the_deadline_counts_from_the_call,
        a_sleep_of_zero_is_over_at_once,
        a_deadline_in_the_past_is_over_at_once,
        a_sleep_of_the_longest_duration_just_waits,
        a_sleep_of_a_month_takes_no_time_here,
        a_sleep_below_a_millisecond,
        reset_to_a_later_deadline,
        reset_to_an_earlier_deadline,
        reset_of_a_sleep_that_is_over,
        a_dropped_sleep_wakes_nobody,
        a_sleep_is_polled_by_another_task_the_second_time,
        advancing_the_clock_ends_all_that_is_due,
        pausing_a_paused_clock_is_refused,
        advancing_by_zero_moves_nothing,
    }
    timeouts {
        a_timeout_that_fires_drops_what_it_waited_for,
        a_timeout_that_does_not_fire_gives_the_value,
        a_timeout_of_zero,
        a_timeout_at_a_past_deadline,
        a_timeout_of_the_longest_duration_never_fires,
        a_future_that_is_ready_at_the_same_instant_wins,
        the_inner_of_two_timeouts_fires_first,
        a_timed_out_join_handle_can_be_awaited_again,
        a_timeout_over_a_handle_detaches_its_task,
        elapsed_becomes_an_io_error,
        a_timeout_fires_although_the_budget_is_spent,
    }
    intervals {
        missed_ticks_come_in_a_burst,
        missed_ticks_delay_the_rest,
        missed_ticks_are_skipped,
        the_first_tick_comes_at_once,
        interval_at_begins_when_told,
        interval_at_a_past_instant_catches_up,
        reset_counts_a_period_from_now,
        reset_immediately_after_and_at,
        a_tick_given_up_is_not_lost,
        a_task_between_two_ticks_works_without_drift,
        a_period_of_zero_is_refused,
        a_small_lateness_does_not_count_as_missed_when_delaying,
        a_small_lateness_does_not_count_as_missed_when_skipping,
    }
    gathering {
        results_come_in_the_order_written,
        results_of_different_types,
        a_list_keeps_its_order_whoever_ends_first,
        an_empty_list_is_ready_at_once,
        a_hundred_children_wait_at_the_same_time,
        the_first_error_drops_the_others,
        the_first_error_of_a_list_drops_the_others,
        no_error_gives_all_values,
        an_error_in_the_first_poll_stops_the_polling,
        handles_are_gathered_like_any_future,
        a_gather_inside_a_gather,
        a_panic_of_one_child_is_the_gatherers_panic,
        a_dropped_gather_drops_its_children,
        join_of_the_futures_crate_runs_on_both,
    }
    racing {
        the_first_to_end_wins_and_the_losers_are_dropped,
        of_two_at_the_same_instant_the_first_written_wins,
        a_branch_behind_a_ready_one_is_not_polled,
        a_race_against_a_sleep_is_a_timeout,
        a_loser_that_is_a_task_runs_on,
        a_race_of_one_contestant,
        tokios_select_runs_on_both,
        a_race_in_a_loop_keeps_what_it_borrows,
    }
    channels_and_locks {
        a_full_channel_holds_its_sender_back,
        ping_pong_over_two_channels,
        receivers_are_served_in_turn,
        a_mutex_is_handed_on_in_the_order_of_asking,
        a_holder_that_is_aborted_gives_its_lock_back,
        a_semaphore_lets_two_in_at_a_time,
        a_barrier_waits_for_the_last,
        readers_share_and_a_writer_waits_for_them,
        a_value_is_made_once_while_others_wait_for_it,
        tokios_own_channels_run_on_both,
    }
    sync_locks {
        a_mutex_goes_from_hand_to_hand,
        a_late_comer_does_not_overtake,
        a_waiter_that_gives_up_lets_the_next_in,
        a_lock_handed_to_one_that_is_aborted,
        a_holder_that_panics_poisons_nothing,
        an_owned_guard_is_handed_to_a_task,
        a_guard_of_a_part,
        readers_share_and_a_writer_stops_those_behind_it,
        a_writer_that_gives_up_lets_the_readers_in,
        a_writer_becomes_a_reader,
        a_written_part_becomes_a_read_one,
        as_many_readers_as_were_allowed,
        permits_go_to_the_first_in_line_though_it_wants_many,
        a_large_request_that_gives_up_leaves_its_permits_to_the_next,
        permits_are_split_merged_forgotten_and_added,
        a_semaphore_closed_under_those_who_wait,
        a_close_after_a_permit_was_given,
        a_request_for_no_permits,
        more_permits_than_there_can_be,
        locks_that_are_always_free_let_others_run,
    }
    sync_bells {
        one_is_told_at_a_time,
        the_last_is_told_first,
        a_ring_that_nobody_hears_is_kept_once,
        a_ring_for_all_is_not_kept,
        a_ring_for_all_leaves_what_is_kept,
        who_was_told_and_gives_up_tells_the_next,
        an_enabled_future_stands_in_line,
        an_owned_wait_is_spawned,
        a_hundred_are_told_together,
        a_barrier_opens_round_by_round,
        a_wait_given_up_at_a_barrier_still_counts,
        a_value_is_made_once_and_the_others_wait,
        a_maker_that_fails_leaves_it_to_the_next,
        a_cell_is_taken_and_made_anew,
        a_value_that_is_set_once_and_waited_for,
    }
    sync_queues {
        a_value_goes_over_once,
        a_sender_that_is_dropped_says_so,
        a_sender_waits_for_the_receiver_to_go,
        what_was_sent_before_the_close_is_received,
        a_value_nobody_took_is_dropped_with_the_receiver,
        a_timed_out_receiver_is_awaited_again,
        a_full_channel_holds_back_and_is_fair,
        an_unbounded_channel_holds_nobody_back,
        the_capacity_as_it_is_used,
        promised_room_outlives_the_close,
        senders_that_wait_when_the_receiver_goes,
        what_was_not_received_is_dropped_in_order,
        many_are_received_at_once,
        weak_senders_keep_nothing_open,
        a_send_with_a_limit,
        an_owned_permit_goes_to_a_task,
        a_send_given_up_has_sent_nothing,
        a_stream_that_never_ends_lets_others_run,
        ping_pong_with_one_place_each,
    }
    sync_spread {
        every_receiver_gets_every_value,
        a_slow_receiver_is_told_what_it_has_missed,
        who_subscribes_late_gets_what_is_new,
        values_nobody_has_to_see_are_dropped,
        a_value_is_dropped_when_the_last_has_seen_it,
        a_sender_waits_until_nobody_listens,
        weak_senders_of_a_broadcast,
        a_receive_given_up_loses_nothing,
        a_watched_value_skips_what_nobody_saw,
        a_change_that_is_none_wakes_nobody,
        waiting_for_a_value_that_will_do,
        the_last_value_is_seen_after_the_last_sender,
        marks_of_what_was_seen,
        a_watch_without_watchers,
    }
    other_threads {
        a_wake_from_another_thread,
        a_hundred_messages_from_another_thread_stay_in_order,
        another_thread_spawns_a_task_here,
        another_thread_awaits_the_task_it_spawned_here,
        another_thread_awaits_a_task_that_was_spawned_here,
        another_thread_aborts_a_task_here,
        a_waker_used_after_its_task_has_ended,
        a_waker_used_after_its_runtime_is_gone,
        a_task_spawned_by_a_handle_whose_runtime_is_gone,
    }
    outside {
        a_spawn_outside_of_a_runtime_is_refused,
        a_sleep_outside_of_a_runtime_is_refused,
        a_block_on_inside_of_a_task_is_refused,
        a_runtime_is_current_inside_only,
        enter_makes_a_runtime_current,
    }
    blocking_jobs {
        a_job_returns_its_value,
        a_job_that_panics_tells_its_handle,
        several_jobs_are_gathered_in_order,
        a_job_holds_the_paused_clock,
        the_loop_turns_while_a_job_blocks,
        a_job_that_has_started_cannot_be_aborted,
        a_job_that_has_not_started_can_be_aborted,
        jobs_beyond_the_limit_of_threads_wait_their_turn,
        a_detached_job_still_runs,
        a_job_spawns_a_task_through_the_handle,
    }
    files {
        whole_files_are_written_and_read,
        a_read_gives_what_is_there_then_nothing,
        buffers_of_no_length,
        seeks_from_start_end_and_current,
        a_write_in_the_middle_replaces_what_was_there,
        reads_and_writes_alternate_at_one_position,
        appending_writes_to_the_end_wherever_it_stands,
        lines_with_and_without_an_end,
        lines_through_a_buffer_of_no_capacity,
        several_buffers_are_written_to_a_file,
        ten_thousand_lines,
        truncating_and_extending,
        a_cloned_file_shares_its_position,
        a_megabyte_there_and_back,
        directories_are_made_listed_and_removed,
        files_are_copied_renamed_linked_and_removed,
        permissions_are_set_and_seen,
        a_file_removed_while_open_can_still_be_read,
        a_file_of_unknown_length_is_read_to_its_end,
    }
    file_errors {
        a_path_that_does_not_exist,
        a_directory_where_a_file_is_wanted,
        a_file_where_a_directory_is_wanted,
        what_exists_is_not_made_anew,
        a_file_without_permission,
        a_name_that_cannot_be,
        options_that_contradict_each_other,
        the_end_of_the_file_comes_too_soon,
        a_copy_of_a_file_onto_itself,
        bytes_that_are_not_text,
        a_seek_before_the_start,
        #[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
        a_full_disk_is_told_by_the_write_itself,
        a_write_to_a_file_opened_for_reading,
        the_text_of_an_error,
    }
    tcp {
        an_echo_goes_there_and_back,
        clients_are_served_one_after_the_other,
        a_hundred_clients_at_the_same_time_get_their_own_answers,
        connections_are_accepted_in_the_order_of_their_connects,
        the_addresses_of_both_ends_agree,
        a_connect_that_is_refused,
        every_address_is_tried,
        addresses_in_all_their_forms,
        a_port_that_is_taken,
        a_port_shared_by_two_listeners,
        a_port_that_was_just_used_can_be_listened_at_again,
        a_listener_that_is_gone,
        a_client_that_left_before_it_was_accepted,
        options_are_set_and_seen,
        a_std_socket_comes_in_and_goes_out_again,
    }
    transfers {
        a_half_close_leaves_the_other_way_open,
        a_shutdown_twice_and_a_write_after_it,
        a_reset_is_met_by_the_next_read,
        a_reset_is_met_by_the_next_write,
        a_reset_ends_a_read_that_waits,
        a_reset_ends_a_write_that_waits,
        a_peek_leaves_what_it_saw,
        reads_and_writes_of_no_length,
        several_buffers_are_written_at_once,
        more_buffers_than_the_kernel_takes_at_once,
        everything_up_to_the_end,
        the_end_comes_too_soon,
        what_a_try_says,
        readiness_for_one_or_both_ways,
        a_full_socket_holds_its_writer_back,
        many_megabytes_through_a_small_buffer,
    }
    halves {
        one_task_reads_and_writes_at_the_same_time,
        two_tasks_have_a_half_each,
        halves_of_two_connections_do_not_fit,
        dropping_the_write_half_ends_the_writing,
        a_write_half_that_is_forgotten_ends_nothing,
        dropping_the_read_half_ends_nothing,
        halves_peek_and_try_as_the_whole_does,
    }
    sockets_and_time {
        a_timeout_around_a_read_loses_nothing,
        a_timeout_around_a_write_writes_nothing_more,
        a_race_around_accept_loses_no_connection,
        of_two_sockets_the_one_that_has_something_wins,
        a_reader_that_is_aborted_leaves_the_data_to_the_next,
        all_tasks_that_wait_for_one_socket_are_told,
        a_socket_that_is_always_ready_lets_others_run,
        listeners_that_always_have_clients_let_others_run,
        a_runtime_dropped_with_its_connections_closes_them,
        a_connect_that_is_given_up_harms_no_other,
    }
    udp {
        datagrams_keep_their_borders,
        an_empty_datagram_arrives,
        a_datagram_longer_than_the_buffer_is_cut,
        a_datagram_into_no_buffer_is_taken,
        a_peek_leaves_the_datagram,
        nobody_at_the_other_end_is_told_by_the_next_call,
        a_connected_socket_hears_its_peer_only,
        a_datagram_too_long_to_send,
        a_send_without_a_peer,
        readiness_of_a_datagram_socket,
        a_timeout_around_a_receive_loses_nothing,
        a_std_socket_for_datagrams_comes_in_and_goes_out,
    }
    unix {
        a_pair_talks_both_ways,
        a_listener_at_a_path,
        a_path_that_is_in_use,
        paths_that_cannot_be,
        the_halves_of_a_unix_stream,
        a_new_pair_is_tried_at_once,
        who_the_peer_is,
        unread_bytes_make_a_drop_a_reset,
        datagrams_in_a_pair,
        datagrams_to_a_path,
        a_full_datagram_socket_holds_its_sender_back,
        a_std_unix_socket_comes_in_and_goes_out,
    }
    children {
        exit_codes_and_signals,
        a_child_waited_for_twice,
        a_child_that_is_asked_whether_it_has_ended,
        a_child_reads_and_answers,
        a_child_kept_waiting_for_input_by_nobody,
        a_shutdown_of_the_input,
        all_output_of_a_child,
        a_killed_child,
        a_child_killed_by_its_drop,
        a_dropped_child_runs_on,
        a_child_races_a_timeout,
        an_output_becomes_an_input,
        what_cannot_be_run,
    }
    signals {
        a_signal_that_came_before_the_first_wait,
        two_listeners_for_one_signal,
        a_listener_made_after_the_signal,
        a_listener_on_a_second_runtime,
        a_signal_for_a_task_that_waits,
        signals_that_cannot_be_caught,
    }
    shutdown {
        remaining_tasks_are_dropped_in_the_order_of_their_spawn,
        a_task_that_never_ran_is_dropped_too,
        a_second_block_on_goes_on_with_the_tasks,
        a_task_spawned_before_block_on_runs_in_it,
        a_spawn_during_the_shutdown_is_dropped_at_once,
        a_task_dropped_at_shutdown_may_wake_and_abort_others,
        a_waiting_task_is_cancelled_for_the_handle_that_is_left,
        an_ended_task_and_the_handle_that_is_left,
        an_output_that_nobody_took,
        a_panic_in_a_drop_at_shutdown_stops_nobody,
        a_panic_of_the_main_future_leaves_block_on,
        the_shutdown_waits_for_a_job_that_has_started,
        a_shutdown_in_the_background_leaves_a_started_job_behind,
        a_shutdown_and_a_job_that_has_not_started,
    }
    io_adaptors {
        numbers_in_both_orders,
        a_take_ends_early_and_counts,
        a_chain_goes_on_with_the_second,
        a_pipe_that_is_full_lets_its_writer_wait,
        an_end_of_a_pipe_is_dropped,
        a_pipe_is_shut_down_one_way,
        the_ends_of_a_simplex_pipe,
        halves_of_any_stream,
        a_buffer_behind_a_writer_gathers,
        a_buffer_behind_a_writer_that_takes_nothing,
        a_buffer_is_written_before_a_seek,
        a_buffer_is_given_up_by_a_seek,
        buffers_both_ways,
        nothing_and_the_same_for_ever,
        a_loop_over_what_is_always_ready_lets_others_run,
        memory_with_a_position,
        a_copy_from_a_buffer,
        a_proxy_with_small_buffers,
        segments_between_delimiters,
        a_reader_and_a_writer_as_one,
        lines_of_a_buffer_that_a_program_made,
        a_buffer_that_is_filled_by_hand,
    }
    join_sets {
        outputs_come_in_the_order_of_the_ends,
        a_set_that_is_dropped_aborts_its_tasks,
        detached_tasks_run_on,
        panics_and_aborts_come_out_as_errors,
        all_are_aborted_and_still_taken,
        a_shutdown_waits_until_all_are_dropped,
        a_wait_given_up_loses_nothing,
        all_outputs_of_a_set,
        ids_of_a_set,
        jobs_and_tasks_of_another_way_in_a_set,
        a_set_that_grows_while_it_is_waited_for,
        a_thousand_tasks_of_a_set,
    }
    task_locals {
        a_value_is_there_in_its_scope_only,
        tasks_have_values_of_their_own,
        a_value_is_there_in_the_drop,
        a_value_without_a_future,
        a_value_is_taken_out_again,
        a_set_is_awaited_until_its_tasks_have_ended,
        a_poll_has_a_budget,
        a_unit_is_given_back_without_progress,
        futures_joined_where_they_stand,
        joined_futures_take_turns_to_be_first,
        the_first_error_ends_a_join,
        values_pinned_by_a_macro,
    }
}

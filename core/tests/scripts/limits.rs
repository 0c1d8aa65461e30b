//! Limits: places, length, rate and patience. `talk` disconnects, `desk` refuses.

use crate::check;

#[test]
fn a_third_client_finds_two_places_taken() {
    check(
        "
        ana opens desk
        luis opens desk
        eva opens desk
          eva is closed: all 2 places taken
        eva closes
        other opens talk
          wake at 30000
        free opens
        ana closes
        eva opens desk
        late opens desk
          late is closed: all 2 places taken
        ",
    );
}

#[test]
fn a_place_is_free_when_its_client_is_gone_even_before_the_log_knows() {
    check(
        "
        ana opens talk
          wake at 30000
        luis opens talk
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
        ana quit
          ana is closed: left
        early opens talk
          early is closed: all 2 places taken
        ana closes
        waiting
          end of ana
        eva opens talk
        ",
    );
}

#[test]
fn five_in_a_second_pass_and_the_sixth_is_disconnected() {
    check(
        "
        ana opens talk
          wake at 30000
        0 ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
          wake never
        10 ana say 1
        20 ana say 2
        30 ana say 3
        40 ana say 4
        50 ana ping
        1009 ana say 6
        commit
          room 0, but ana: #6 Ana: 1
          ana: said to 0 #6
          room 0, but ana: #7 Ana: 2
          ana: said to 0 #7
          room 0, but ana: #8 Ana: 3
          ana: said to 0 #8
          room 0, but ana: #9 Ana: 4
          ana: said to 0 #9
          ana: pong
          ana is closed: too fast
        ana say 7
        ",
    );
}

#[test]
fn five_in_a_second_pass_and_the_sixth_is_refused() {
    check(
        "
        ana opens desk
        0 ana reserve gpu
        10 ana list
        20 ana garbles bad_request
        30 ana garbles empty
        40 ana ping
        999 ana cancel gpu
        1000 ana cancel gpu
        1009 ana ping
        1010 ana ping
        commit
          ana: reserved GPU #5
          ana: Sala free; GPU held since 0, yours
          ana: no, bad_request
          ana: no, empty
          ana: pong
          ana: no, too_fast
          ana: cancelled GPU #6
          ana: no, too_fast
          ana: pong
        ",
    );
}

#[test]
fn who_is_not_limited_may_say_anything_at_any_speed() {
    check(
        "
        ana opens
        ana name Ana
        ana say a longer text than elsewhere
        ana say 1
        ana say 2
        ana say 3
        ana say 4
        ana say 5
        ana say 6
        commit
          ana joins room 0
          ana: named Ana #5
          room 0, but ana: #6 Ana: a longer text than elsewhere
          ana: said to 0 #6
          room 0, but ana: #7 Ana: 1
          ana: said to 0 #7
          room 0, but ana: #8 Ana: 2
          ana: said to 0 #8
          room 0, but ana: #9 Ana: 3
          ana: said to 0 #9
          room 0, but ana: #10 Ana: 4
          ana: said to 0 #10
          room 0, but ana: #11 Ana: 5
          ana: said to 0 #11
          room 0, but ana: #12 Ana: 6
          ana: said to 0 #12
        ",
    );
}

#[test]
fn the_first_name_is_free_where_there_is_a_deadline_and_the_next_counts() {
    check(
        "
        luis opens
        luis name Ana
        commit
          luis joins room 0
          luis: named Ana #5
        ana opens talk
          wake at 30000
        0 ana name Ana
        commit
          ana: no, name_taken
        1 ana name Ana
        2 ana name Ana
        3 ana name Ana
        4 ana name Ana
        5 ana name Eva
        6 ana name Eva
        commit
          ana: no, name_taken
          ana: no, name_taken
          ana: no, name_taken
          ana: no, name_taken
          ana joins room 0
          ana: named Eva #11
          ana is closed: too fast
          wake never
        ",
    );
}

#[test]
fn bytes_before_the_message_is_whole_count_and_the_message_not_again() {
    check(
        "
        ana opens talk
          wake at 30000
        0 ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
          wake never
        1 ana types
        2 ana types
        3 ana types
        4 ana types
        5 ana types
        6 ana typed say hola
        commit
          room 0, but ana: #6 Ana: hola
          ana: said to 0 #6
        7 ana types
          ana is closed: too fast
        8 ana say too late
        ",
    );
}

#[test]
fn bytes_are_counted_where_excess_is_refused_too() {
    check(
        "
        ana opens desk
        1 ana types
        2 ana typed ping
          ana: pong
        3 ana types
        4 ana types
        5 ana types
        6 ana typed ping
          ana: pong
        7 ana types
        8 ana typed ping
          ana: pong
        9 ana types
        10 ana typed ping
          ana: no, too_fast
        1001 ana types
        1002 ana typed ping
          ana: pong
        ",
    );
}

#[test]
fn length_is_counted_in_characters_and_not_in_bytes() {
    check(
        "
        ana opens desk
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
        2000 ana say ñandúñandú
        ana say 0123456789a
        ana to ana ñandúñandúñ
        ana ping
        commit
          room 0, but ana: #6 Ana: ñandúñandú
          ana: said to 0 #6
          ana: no, too_long
          ana: no, too_long
          ana: pong
        4000 ana reserve habitación 1
        commit
          ana: no, no_such_resource
        ",
    );
}

#[test]
fn too_long_a_message_is_disconnected_after_what_was_owed() {
    check(
        "
        ana opens talk
          wake at 30000
        ana name Ana
        ana say hola
        ana say 0123456789a
        ana say hola
        commit
          ana joins room 0
          ana: named Ana #5
          wake never
          room 0, but ana: #6 Ana: hola
          ana: said to 0 #6
          ana is closed: too long
        ",
    );
}

#[test]
fn a_line_that_had_no_end_is_too_long_however_it_was_noticed() {
    check(
        "
        ana opens talk
          wake at 30000
        luis opens desk
        ana garbles too_long
          ana is closed: too long
        luis garbles too_long
          luis: no, too_long
        luis garbles bad_text
          luis: no, bad_text
        ",
    );
}

#[test]
fn a_name_is_due_in_thirty_seconds() {
    check(
        "
        1000 ana opens talk
          wake at 31000
        2000 luis opens talk
        3000 ana name Ana
        4000 commit
          ana joins room 0
          ana: named Ana #5
          wake at 32000
        31999 tick
        32000 tick
          luis is closed: nameless
          wake never
        luis name Luis
        luis closes
        ",
    );
}

#[test]
fn a_name_that_was_refused_does_not_stop_the_clock() {
    check(
        "
        luis opens
        luis name Luis
        commit
          luis joins room 0
          luis: named Luis #5
        0 ana opens talk
          wake at 30000
        9000 ana name Luis
        commit
          ana: no, name_taken
        30000 tick
          ana is closed: nameless
          wake never
        ana closes
        waiting
          end of ana
        ",
    );
}

#[test]
fn who_left_is_not_waited_for() {
    check(
        "
        0 ana opens talk
          wake at 30000
        5 luis opens talk
        10 ana closes
          wake at 30005
        15 luis closes
          wake never
        30000 tick
        ",
    );
}

#[test]
fn where_nothing_is_limited_there_is_still_a_longest_message() {
    check(
        "
        ana opens
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
        ana floods 32769
          ana: no, too_long
        quietly 1 ana floods 32768
        ana say after #7
        commit
          room 0, but ana: #7 Ana: after #7
          ana: said to 0 #7
        ",
    );
}

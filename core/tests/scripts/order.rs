//! Order: nothing is answered before it is durable, and everything in its turn.

use crate::check;

#[test]
fn replies_to_changes_wait_for_the_log() {
    check(
        "
        ana opens
        ana name Ana
        ana say hola
        ana reserve gpu
        ana cancel gpu
        waiting
          ana name Ana
          ana say hola
          ana reserve gpu
          ana cancel gpu
        commit
          ana joins room 0
          ana: named Ana #5
          room 0, but ana: #6 Ana: hola
          ana: said to 0 #6
          ana: reserved GPU #7
          ana: cancelled GPU #8
        ",
    );
}

#[test]
fn what_changes_nothing_is_answered_at_once() {
    check(
        "
        ana opens
        ana ping
          ana: pong
        ana help
          ana: help
        ana who
          ana: nobody
        ana list
          ana: Sala free; GPU free
        ana garbles unknown_verb
          ana: no, unknown_verb
        waiting
        ",
    );
}

#[test]
fn reads_stand_between_the_writes_that_they_were_asked_between() {
    check(
        "
        ana opens
        ana list
          ana: Sala free; GPU free
        ana reserve gpu
        ana list
        ana ping
        ana cancel gpu
        ana list
        ana garbles bad_request
        commit
          ana: reserved GPU #5
          ana: Sala free; GPU held since 0, yours
          ana: pong
          ana: cancelled GPU #6
          ana: Sala free; GPU free
          ana: no, bad_request
        ",
    );
}

#[test]
fn everybody_waits_in_one_line() {
    check(
        "
        ana opens
        luis opens
        ana reserve gpu
        luis list
        luis ping
        ana ping
        commit
          ana: reserved GPU #5
          luis: Sala free; GPU held since 0, yours
          luis: pong
          ana: pong
        ",
    );
}

#[test]
fn a_batch_may_come_back_in_parts() {
    check(
        "
        ana opens
        ana name Ana
        ana who
        ana reserve gpu
        ana list
        ana say done
        commit 1
          ana joins room 0
          ana: named Ana #5
          ana: Ana
        commit 1
          ana: reserved GPU #6
          ana: Sala free; GPU held by Ana since 0, yours
        ana ping
        commit 1
          room 0, but ana: #7 Ana: done
          ana: said to 0 #7
          ana: pong
        ",
    );
}

#[test]
fn who_quits_gets_what_was_owed_and_nothing_more() {
    check(
        "
        ana opens
        ana name Ana
        ana reserve gpu
        ana quit
        ana cancel gpu
        ana ping
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
          ana is closed: left
        ana ping
        ana closes
        waiting
          end of ana
        ",
    );
}

#[test]
fn what_was_asked_before_the_line_was_cut_is_done() {
    check(
        "
        ana opens
        luis opens
        luis name Luis
        commit
          luis joins room 0
          luis: named Luis #5
        ana name Ana
        ana say wait for me
        ana closes
        luis who
        ana say too late
        commit
          ana joins room 0
          ana: named Ana #6
          room 0, but ana: #7 Ana: wait for me
          ana: said to 1 #7
          luis: Luis
        luis who
          luis: Luis
        ",
    );
}

#[test]
fn who_never_asked_for_a_name_leaves_no_trace_in_the_log() {
    check(
        "
        ana opens
        ana reserve gpu
        commit
          ana: reserved GPU #5
        ana closes
        waiting
        ",
    );
}

#[test]
fn draining_says_goodbye_to_everyone_after_what_they_were_owed() {
    check(
        "
        ana opens
        luis opens
        eva opens
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
        eva quit
          eva is closed: left
        luis ping
          luis: pong
        ana reserve gpu
        drain
        ana cancel gpu
        late opens
          late is closed: closing
        commit
          ana: reserved GPU #6
          ana is closed: closing
          luis is closed: closing
        late closes
        ana closes
        commit
        drain
        ",
    );
}

#[test]
fn draining_an_idle_house_is_immediate() {
    check(
        "
        ana opens
        luis opens talk
          wake at 30000
        drain
          ana is closed: closing
          luis is closed: closing
        late opens talk
          late is closed: closing
        ",
    );
}

//! Keys: what is asked twice happens once, and is answered the same.

use crate::check;

#[test]
fn a_retry_is_answered_the_same_and_does_nothing_again() {
    check(
        "
        ana opens
        luis opens
        ana name Ana secret 1
        luis name Luis
        ana key 1 reserve gpu
        ana key 2 say hola
        ana key 1 reserve gpu
        ana key 2 say hola
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          ana: reserved GPU #7
          room 0, but ana: #8 Ana: hola
          ana: said to 1 #8
          ana: reserved GPU #7
          ana: said #8
        ana cancel gpu
        ana key 1 reserve gpu
        ana list
        commit
          ana: cancelled GPU #11
          ana: reserved GPU #7
          ana: Sala free; GPU free
        ",
    );
}

#[test]
fn a_refusal_that_the_log_decided_is_an_answer_too() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        luis name Luis
        luis reserve gpu
        ana key 1 reserve gpu
        luis cancel gpu
        ana key 1 reserve gpu
        ana key 2 reserve gpu
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          luis: reserved GPU #7
          ana: no, taken
          luis: cancelled GPU #9
          ana: no, taken
          ana: reserved GPU #11
        ",
    );
}

#[test]
fn a_key_stands_for_one_thing() {
    check(
        "
        ana opens
        ana name Ana
        ana key 1 reserve gpu
        ana key 1 reserve sala
        ana key 1 cancel gpu
        ana key 1 say #lobby gpu
        ana key 1 reserve GPU
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
          ana: no, key_reused
          ana: no, key_reused
          ana: no, key_reused
          ana: reserved GPU #6
        ",
    );
}

#[test]
fn keys_are_remembered_across_reconnects_and_restarts() {
    check(
        "
        ana opens
        ana name Ana secret 1
        ana key 7 reserve gpu
        ana closes
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
        restart
        commit
        back opens
        back name Ana proof 1
        back key 7 reserve gpu
        back key 8 cancel gpu
        commit
          back joins room 0
          back: named Ana again #9
          back: reserved GPU #6
          back: cancelled GPU #11
        restart
        commit
        again opens
        again name Ana proof 1
        again key 8 cancel gpu
        again key 7 reserve gpu
        again list
        commit
          again joins room 0
          again: named Ana again #13
          again: cancelled GPU #11
          again: reserved GPU #6
          again: Sala free; GPU free
        ",
    );
}

#[test]
fn keys_are_each_principals_own_and_the_nameless_have_none() {
    check(
        "
        ana opens
        luis opens
        eva opens
        ana name Ana
        luis name Luis
        ana key 1 reserve gpu
        luis key 1 reserve sala
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          ana: reserved GPU #7
          luis: reserved Sala #8
        eva key 1 reserve gpu
          eva: no, name_first
        eva name Ana
        eva key 1 reserve gpu
        commit
          eva: no, name_taken
          eva: no, name_first
        ",
    );
}

/// The window holds the 256 greatest keys.
#[test]
fn a_key_older_than_the_window_is_never_done_again() {
    check(
        "
        ana opens
        quietly 1 ana name Ana
        ana key 1 reserve gpu
        ana key 3 cancel gpu
        commit
          ana: reserved GPU #6
          ana: cancelled GPU #7
        counting 255 from 10 ana note x
        ana key 1 reserve gpu
        ana key 3 cancel gpu
        ana key 2 reserve gpu
        ana key 4 reserve gpu
        ana list
        commit
          ana: no, key_too_old
          ana: cancelled GPU #7
          ana: reserved GPU #265
          ana: no, taken
          ana: Sala free; GPU held by Ana since 0, yours
        ",
    );
}

#[test]
fn who_takes_a_name_that_is_free_takes_no_keys_along() {
    check(
        "
        ana opens
        ana name Ana secret 1
        ana key 1 reserve gpu
        ana cancel gpu
        ana closes
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
          ana: cancelled GPU #7
        other opens
        other name Ana secret 2
        other key 1 reserve gpu
        commit
          other joins room 0
          other: named Ana #9
          other: reserved GPU #10
        ",
    );
}

#[test]
fn what_was_not_stored_was_not_done_and_may_be_asked_again() {
    check(
        "
        ana opens
        quietly 1 ana name Ana
        ana key 1 reserve gpu
        full
          ana: no, read_only
        ana key 1 reserve gpu
        commit
          ana: reserved GPU #6
        ",
    );
}

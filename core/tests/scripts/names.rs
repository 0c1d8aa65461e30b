//! Names: whose they are, for how long, and who is the same on return.

use crate::check;

#[test]
fn a_name_is_had_by_one_whatever_its_case() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        luis name ANA
        luis who
        commit
          ana joins room 0
          ana: named Ana #5
          luis: no, name_taken
          luis: Ana
        luis name Luis
        commit
          luis joins room 0
          luis: named Luis #7
        ",
    );
}

#[test]
fn the_first_in_the_log_gets_the_name_and_the_loser_may_try_again() {
    check(
        "
        luis opens
        ana opens
        ana name X
        luis name X
        ana closes
        luis name x
        commit
          ana joins room 0
          ana: named X #5
          luis: no, name_taken
          luis joins room 0
          luis: named x #8
        ",
    );
}

#[test]
fn a_session_is_named_once() {
    check(
        "
        ana opens
        ana name Ana
        ana name Ana
        ana name Eva
        commit
          ana joins room 0
          ana: named Ana #5
          ana: no, already_named
          ana: no, already_named
        ana who
          ana: Ana
        ",
    );
}

#[test]
fn the_secret_brings_back_who_left_something_behind() {
    check(
        "
        ana opens
        ana name Ana secret 1
        ana reserve gpu
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
        ana closes
        commit
        luis opens
        luis name Ana
        luis name Ana secret 1
        luis name Ana proof 2
        luis name ana proof 1
        commit
          luis: no, name_taken
          luis: no, name_taken
          luis: no, bad_secret
          luis joins room 0
          luis: named Ana again #11
        luis list
          luis: Sala free; GPU held by Ana since 0, yours
        luis cancel gpu
        commit
          luis: cancelled GPU #12
        ",
    );
}

#[test]
fn a_name_stays_taken_until_its_holder_gave_back_and_left() {
    check(
        "
        ana opens
        ana name Ana secret 1
        ana reserve gpu
        ana closes
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
        luis opens
        luis name Ana
        commit
          luis: no, name_taken
        back opens
        back name Ana proof 1
        back cancel gpu
        luis name Ana
        commit
          back joins room 0
          back: named Ana again #9
          back: cancelled GPU #10
          luis: no, name_taken
        back closes
        luis name Ana secret 2
        commit
          luis joins room 0
          luis: named Ana #13
        ",
    );
}

#[test]
fn who_gave_back_everything_before_leaving_is_forgotten() {
    check(
        "
        ana opens
        ana name Ana secret 1
        ana reserve gpu
        ana reserve sala
        ana cancel gpu
        ana cancel sala
        ana closes
        luis opens
        luis name Ana secret 2
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
          ana: reserved Sala #7
          ana: cancelled GPU #8
          ana: cancelled Sala #9
          luis joins room 0
          luis: named Ana #11
        ",
    );
}

#[test]
fn who_returns_after_all_was_forgotten_keeps_the_secret_that_is_known() {
    check(
        "
        ana opens
        ana name Ana secret 1
        ana closes
        eva opens
        eva name Ana secret 2
        eva closes
        commit
          ana joins room 0
          ana: named Ana #5
          eva joins room 0
          eva: named Ana #7
        back opens
        back name Ana proof 1
        commit
          back joins room 0
          back: named Ana #9
        again opens
        again name Ana proof 1
        commit
          again joins room 0
          again: named Ana again #10
          back is closed: replaced
        ",
    );
}

#[test]
fn nobody_returns_to_a_name_without_a_secret() {
    check(
        "
        ana opens talk
          wake at 30000
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
          wake never
        eva opens
        eva name Ana proof 0
        eva name Ana proof 1
        commit
          eva: no, name_taken
          eva: no, name_taken
        ",
    );
}

#[test]
fn a_session_that_is_replaced_is_told_and_closed() {
    check(
        "
        old opens
        eva opens
        old name Ana secret 1
        eva name Eva
        commit
          old joins room 0
          old: named Ana #5
          eva joins room 0
          eva: named Eva #6
        new opens
        new name Ana proof 1
        commit
          new joins room 0
          new: named Ana again #7
          old is closed: replaced
        old say still here
        old closes
        waiting
          end of old
        commit
        eva to Ana welcome back
        eva who
        commit
          new gets #9 Eva: welcome back
          eva: said to 1 #9
          eva: Eva, Ana
        ",
    );
}

#[test]
fn who_returns_is_answered_in_the_order_of_asking() {
    check(
        "
        old opens
        old name Ana secret 1
        old reserve gpu
        commit
          old joins room 0
          old: named Ana #5
          old: reserved GPU #6
        new opens
        new name Ana proof 1
        new list
        new who
        commit
          new joins room 0
          new: named Ana again #7
          new: Sala free; GPU held by Ana since 0, yours
          new: Ana
          old is closed: replaced
        ",
    );
}

/// What was asked under a name is never done under none.
#[test]
fn a_replaced_session_does_nothing_more() {
    check(
        "
        old opens
        old name Ana secret 1
        old reserve gpu
        commit
          old joins room 0
          old: named Ana #5
          old: reserved GPU #6
        new opens
        new name Ana proof 1
        old say am I still Ana?
        old reserve sala
        old name Eva
        commit
          new joins room 0
          new: named Ana again #7
          old: no, name_first
          old: no, name_first
          old: no, name_first
          old is closed: replaced
        new list
          new: Sala free; GPU held by Ana since 0, yours
        new who
          new: Ana
        ",
    );
}

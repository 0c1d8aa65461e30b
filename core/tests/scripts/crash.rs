//! A crash, and what is there after it: all that was answered, and nobody who is gone.

use crate::check;

#[test]
fn what_was_answered_is_there_and_what_was_not_is_not() {
    check(
        "
        ana opens
        ana reserve gpu
        commit
          ana: reserved GPU #5
        ana reserve sala
        restart
        waiting
          node 7 up, epoch 2
        commit
        luis opens
        luis list
          luis: Sala free; GPU held since 0, yours
        ",
    );
}

#[test]
fn reservations_stay_and_sessions_do_not() {
    check(
        "
        ana opens
        luis opens
        ana name Ana secret 1
        luis name Luis secret 2
        9 ana reserve gpu
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          ana: reserved GPU #7
        10 restart
        commit
        first opens
        first who
          first: nobody
        first cancel gpu
        first name Luis
        commit
          first: no, not_yours
          first joins room 0
          first: named Luis #10
        second opens
        second name Ana
        second name Ana proof 1
        second list
        commit
          second: no, name_taken
          second joins room 0
          second: named Ana again #12
          second: Sala free; GPU held by Ana since 9, yours
        first to ana hola
        commit
          second gets #13 Luis: hola
          first: said to 1 #13
        ",
    );
}

#[test]
fn each_start_is_a_new_epoch() {
    check(
        "
        restart
        waiting
          node 7 up, epoch 2
        commit
        restart
        waiting
          node 7 up, epoch 3
        restart
        waiting
          node 7 up, epoch 3
        ",
    );
}

/// Session 1 of the second start is not Ana, who was session 1 of the first.
#[test]
fn numbers_of_sessions_begin_again_and_mean_nobody_of_before() {
    check(
        "
        ana opens
        ana name Ana
        ana reserve gpu
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
        restart
        commit
        other opens
        other cancel gpu
        other say I am Ana
        commit
          other: no, not_yours
          other: no, name_first
        ",
    );
}

/// A start that finds the disk full is a start all the same.
#[test]
fn a_start_without_space_is_stored_when_there_is_some() {
    check(
        "
        restart
        full
        ana opens
        quietly 1 ana name Ana
        quietly 1 ana ping
        restart
        commit
        other opens
        other who
          other: nobody
        other say I am not Ana
          other: no, name_first
        ",
    );
}

#[test]
fn time_never_goes_back() {
    check(
        "
        ana opens
        ana name Ana
        clock 5000 900
        ana reserve gpu
        clock 4000 901
        ana reserve sala
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
          ana: reserved Sala #7
        ana list
          ana: Sala held by Ana since 5000, yours; GPU held by Ana since 5000, yours
        clock 1 1
        restart
        commit
        other opens
        other reserve gpu
        other list
        commit
          other: no, taken
          other: Sala held since 5000; GPU held since 5000
        ",
    );
}

#[test]
fn time_that_stood_still_goes_on_from_where_it_was() {
    check(
        "
        ana opens
        clock 5000 5
        ana reserve gpu
        clock 4000 6
        ana cancel gpu
        ana reserve gpu
        clock 5001 7
        ana reserve sala
        commit
          ana: reserved GPU #5
          ana: cancelled GPU #6
          ana: reserved GPU #7
          ana: reserved Sala #8
        ana list
          ana: Sala held since 5001, yours; GPU held since 5000, yours
        ",
    );
}

#[test]
fn resources_are_declared_once_and_new_ones_at_the_next_start() {
    check(
        "
        ana opens
        ana reserve gpu
        commit
          ana: reserved GPU #5
        restart Barco
        waiting
          node 7 up, epoch 2
          declare Barco
        commit
        luis opens
        luis reserve barco
        luis list
        commit
          luis: reserved Barco #8
          luis: Sala free; GPU held since 0, yours; Barco held since 0, yours
        restart Barco
        waiting
          node 7 up, epoch 3
        ",
    );
}

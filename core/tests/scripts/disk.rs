//! A full disk: nothing that is not stored is said to be, and nothing is forgotten.

use crate::check;

#[test]
fn who_waited_for_what_could_not_be_stored_is_refused() {
    check(
        "
        ana opens
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
        ana say hola
        ana reserve gpu
        ana list
        full
          ana: no, read_only
          ana: no, read_only
          ana: Sala free; GPU free
        ana reserve gpu
        ana list
        commit
          ana: reserved GPU #6
          ana: Sala free; GPU held by Ana since 0, yours
        ",
    );
}

#[test]
fn of_a_turn_a_part_may_be_stored() {
    check(
        "
        ana opens
        ana reserve gpu
        ana cancel gpu
        ana list
        full 1
          ana: no, read_only
        commit 1
          ana: no, not_held
          ana: Sala free; GPU free
        ana reserve sala
        ana cancel sala
        commit 1
          ana: reserved Sala #6
        full 1
          ana: no, read_only
        ana list
          ana: Sala held since 0, yours; GPU free
        ",
    );
}

#[test]
fn a_name_that_was_not_stored_is_not_had() {
    check(
        "
        ana opens talk
          wake at 30000
        ana name Ana
        full
          ana: no, read_only
        ana who
          ana: nobody
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
          wake never
        ",
    );
}

#[test]
fn an_end_that_was_not_stored_is_stored_as_soon_as_anything_is() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        luis name Luis
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
        ana closes
        full
          wake at 1000
        waiting
        luis who
          luis: Ana, Luis
        luis say hola
        full
          luis: no, read_only
        luis say hola
        waiting
          luis say hola
        commit
          room 0, but luis: #7 Luis: hola
          luis: said to 1 #7
          wake never
        waiting
          end of ana
        full
          wake at 1000
        waiting
        luis say again
        commit
          room 0, but luis: #8 Luis: again
          luis: said to 1 #8
          wake never
        waiting
          end of ana
        commit
        waiting
        luis who
          luis: Luis
        ",
    );
}

#[test]
fn an_end_that_was_not_stored_is_tried_again_within_a_second() {
    check(
        "
        ana opens
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
        ana closes
        full
          wake at 1000
        waiting
        1000 tick
          wake never
        waiting
          end of ana
        full
          wake at 2000
        2000 tick
          wake never
        commit
        luis opens
        luis name Ana
        commit
          luis joins room 0
          luis: named Ana #7
        ",
    );
}

#[test]
fn many_ends_that_were_not_stored_do_not_part_a_check_from_what_it_checks() {
    check(
        "
        ana opens
        quietly 1 ana name Ana
        quietly 1018 ana say hola
        crowd 1100 name Luis
        tally full
          1100 × no, read_only
        crowd leaves
        full
          wake at 1000
        ana say hola
        commit
          room 0, but ana: #1024 Ana: hola
          ana: said to 0 #1024
          wake never
        tally waiting
          1 × check at
          1100 × end of crowd
        commit
        waiting
          check at #2048
        commit
        ana ping
          ana: pong
        ",
    );
}

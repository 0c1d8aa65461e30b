//! Reservations: one holder each, and who may give back what.

use crate::check;

#[test]
fn a_resource_is_had_by_one() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        luis name Luis
        luis reserve gpu
        ana reserve GPU
        luis reserve gpu
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          luis: reserved GPU #7
          ana: no, taken
          luis: no, taken
        luis cancel gpu
        ana reserve gpu
        commit
          luis: cancelled GPU #10
          ana: reserved GPU #11
        ",
    );
}

#[test]
fn a_hundred_at_once_are_one_yes() {
    check(
        "
        crowd 100 reserve gpu
        tally commit
          99 × no, taken
          1 × reserved GPU
        ",
    );
}

#[test]
fn only_its_holder_gives_it_back() {
    check(
        "
        ana opens
        luis opens
        nobody opens
        ana name Ana
        luis name Luis
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
        ana reserve gpu
        luis cancel gpu
        nobody cancel gpu
        ana cancel gpu
        ana cancel gpu
        commit
          ana: reserved GPU #7
          luis: no, not_yours
          nobody: no, not_yours
          ana: cancelled GPU #10
          ana: no, not_held
        ",
    );
}

#[test]
fn the_nameless_hold_together() {
    check(
        "
        one opens
        other opens
        ana opens
        ana name Ana
        one reserve gpu
        other list
        ana cancel gpu
        ana list
        one closes
        commit
          ana joins room 0
          ana: named Ana #5
          one: reserved GPU #6
          other: Sala free; GPU held since 0, yours
          ana: no, not_yours
          ana: Sala free; GPU held since 0
        other cancel gpu
        commit
          other: cancelled GPU #8
        ",
    );
}

#[test]
fn a_name_does_not_take_along_what_was_reserved_without_it() {
    check(
        "
        ana opens
        ana reserve gpu
        ana name Ana
        ana cancel gpu
        ana list
        commit
          ana: reserved GPU #5
          ana joins room 0
          ana: named Ana #6
          ana: no, not_yours
          ana: Sala free; GPU held since 0
        ",
    );
}

#[test]
fn what_nobody_declared_cannot_be_had() {
    check(
        "
        ana opens
        ana reserve barco
        ana cancel barco
        ana cancel gpu
        commit
          ana: no, no_such_resource
          ana: no, no_such_resource
          ana: no, not_held
        ",
    );
}

#[test]
fn the_nameless_see_no_names() {
    check(
        "
        ana opens
        luis opens
        nobody opens
        ana name Ana
        luis name Luis
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
        20 ana reserve sala
        30 nobody reserve gpu
        commit
          ana: reserved Sala #7
          nobody: reserved GPU #8
        ana list
          ana: Sala held by Ana since 20, yours; GPU held since 30
        luis list
          luis: Sala held by Ana since 20; GPU held since 30
        nobody list
          nobody: Sala held since 20; GPU held since 30, yours
        ",
    );
}

#[test]
fn a_holder_who_left_is_shown_to_the_named() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        luis name Luis
        90 ana reserve sala
        ana closes
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          ana: reserved Sala #7
        luis list
          luis: Sala held by Ana since 90; GPU free
        luis who
          luis: Luis
        ",
    );
}

//! The operator: what only one may do, and what it does to the others.

use crate::check;

#[test]
fn only_the_operator_gives_orders() {
    check(
        "
        eva opens
        eva orders announce I am the operator
          eva: no, operator_only
        eva orders kick ana
          eva: no, operator_only
        eva orders sessions
          eva: no, operator_only
        eva proves 41
          eva: no, bad_secret
        eva orders release gpu
          eva: no, operator_only
        eva proves 42
          eva: operator
        eva orders release gpu
        commit
          eva: no, not_held
        ",
    );
}

#[test]
fn the_operator_says_something_to_one() {
    check(
        "
        host opens console
        ana opens
        note opens from 10.0.0.9:40000
        desk opens closed from 10.0.0.9:40001
        ana name Ana secret 1
        host orders tell ana your room is ready
        host orders tell 10.0.0.9:40000 thank you
        host orders tell nadie hello?
        commit
          ana joins room 0
          ana: named Ana #5
          ana gets #6 operator: your room is ready
          host: said to 1 #6
          note gets #7 operator: thank you
          host: said to 1 #7
          host: no, not_here
        host orders tell 10.0.0.9:40001 hello?
          host: no, not_here
        host orders tell 10.0.0.9:40002 hello?
          host: no, not_here
        ana closes
        host orders tell ana you forgot your keys
        commit
          host: kept #10
        back opens
        back name Ana proof 1
        commit
          back joins room 0
          back: named Ana again #11
          back gets #10 operator: you forgot your keys
        ",
    );
}

#[test]
fn who_is_kicked_is_out_at_once_and_keeps_what_it_holds() {
    check(
        "
        host opens console
        ana opens from 10.0.0.9:40000
        ana name Ana secret 1
        ana reserve gpu
        host orders kick ANA
        ana say I am still here
        ana reserve sala
        host who
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
          host: done #7
          ana: no, name_first
          ana: no, name_first
          host: nobody
          ana is closed: kicked
        ",
    );
}

#[test]
fn the_nameless_are_kicked_by_where_they_come_from() {
    check(
        "
        host opens console
        eva opens from 10.0.0.9:40000
        host orders kick 10.0.0.9:40000
        commit
          host: done #5
          eva is closed: kicked
        host orders kick 10.0.0.9:40000
          host: no, not_here
        host orders kick nadie
        commit
          host: no, not_here
        ",
    );
}

#[test]
fn a_name_is_shut_out_for_a_time_also_across_a_restart() {
    check(
        "
        host opens console
        ana opens
        ana name Ana secret 1
        commit
          ana joins room 0
          ana: named Ana #5
        1000 host orders ban ana 60000
        commit
          host: done #6
          ana is closed: banned
        ana closes
        commit
        back opens
        2000 back name ANA proof 1
        2000 back name Eva
        commit
          back: no, banned
          back joins room 0
          back: named Eva #9
        restart
        commit
        back opens
        60999 back name Ana proof 1
        commit
          back: no, banned
        61000 back name Ana proof 1
        commit
          back joins room 0
          back: named Ana again #12
        ",
    );
}

#[test]
fn an_address_is_shut_out_and_let_in_again() {
    check(
        "
        host opens console from 10.0.0.9:1
        eva opens from 10.0.0.9:40000
        other opens from 10.0.0.8:40000
        host orders ban 10.0.0.9 60000
        commit
          host: done #5
          eva is closed: banned
        eva opens from 10.0.0.9:40001
          eva is closed: banned
        mapped opens from [::ffff:10.0.0.9]:40001
          mapped is closed: banned
        other ping
          other: pong
        host orders ban 10.0.0.9 0
        commit
          host: done #6
        eva opens from 10.0.0.9:40002
        eva ping
          eva: pong
        ",
    );
}

#[test]
fn the_operator_gives_back_what_anybody_has() {
    check(
        "
        host opens console
        ana opens
        ana name Ana secret 1
        ana reserve gpu
        ana closes
        commit
          ana joins room 0
          ana: named Ana #5
          ana: reserved GPU #6
        host orders release gpu
        host orders release barco
        host list
        commit
          host: cancelled GPU #8
          host: no, no_such_resource
          host: Sala free; GPU free
        luis opens
        luis name Ana secret 2
        commit
          luis joins room 0
          luis: named Ana #10
        ",
    );
}

#[test]
fn the_operator_sees_who_is_connected() {
    check(
        "
        host opens console
        1000 ana opens from 10.0.0.9:40000
        2000 eva opens from [::1]:40001
        ana name Ana
        commit
          ana joins room 0
          ana: named Ana #5
        3500 host orders sessions
          host: - at console for 3500, Ana at 10.0.0.9:40000 for 2500, - at [::1]:40001 for 1500
        ",
    );
}

#[test]
fn a_note_reaches_the_operator_with_or_without_a_name() {
    check(
        "
        eva opens
        eva note HOLA MUNDO
        eva name Eva
        eva note it is me
        commit
          note of eva, nobody: #5 HOLA MUNDO
          eva: done #5
          eva joins room 0
          eva: named Eva #6
          note of eva, Eva: #7 it is me
          eva: done #7
        ",
    );
}

/// Who takes nothing but answers is in the house all the same; nobody is told that it heard.
#[test]
fn what_is_said_by_name_to_who_hears_only_answers_goes_to_nobody() {
    check(
        "
        host opens console
        ana opens closed
        ana name Ana secret 1
        luis opens
        luis name Luis
        luis to Ana hello?
        luis key 1 to Ana hello?
        host orders tell ana hello?
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          ana gets #7 Luis: hello?
          luis: said to 0 #7
          ana gets #8 Luis: hello?
          luis: said to 0 #8
          ana gets #9 operator: hello?
          host: said to 0 #9
        luis key 1 to Ana hello?
        commit
          luis: said #8
        ",
    );
}

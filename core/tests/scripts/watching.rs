//! Watching: what happens to resources, who comes and goes, who types. Nothing of it is asked
//! for twice or told to who did not ask.

use crate::check;

#[test]
fn who_watches_a_resource_is_told_what_happens_to_it() {
    check(
        "
        ana opens
        ana watch gpu
          ana follows resource gpu
          ana: watching
        ana watch gpu
          ana: watching
        ana watch barco
          ana: no, no_such_resource
        ana reserve gpu
        ana cancel gpu
        commit
          resource gpu, but nobody: #5 reserved GPU
          resources, but nobody: #5 reserved GPU
          ana: reserved GPU #5
          resource gpu, but nobody: #6 cancelled GPU
          resources, but nobody: #6 cancelled GPU
          ana: cancelled GPU #6
        ana unwatch gpu
          ana follows resource gpu no more
          ana: not watching
        ",
    );
}

#[test]
fn who_watches_everything_is_told_everything_once() {
    check(
        "
        ana opens
        ana watch gpu
          ana follows resource gpu
          ana: watching
        ana watch
          ana follows resource gpu no more
          ana follows resources
          ana: watching
        ana watch sala
          ana: watching
        ana unwatch sala
          ana: not watching
        ana unwatch
          ana follows resources no more
          ana: not watching
        ",
    );
}

#[test]
fn members_see_who_comes_goes_and_types() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        ana watch #lobby
        luis name Luis
        commit
          ana joins room 0
          ana: named Ana #5
          ana follows signals 0
          ana: watching
          luis joins room 0
          signals 0, but nobody: - Luis is in lobby
          luis: named Luis #6
        5000 luis typing
          signals 0, but luis: - Luis types in lobby
          luis: passed on
        5999 luis typing
          luis: passed on
        6000 luis typing lobby
          signals 0, but luis: - Luis types in lobby
          luis: passed on
        luis closes
        commit
          signals 0, but nobody: - Luis left lobby
        ana leave
        commit
          ana leaves room 0
          ana follows signals 0 no more
          signals 0, but nobody: - Ana left lobby
          ana: left lobby #8
        ana watch #lobby
          ana: no, not_in_room
        ",
    );
}

#[test]
fn the_nameless_watch_no_room() {
    check(
        "
        eva opens
        eva watch #lobby
          eva: no, name_first
        eva typing
          eva: no, name_first
        ",
    );
}

#[test]
fn who_comes_back_elsewhere_left_here() {
    check(
        "
        eva opens
        old opens
        new opens
        eva name Eva
        eva watch #lobby
        old name Ana secret 1
        commit
          eva joins room 0
          eva: named Eva #5
          eva follows signals 0
          eva: watching
          old joins room 0
          signals 0, but nobody: - Ana is in lobby
          old: named Ana #6
        new name Ana proof 1
        commit
          signals 0, but nobody: - Ana left lobby
          new joins room 0
          signals 0, but nobody: - Ana is in lobby
          new: named Ana again #7
          old is closed: replaced
        ",
    );
}

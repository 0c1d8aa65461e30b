//! What was missed: messages for who is away, histories, and the gaps in them.

use crate::check;

#[test]
fn what_is_said_to_who_is_away_waits_for_the_return() {
    check(
        "
        ana opens
        luis opens
        ana name Ana secret 1
        luis name Luis secret 2
        luis closes
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
        ana to luis are you back?
        ana to LUIS call me
        ana to nadie hello?
        commit
          ana: kept #8
          ana: kept #9
          ana: no, not_here
        back opens
        back name Luis proof 2
        ana to luis there you are
        commit
          back joins room 0
          back: named Luis again #11
          back gets #8 Ana: are you back?
          back gets #9 Ana: call me
          back gets #12 Ana: there you are
          ana: said to 1 #12
        back closes
        again opens
        again name Luis proof 2
        again resume 0
        commit
          again joins room 0
          again: named Luis again #14
          again: missed until #14: #8 Ana: are you back?; #9 Ana: call me; #12 Ana: there you are
        ",
    );
}

#[test]
fn what_waits_is_not_for_whoever_takes_the_name() {
    check(
        "
        ana opens
        luis opens
        ana name Ana secret 1
        luis name Luis secret 2
        luis closes
        ana to luis a secret
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          ana: kept #8
        thief opens
        thief name Luis secret 3
        thief resume 0
        commit
          thief joins room 0
          thief: named Luis #9
          thief: missed nothing until #9
        back opens
        back name Luis proof 2
        commit
          back: no, bad_secret
        ",
    );
}

#[test]
fn messages_wait_across_a_restart_also_for_who_holds_something() {
    check(
        "
        ana opens
        luis opens
        ana name Ana secret 1
        luis name Luis secret 2
        luis reserve gpu
        luis closes
        ana to luis is the GPU free?
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          luis: reserved GPU #7
          ana: kept #9
        restart
        commit
        luis opens
        luis name Luis proof 2
        luis resume 0
        commit
          luis joins room 0
          luis: named Luis again #11
          luis gets #9 Ana: is the GPU free?
          luis: missed nothing until #11
        ",
    );
}

#[test]
fn a_full_mailbox_refuses_and_loses_nothing() {
    check(
        "
        ana opens
        luis opens
        quietly 1 ana name Ana secret 1
        quietly 1 luis name Luis secret 2
        quietly 1 luis closes
        ana to luis first
        quietly 240 ana to luis x
        ana to luis one too many
        ana to luis y
        commit
          ana: no, mailbox_full
          ana: no, mailbox_full
        back opens
        back name Luis proof 2
        tally commit
          1 × back joins room 0
          1 × first
          1 × named Luis again
          239 × x
        ",
    );
}

/// A message counts its text, its sender's name, and 64 bytes: `Ana: 1` is 68.
#[test]
fn a_history_keeps_what_fits_and_says_what_is_missing() {
    check(
        "
        history 204
        restart
        commit
        ana opens
        luis opens
        ana name Ana
        ana say 1
        ana say 2
        ana say 3
        luis name Luis
        luis resume 0
        commit
          ana joins room 0
          ana: named Ana #7
          room 0, but ana: #8 Ana: 1
          ana: said to 0 #8
          room 0, but ana: #9 Ana: 2
          ana: said to 0 #9
          room 0, but ana: #10 Ana: 3
          ana: said to 0 #10
          luis joins room 0
          luis: named Luis #11
          luis: missed until #11: #8 Ana: 1; #9 Ana: 2; #10 Ana: 3
        eva opens
        ana say 4
        ana say five
        eva name Eva
        eva resume 0
        eva resume 9
        eva resume 11
        eva resume 12
        eva resume 13
        commit
          room 0, but ana: #12 Ana: 4
          ana: said to 1 #12
          room 0, but ana: #13 Ana: five
          ana: said to 1 #13
          eva joins room 0
          eva: named Eva #14
          eva: missed until #14: #10 gap in lobby after #0; #12 Ana: 4; #13 Ana: five
          eva: missed until #14: #10 gap in lobby after #9; #12 Ana: 4; #13 Ana: five
          eva: missed until #14: #12 Ana: 4; #13 Ana: five
          eva: missed until #14: #13 Ana: five
          eva: missed nothing until #14
        history 0
        restart
        commit
        ana opens
        ana name Ana
        ana resume 0
        commit
          ana joins room 0
          ana: named Ana #17
          ana: missed until #17: #13 gap in lobby after #0
        ",
    );
}

/// Whoever was here heard it: what comes after the arrival is not told again.
#[test]
fn only_what_came_before_the_arrival_is_missed() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        luis name Luis
        ana say 1
        luis join dev
        luis say 2
        ana join dev
        ana say 3
        luis leave dev
        ana say 4
        luis join dev
        luis resume 0
        luis resume 0 lobby
        ana resume 0
        tally commit
          1 × #11 Ana: 3
          1 × #13 Ana: 4
          1 × #7 Ana: 1
          1 × #9 Luis: 2
          1 × ana joins room 0
          1 × ana joins room 8
          1 × joined dev, 1 here
          2 × joined dev, 2 here
          1 × left dev
          1 × luis joins room 0
          2 × luis joins room 8
          1 × luis leaves room 8
          1 × missed nothing until
          2 × missed until
          1 × named Ana
          1 × named Luis
          2 × said to 0
          2 × said to 1
        ",
    );
}

#[test]
fn an_announcement_is_heard_by_all_and_kept_in_the_lobby() {
    check(
        "
        host opens console
        ana opens
        ana name Ana
        host orders announce the desk closes at ten
        commit
          ana joins room 0
          ana: named Ana #5
          everyone, but nobody: #6 operator: the desk closes at ten
          host: said to 1 #6
        luis opens
        luis name Luis
        luis resume 0
        commit
          luis joins room 0
          luis: named Luis #7
          luis: missed until #7: #6 operator: the desk closes at ten
        ",
    );
}

/// A promise to keep something for who can never prove to be back would be an empty one.
#[test]
fn nothing_is_kept_for_who_has_no_secret() {
    check(
        "
        ana opens
        luis opens
        eva opens
        ana name Ana secret 1
        luis name Luis
        eva name Eva
        eva reserve gpu
        luis closes
        eva closes
        ana to luis are you back?
        ana to eva are you back?
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          eva joins room 0
          eva: named Eva #7
          eva: reserved GPU #8
          ana: no, not_here
          ana: no, not_here
        ",
    );
}

/// Luis talks in the lobby and then more than is kept in dev; Eva, who comes late, asks on from
/// where each answer ends.
#[test]
fn what_was_missed_is_told_page_by_page() {
    check(
        "
        page 145
        history 208
        restart
        commit
        luis opens
        luis name Luis
        luis say two
        luis say three
        luis join dev
        luis say four
        luis say five
        luis say six
        commit
          luis joins room 0
          luis: named Luis #7
          room 0, but luis: #8 Luis: two
          luis: said to 0 #8
          room 0, but luis: #9 Luis: three
          luis: said to 0 #9
          luis joins room 10
          luis: joined dev, 1 here #10
          room 10, but luis: #11 Luis: four
          luis: said to 0 #11
          room 10, but luis: #12 Luis: five
          luis: said to 0 #12
          room 10, but luis: #13 Luis: six
          luis: said to 0 #13
        eva opens
        eva name Eva
        eva join dev
        eva resume 0
        eva resume 9
        eva resume 12
        eva resume 0 dev
        eva resume 0 lobby
        commit
          eva joins room 0
          eva: named Eva #14
          eva joins room 10
          eva: joined dev, 2 here #15
          eva: missed until #9, and more: #9 gap in dev after #0; #8 Luis: two; #9 Luis: three
          eva: missed until #15: #11 gap in dev after #9; #12 Luis: five; #13 Luis: six
          eva: missed until #15: #13 Luis: six
          eva: missed until #15: #11 gap in dev after #0; #12 Luis: five; #13 Luis: six
          eva: missed until #15: #8 Luis: two; #9 Luis: three
        page 0
        restart
        commit
        eva opens
        eva name Eva
        eva resume 0
        eva resume 8
        eva resume 9
        commit
          eva joins room 0
          eva: named Eva #17
          eva: missed until #8, and more: #8 Luis: two
          eva: missed until #17: #9 Luis: three
          eva: missed nothing until #17
        ",
    );
}

//! Rooms: joining, leaving, what they are about, and what was said there before.

use crate::check;

/// Somebody called Ana in the lobby, and Luis, as #5 and #6.
const TWO: &str = "
        ana opens
        luis opens
        ana name Ana secret 1
        luis name Luis secret 2
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
";

fn check_two(script: &str) {
    check(&format!("{TWO}{script}"));
}

#[test]
fn a_room_is_made_by_who_joins_it_first() {
    check_two(
        "
        ana join Dev
        luis join DEV
        ana rooms
        luis who dev
        commit
          ana joins room 7
          ana: joined Dev, 1 here #7
          luis joins room 7
          luis: joined Dev, 2 here #8
          ana: lobby 2, Dev 2
          luis: Ana, Luis
        ",
    );
}

#[test]
fn what_is_said_goes_to_the_room_joined_last_or_to_the_one_named() {
    check_two(
        "
        ana join dev
        luis join dev
        commit
          ana joins room 7
          ana: joined dev, 1 here #7
          luis joins room 7
          luis: joined dev, 2 here #8
        ana say in dev
        ana say #lobby in the lobby
        ana join lobby
        ana say in the lobby again
        commit
          room 7, but ana: #9 Ana: in dev
          ana: said to 1 #9
          room 0, but ana: #10 Ana: in the lobby
          ana: said to 1 #10
          ana: joined lobby, 2 here #11
          room 0, but ana: #12 Ana: in the lobby again
          ana: said to 1 #12
        ",
    );
}

#[test]
fn who_left_a_room_neither_hears_it_nor_talks_there() {
    check_two(
        "
        ana join dev
        luis join dev
        ana leave
        ana say #dev hello?
        ana say back in the lobby
        ana leave dev
        luis say alone
        luis who
        commit
          ana joins room 7
          ana: joined dev, 1 here #7
          luis joins room 7
          luis: joined dev, 2 here #8
          ana leaves room 7
          ana: left dev #9
          ana: no, not_in_room
          room 0, but ana: #11 Ana: back in the lobby
          ana: said to 1 #11
          ana: no, not_in_room
          room 7, but luis: #13 Luis: alone
          luis: said to 0 #13
          luis: Luis
        ",
    );
}

#[test]
fn the_lobby_may_be_left_too_and_then_nothing_is_meant() {
    check_two(
        "
        ana leave
        ana say is anybody there?
        ana leave
        ana who
        ana topic
        commit
          ana leaves room 0
          ana: left lobby #7
          ana: no, not_in_room
          ana: no, not_in_room
          ana: Luis
          ana: lobby: about nothing
        ",
    );
}

#[test]
fn a_room_that_nobody_made_is_none() {
    check_two(
        "
        ana say #dev hello?
        ana leave dev
        ana who dev
        ana topic dev
        ana about dev tests
        ana resume 0 dev
        ana typing dev
        ana watch #dev
        commit
          ana: no, no_such_room
          ana: no, no_such_room
          ana: no, no_such_room
          ana: no, no_such_room
          ana: no, no_such_room
          ana: no, no_such_room
          ana: no, no_such_room
          ana: no, no_such_room
        ",
    );
}

#[test]
fn the_nameless_may_look_but_not_come_in() {
    check_two(
        "
        ana join dev
        ana about dev tests
        commit
          ana joins room 7
          ana: joined dev, 1 here #7
          room 7, but ana: #8 topic of dev by Ana: tests
          ana: topic of dev #8
        eva opens
        eva join dev
          eva: no, name_first
        eva leave dev
          eva: no, name_first
        eva about dev mine
          eva: no, name_first
        eva resume 0
          eva: no, name_first
        eva typing
          eva: no, name_first
        eva who dev
          eva: Ana
        eva topic dev
          eva: dev: tests (Ana)
        eva rooms
          eva: lobby 2, dev 1 about tests
        ",
    );
}

#[test]
fn a_topic_is_told_shown_to_who_joins_and_taken_away() {
    check_two(
        "
        ana join dev
        ana about dev the board with the red cable
        luis join dev
        luis about dev
        luis topic dev
        ana about lobby
        commit
          ana joins room 7
          ana: joined dev, 1 here #7
          room 7, but ana: #8 topic of dev by Ana: the board with the red cable
          ana: topic of dev #8
          luis joins room 7
          luis: joined dev, 2 here, about the board with the red cable #9
          room 7, but luis: #10 topic of dev by Luis: 
          luis: topic of dev #10
          luis: dev: about nothing
          room 0, but ana: #11 topic of lobby by Ana: 
          ana: topic of lobby #11
        ",
    );
}

#[test]
fn rooms_and_what_was_said_in_them_survive_a_restart_and_members_do_not() {
    check_two(
        "
        ana join dev
        ana say first
        ana about dev tests
        commit
          ana joins room 7
          ana: joined dev, 1 here #7
          room 7, but ana: #8 Ana: first
          ana: said to 0 #8
          room 7, but ana: #9 topic of dev by Ana: tests
          ana: topic of dev #9
        restart
        commit
        ana opens
        ana rooms
          ana: lobby 0, dev 0 about tests
        ana name Ana proof 1
        ana join dev
        ana resume 0
        commit
          ana joins room 0
          ana: named Ana again #11
          ana joins room 7
          ana: joined dev, 1 here, about tests #12
          ana: missed until #12: #8 Ana: first; #9 topic of dev by Ana: tests
        ",
    );
}

#[test]
fn a_thirty_third_room_is_one_too_many() {
    check(
        "
        ana opens
        quietly 1 ana name Ana
        quietly 1 ana join a01
        quietly 1 ana join a02
        quietly 1 ana join a03
        quietly 1 ana join a04
        quietly 1 ana join a05
        quietly 1 ana join a06
        quietly 1 ana join a07
        quietly 1 ana join a08
        quietly 1 ana join a09
        quietly 1 ana join a10
        quietly 1 ana join a11
        quietly 1 ana join a12
        quietly 1 ana join a13
        quietly 1 ana join a14
        quietly 1 ana join a15
        quietly 1 ana join a16
        quietly 1 ana join a17
        quietly 1 ana join a18
        quietly 1 ana join a19
        quietly 1 ana join a20
        quietly 1 ana join a21
        quietly 1 ana join a22
        quietly 1 ana join a23
        quietly 1 ana join a24
        quietly 1 ana join a25
        quietly 1 ana join a26
        quietly 1 ana join a27
        quietly 1 ana join a28
        quietly 1 ana join a29
        quietly 1 ana join a30
        ana join a31
        ana join a32
        ana join a30
        ana leave a01
        ana join a32
        commit
          ana joins room 36
          ana: joined a31, 1 here #36
          ana: no, too_many_rooms
          ana: joined a30, 1 here #38
          ana leaves room 6
          ana: left a01 #39
          ana joins room 40
          ana: joined a32, 1 here #40
        ",
    );
}

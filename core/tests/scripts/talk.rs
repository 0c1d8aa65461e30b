//! Talk: to the lobby and to one name, and who is there.

use crate::check;

#[test]
fn everybody_but_the_speaker_is_addressed() {
    check(
        "
        ana opens
        luis opens
        eva opens
        ana name Ana
        ana say anybody?
        luis name Luis
        eva name Eva
        commit
          ana joins room 0
          ana: named Ana #5
          room 0, but ana: #6 Ana: anybody?
          ana: said to 0 #6
          luis joins room 0
          luis: named Luis #7
          eva joins room 0
          eva: named Eva #8
        luis say hola
        commit
          room 0, but luis: #9 Luis: hola
          luis: said to 2 #9
        eva closes
        luis say adiós
        commit
          room 0, but luis: #11 Luis: adiós
          luis: said to 1 #11
        ",
    );
}

#[test]
fn who_has_no_name_says_nothing() {
    check(
        "
        ana opens
        luis opens
        luis name Luis
        commit
          luis joins room 0
          luis: named Luis #5
        ana say hola
          ana: no, name_first
        ana to luis hola
          ana: no, name_first
        waiting
        ana name Luis
        ana say hola
        commit
          ana: no, name_taken
          ana: no, name_first
        ",
    );
}

#[test]
fn a_message_to_one_name_reaches_nobody_else() {
    check(
        "
        ana opens
        luis opens
        eva opens
        ana name Ana
        luis name Luis
        eva name Eva
        commit
          ana joins room 0
          ana: named Ana #5
          luis joins room 0
          luis: named Luis #6
          eva joins room 0
          eva: named Eva #7
        ana to LUIS where are you?
        commit
          luis gets #8 Ana: where are you?
          ana: said to 1 #8
        ana to ana note to self
        commit
          ana gets #9 Ana: note to self
          ana: said to 1 #9
        ",
    );
}

#[test]
fn a_message_may_arrive_with_its_receiver_on_the_same_sync() {
    check(
        "
        ana opens
        luis opens
        ana name Ana
        ana to luis too early
        luis name Luis
        ana to luis in time
        commit
          ana joins room 0
          ana: named Ana #5
          ana: no, not_here
          luis joins room 0
          luis: named Luis #7
          luis gets #8 Ana: in time
          ana: said to 1 #8
        ",
    );
}

#[test]
fn the_lobby_is_listed_in_order_of_arrival() {
    check(
        "
        ana opens
        luis opens
        eva opens
        eva who
          eva: nobody
        eva name Eva secret 1
        ana name Ana
        luis name Luis
        luis who
        commit
          eva joins room 0
          eva: named Eva #5
          ana joins room 0
          ana: named Ana #6
          luis joins room 0
          luis: named Luis #7
          luis: Eva, Ana, Luis
        back opens
        back name Eva proof 1
        commit
          back joins room 0
          back: named Eva again #8
          eva is closed: replaced
        luis who
          luis: Ana, Luis, Eva
        ana closes
        luis who
        commit
          luis: Luis, Eva
        luis who
          luis: Luis, Eva
        ",
    );
}

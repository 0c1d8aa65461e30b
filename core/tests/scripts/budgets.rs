//! Budgets: what one address has of all listeners together. Here it is three sessions and four
//! messages a second.

use crate::check;

/// However it is spelled and wherever it comes in; who goes and comes again has no more.
#[test]
fn an_address_has_a_budget_of_its_own() {
    check(
        "
        ana opens from 10.0.0.9:1
        luis opens desk from 10.0.0.9:2
        eva opens from [::ffff:10.0.0.9]:3
        one opens from 10.0.0.9:4
          one is closed: all 3 places taken
        other opens from 10.0.0.8:1
        ana ping
          ana: pong
        luis ping
          luis: pong
        eva ping
          eva: pong
        eva ping
          eva: pong
        eva ping
          eva: no, too_fast
        other ping
          other: pong
        ana closes
        back opens from 10.0.0.9:5
        back ping
          back: no, too_fast
        1000 back ping
          back: pong
        ",
    );
}

#[test]
fn a_network_of_ipv6_is_one_address_and_this_machine_is_free() {
    check(
        "
        ana opens from [2001:db8::1]:1
        luis opens from [2001:db8::2:3]:1
        eva opens from [2001:db8::ffff:1:1]:1
        one opens from [2001:db8::9]:1
          one is closed: all 3 places taken
        other opens from [2001:db8:0:1::9]:1
        crowd 5 opens from 127.0.0.1:7
        crowd 5 opens from [::1]:7
        ",
    );
}

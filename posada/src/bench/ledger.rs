//! Who holds what, as far as the generator's own sessions can know, and whether an answer can be.
//!
//! The commands about a resource are judged together as soon as none of them is under way. What
//! was done has a number, so its order is known; it must not contradict the order in which things
//! were asked and answered, and it must alternate between taking and giving back. A refusal has
//! no number: there must be a moment, after what was answered before it was asked and before what
//! was asked after it was answered, at which it was right. Without numbers, as at the desk, the
//! counts must agree. Read next: `reserve`, which asks and reads.

use super::tally::Tally;

/// How many commands about one resource may be judged together.
pub(super) const TOGETHER: usize = 16;

/// Who has a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody; where others use the server too, nobody of ours.
    Nobody,
    /// The session on that connection.
    Ours(usize),
    /// Somebody who is none of ours.
    Another,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// To have it.
    Reserve,
    /// To give it back.
    Cancel,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Not yet.
    None,
    /// It was done, under that number.
    Done(u64),
    /// Somebody has it.
    Taken,
    /// Nobody has it.
    NotHeld,
    /// Somebody else has it.
    NotYours,
    /// A refusal that says nothing about the resource.
    Nothing,
}

/// One command. Moments are counted, not timed: each sending and each hearing is one more.
#[derive(Clone, Copy, Debug)]
struct Command {
    connection: usize,
    verb: Verb,
    sent: u64,
    heard: u64,
    answer: Answer,
}

impl Command {
    /// It was answered before the other one was asked, or asked before it on the same connection.
    fn precedes(&self, other: &Self) -> bool {
        self.heard < other.sent || (self.connection == other.connection && self.sent < other.sent)
    }

    fn number(&self) -> Option<u64> {
        if let Answer::Done(number) = self.answer { Some(number) } else { None }
    }
}

#[derive(Debug)]
struct Resource {
    name: String,
    holder: Holder,
    /// The number of what was done to it last.
    number: u64,
    under_way: usize,
    together: Vec<Command>,
}

/// All resources of a run.
#[derive(Debug)]
pub struct Ledger {
    resources: Vec<Resource>,
    /// Nobody else uses the server.
    alone: bool,
    /// All sessions are one holder, and what is done has no number.
    desk: bool,
    moment: u64,
}

impl Ledger {
    /// These names, each free or not; `alone` where nobody else uses the server, `desk` where
    /// what is done has no number and all are one holder.
    pub fn new(
        resources: impl IntoIterator<Item = (String, bool)>,
        alone: bool,
        desk: bool,
    ) -> Self {
        let resource = |(name, free)| {
            let holder = if free { Holder::Nobody } else { Holder::Another };
            Resource { name, holder, number: 0, under_way: 0, together: Vec::new() }
        };
        let resources = resources.into_iter().map(resource).collect();
        Self { resources, alone, desk, moment: 0 }
    }

    /// All sessions are one holder.
    pub fn is_desk(&self) -> bool {
        self.desk
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "there is always something to reserve")]
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// What it is called.
    pub fn name(&self, resource: usize) -> &str {
        &self.resources[resource].name
    }

    /// Who has it, as far as it was judged.
    pub fn holder(&self, resource: usize) -> Holder {
        self.resources[resource].holder
    }

    /// Whether one more can be asked about it now.
    pub fn is_open(&self, resource: usize) -> bool {
        self.resources[resource].together.len() < TOGETHER
    }

    /// Something is asked; the place of the command among those about the resource comes back.
    pub fn ask(&mut self, connection: usize, resource: usize, verb: Verb) -> usize {
        self.moment += 1;
        let (sent, heard, answer) = (self.moment, u64::MAX, Answer::None);
        let resource = &mut self.resources[resource];
        resource.under_way += 1;
        resource.together.push(Command { connection, verb, sent, heard, answer });
        resource.together.len() - 1
    }

    /// It is answered. Says whether that showed that one of ours has come to have it.
    pub fn hear(
        &mut self,
        resource: usize,
        place: usize,
        answer: Answer,
        tally: &mut Tally,
    ) -> bool {
        self.moment += 1;
        let (alone, desk) = (self.alone, self.desk);
        let resource = &mut self.resources[resource];
        let command = &mut resource.together[place];
        (command.heard, command.answer) = (self.moment, answer);
        resource.under_way -= 1;
        if resource.under_way > 0 {
            return false;
        }
        if desk {
            resource.count(alone, tally);
        } else {
            resource.order(alone, tally);
        }
        let done = resource.together.iter().any(|command| command.number().is_some());
        resource.together.clear();
        done && matches!(resource.holder, Holder::Ours(_))
    }
}

impl Resource {
    /// Judges by the numbers.
    fn order(&mut self, alone: bool, tally: &mut Tally) {
        let mut together = std::mem::take(&mut self.together);
        together.sort_unstable_by_key(|command| command.number().unwrap_or(u64::MAX));
        let done = together.iter().take_while(|command| command.number().is_some()).count();
        let mut holders = [self.holder; TOGETHER + 1];
        for place in 0..done {
            let command = &together[place];
            self.done(command, &together[..place], alone, tally);
            holders[place + 1] = self.holder;
        }
        let (done, refused) = together.split_at(done);
        for command in refused {
            let from = done.iter().rposition(|one| one.precedes(command)).map_or(0, |at| at + 1);
            let until = done.iter().position(|one| command.precedes(one)).unwrap_or(done.len());
            let right = |holder: &Holder| can_be(command, *holder, alone);
            if from > until || !holders[from..=until].iter().any(right) {
                let (name, holder) = (&self.name, holders[until]);
                tally.wrong(|| {
                    let Command { connection, verb, answer, .. } = command;
                    format!("{name}: {verb:?} on {connection} cannot be {answer:?}: {holder:?}")
                });
            }
        }
        self.together = together;
    }

    /// One step in the order of the numbers.
    fn done(&mut self, command: &Command, before: &[Command], alone: bool, tally: &mut Tally) {
        let Command { connection, verb, .. } = *command;
        let (name, number) = (&self.name, command.number().unwrap_or_default());
        if number <= self.number {
            let last = self.number;
            tally.wrong(|| {
                format!("{name}: number {number} of {verb:?} on {connection}, after {last}")
            });
        }
        if let Some(later) = before.iter().find(|one| command.precedes(one)) {
            let Command { connection: other, .. } = later;
            let behind = later.number().unwrap_or_default();
            tally.wrong(|| {
                format!(
                    "{name}: number {number} was answered on {connection} before {behind} was \
                     asked on {other}"
                )
            });
        }
        let holder = self.holder;
        match (verb, holder) {
            (Verb::Reserve, Holder::Ours(other)) => tally.wrong(|| {
                format!(
                    "{name}: two holders: {connection} got it (number {number}), {other} has it"
                )
            }),
            (Verb::Reserve, Holder::Another) if alone => tally.wrong(|| {
                format!("{name}: {connection} got it (number {number}), and another has it")
            }),
            (Verb::Cancel, Holder::Ours(other)) if other == connection => {}
            (Verb::Cancel, _) => tally.wrong(|| {
                format!(
                    "{name}: {connection} gave back (number {number}) what it has not: {holder:?}"
                )
            }),
            _ => {}
        }
        self.number = self.number.max(number);
        self.holder = if verb == Verb::Reserve { Holder::Ours(connection) } else { Holder::Nobody };
    }

    /// Judges by counts: there are no numbers, and whoever asks is the same holder.
    fn count(&mut self, alone: bool, tally: &mut Tally) {
        let done = |verb| {
            let all = self.together.iter().filter(|it| it.verb == verb && it.number().is_some());
            all.count()
        };
        let (reserved, cancelled) = (done(Verb::Reserve), done(Verb::Cancel));
        let held = usize::from(self.holder != Holder::Nobody);
        // What is there at the end: nothing, or one.
        let left = (held + reserved).checked_sub(cancelled);
        let possible = left.is_some_and(|left| left <= 1);
        let free_once = held == 0 || cancelled > 0;
        let held_once = held == 1 || reserved > 0;
        let refused = |answer| self.together.iter().any(|it| it.answer == answer);
        let impossible =
            (refused(Answer::Taken) && !held_once) || (refused(Answer::NotHeld) && !free_once);
        if alone && (!possible || impossible) {
            let (name, holder) = (&self.name, self.holder);
            let answers: Vec<_> = self.together.iter().map(|it| (it.verb, it.answer)).collect();
            tally.wrong(|| format!("{name}: from {holder:?}, these cannot be: {answers:?}"));
        }
        let left = left.unwrap_or_default();
        // Which of ours has it does not matter: each may give it back.
        self.holder = if left > 0 { Holder::Ours(0) } else { Holder::Nobody };
    }
}

/// Whether a refusal is right where that is who has it.
fn can_be(command: &Command, holder: Holder, alone: bool) -> bool {
    // Somebody else may have taken it, or given it back, in the meantime.
    let perhaps_another = holder == Holder::Another || (holder == Holder::Nobody && !alone);
    match command.answer {
        Answer::Taken => perhaps_another || holder != Holder::Nobody,
        Answer::NotHeld => holder == Holder::Nobody || (holder == Holder::Another && !alone),
        Answer::NotYours => match holder {
            Holder::Ours(other) => other != command.connection,
            _ => perhaps_another,
        },
        Answer::Nothing => true,
        Answer::None | Answer::Done(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ledger of one free resource, whose commands are `(connection, verb, answer)`: those of a
    /// group are all asked before the first of them is answered.
    #[track_caller]
    fn check(desk: bool, groups: &[&[(usize, Verb, Answer)]], wrong: &[&str]) {
        let mut ledger = Ledger::new([("gpu".to_owned(), true)], true, desk);
        let mut tally = Tally::new(1, (0, 1), false).expect("bounds are right");
        for group in groups {
            let asked = group
                .iter()
                .map(|(connection, verb, answer)| (ledger.ask(*connection, 0, *verb), *answer));
            let asked: Vec<_> = asked.collect();
            for (place, answer) in asked {
                ledger.hear(0, place, answer, &mut tally);
            }
        }
        assert_eq!(tally.told.len(), wrong.len(), "{:?}", tally.told);
        for (told, words) in tally.told.iter().zip(wrong) {
            assert!(told.contains(words), "no {words:?} in {told:?}");
        }
    }

    use Answer::{Done, NotHeld, NotYours, Taken};
    use Verb::{Cancel, Reserve};

    #[test]
    fn what_can_be_is_right() {
        check(false, &[&[(1, Reserve, Done(6))], &[(2, Reserve, Taken)]], &[]);
        check(false, &[&[(1, Reserve, Done(6))], &[(2, Cancel, NotYours)]], &[]);
        check(false, &[&[(1, Cancel, NotHeld)]], &[]);
        // Heard in another order than done.
        check(
            false,
            &[&[(2, Reserve, Done(8)), (1, Cancel, Done(7)), (1, Reserve, Done(6))]],
            &["before"],
        );
        check(false, &[&[(1, Reserve, Done(6)), (1, Cancel, Done(7)), (2, Reserve, Done(8))]], &[]);
        check(false, &[&[(2, Reserve, Taken), (1, Reserve, Done(6)), (1, Cancel, Done(7))]], &[]);
    }

    #[test]
    fn two_holders_are_found_whenever_they_are_heard_of() {
        let two: &[_] = &["two holders: 2 got it (number 7), 1 has it"];
        check(false, &[&[(1, Reserve, Done(6)), (2, Reserve, Done(7))]], two);
        check(false, &[&[(2, Reserve, Done(7)), (1, Reserve, Done(6))]], two);
        check(false, &[&[(1, Reserve, Done(6))], &[(2, Reserve, Done(7))]], two);
        check(true, &[&[(1, Reserve, Done(0))], &[(2, Reserve, Done(0))]], &["cannot be"]);
    }

    #[test]
    fn a_token_that_does_not_grow_is_found() {
        let groups: &[&[_]] =
            &[&[(1, Reserve, Done(6))], &[(1, Cancel, Done(7))], &[(2, Reserve, Done(5))]];
        check(false, groups, &["number 5 of Reserve on 2, after 7"]);
    }

    #[test]
    fn a_refusal_that_cannot_be_is_found() {
        check(false, &[&[(1, Reserve, Taken)]], &["Reserve on 1 cannot be Taken"]);
        check(false, &[&[(1, Reserve, Done(6))], &[(1, Cancel, NotHeld)]], &["cannot be NotHeld"]);
        check(false, &[&[(1, Reserve, Done(6))], &[(1, Cancel, NotYours)]], &["be NotYours"]);
        check(true, &[&[(1, Reserve, Taken)]], &["cannot be"]);
        check(true, &[&[(1, Reserve, Done(0))], &[(2, Cancel, NotHeld)]], &["cannot be"]);
    }

    #[test]
    fn what_somebody_has_not_is_not_given_back() {
        check(false, &[&[(1, Cancel, Done(6))]], &["1 gave back (number 6)"]);
        check(false, &[&[(1, Reserve, Done(6))], &[(2, Cancel, Done(7))]], &["2 gave back"]);
        check(true, &[&[(1, Cancel, Done(0))]], &["cannot be"]);
    }

    #[test]
    fn at_the_desk_everybody_is_one() {
        check(true, &[&[(1, Reserve, Done(0)), (2, Cancel, Done(0)), (3, Reserve, Taken)]], &[]);
    }
}

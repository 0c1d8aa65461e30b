//! Every way to answer a row of yes-or-no questions, one after the other.
//!
//! How many there are, and what they mean, may depend on the answers before: after each round the
//! last answer that was no becomes yes, and what was answered behind it is asked anew.

use super::{Contents, Disk};

/// The answers of this round, and how many of them have been given.
#[derive(Debug, Default)]
struct Odometer {
    answers: Vec<bool>,
    given: usize,
}

impl Odometer {
    fn answer(&mut self) -> bool {
        if self.given == self.answers.len() {
            self.answers.push(false);
        }
        self.given += 1;
        self.answers[self.given - 1]
    }

    /// Goes on to the next round; `false` when there is none.
    fn turn(&mut self) -> bool {
        self.answers.truncate(self.given);
        self.given = 0;
        while self.answers.last() == Some(&true) {
            self.answers.pop();
        }
        self.answers.last_mut().map(|last| *last = true).is_some()
    }
}

impl Disk {
    /// Every disk that a power cut may leave now. What it holds is among them once.
    pub fn every_crash(&self, mut each: impl FnMut(Disk)) {
        let mut seen = std::collections::BTreeSet::<Contents>::new();
        let mut odometer = Odometer::default();
        loop {
            let image = self.after_crash(&mut || odometer.answer());
            if seen.insert(image.contents()) {
                each(image);
            }
            if !odometer.turn() {
                return;
            }
        }
    }
}

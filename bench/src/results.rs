//! What was measured, round by round, and what comes of it: medians, spreads, goals met and missed.

use crate::contest::{Against, Contest, Goal, Quantity};
use crate::stage::Figure;

/// The figures of one pass: those of a contestant, of each contest.
pub(crate) struct Results {
    pub(crate) contests: Vec<Contest>,
    figures: Vec<Vec<Vec<Figure>>>,
    /// What went wrong, and with whom.
    pub(crate) failures: Vec<String>,
}

/// The middle of several rounds, and how far apart they were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Self { least, median: f64::midpoint(low, high), most })
    }
}

/// What came of a goal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) goal: Goal,
    /// How many times what it is measured by; `None` where one of both was not measured.
    pub(crate) ratio: Option<f64>,
}

impl Outcome {
    pub(crate) fn met(&self) -> Option<bool> {
        let more = self.goal.quantity.more_is_better();
        let reached =
            |ratio| if more { ratio >= self.goal.factor } else { ratio <= self.goal.factor };
        self.ratio.map(reached)
    }
}

impl Results {
    pub(crate) fn new(contests: Vec<Contest>) -> Self {
        let figures = contests.iter().map(|it| vec![Vec::new(); it.contestants.len()]).collect();
        Self { contests, figures, failures: Vec::new() }
    }

    pub(crate) fn add(&mut self, contest: usize, contestant: usize, figure: Figure) {
        self.figures[contest][contestant].push(figure);
    }

    /// What one contestant has of anything that was measured.
    pub(crate) fn spread(
        &self,
        contest: usize,
        contestant: usize,
        of: impl Fn(&Figure) -> Option<f64>,
    ) -> Option<Spread> {
        Spread::of(self.figures[contest][contestant].iter().filter_map(of).collect())
    }

    fn median(&self, contest: usize, name: &str, quantity: Quantity) -> Option<f64> {
        let contestants = &self.contests[contest].contestants;
        let contestant = contestants.iter().position(|it| it.name == name)?;
        Some(self.spread(contest, contestant, |figure| quantity.of(figure))?.median)
    }

    /// How its goals came out.
    pub(crate) fn outcomes(&self, contest: usize) -> Vec<Outcome> {
        let outcome = |goal: &Goal| {
            let found = self.median(contest, goal.who, goal.quantity);
            let other = match goal.against {
                Against::Other(other) => self.median(contest, other, goal.quantity),
                Against::Fixed(value, _) => Some(value),
            };
            let ratio = found.zip(other).map(|(found, other)| found / other);
            Outcome { goal: *goal, ratio }
        };
        self.contests[contest].goals.iter().map(outcome).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let median = |values: &[f64]| Spread::of(values.to_vec()).map(|spread| spread.median);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(&[3.0, 1.0]), Some(2.0));
    }

    #[test]
    fn a_goal_is_met_from_above_or_from_below() {
        let outcome = |quantity, ratio| {
            let against = Against::Fixed(1.0, "one");
            let goal = Goal { who: "posada", quantity, factor: 1.0, against };
            Outcome { goal, ratio }.met()
        };
        assert_eq!(outcome(Quantity::PerSecond, Some(1.1)), Some(true));
        assert_eq!(outcome(Quantity::P99, Some(1.1)), Some(false));
        assert_eq!(outcome(Quantity::P99, None), None);
    }
}

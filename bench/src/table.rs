//! What is written into a document: the goals, the figures of all, their versions and settings.

use std::fmt::Write as _;

use crate::contest::{Against, Quantity};
use crate::peer::{PEERS, Peer};
use crate::results::{Results, Spread};

/// A figure as people read it.
pub(crate) fn shown(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::PerSecond if value >= 1e6 => format!("{} M/s", digits(value / 1e6)),
        Quantity::PerSecond if value >= 1e3 => format!("{} k/s", digits(value / 1e3)),
        Quantity::PerSecond => format!("{value:.0} /s"),
        Quantity::P50 | Quantity::P99 if value >= 1e4 => format!("{} ms", digits(value / 1e3)),
        Quantity::P50 | Quantity::P99 => format!("{value:.0} µs"),
        Quantity::Bytes => format!("{:.1} KiB", value / 1_024.0),
    }
}

/// Three digits that matter.
fn digits(value: f64) -> String {
    let places = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.places$}")
}

fn measured(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::P50 => ", p50",
        Quantity::P99 => ", p99",
        Quantity::PerSecond | Quantity::Bytes => "",
    }
}

/// Each goal, and what came of it.
pub(crate) fn goals(results: &Results) -> String {
    let mut text = "| work | goal | reached | |\n|---|---|---:|---|\n".to_owned();
    for (number, contest) in results.contests.iter().enumerate() {
        for outcome in results.outcomes(number) {
            let goal = outcome.goal;
            let sign = if goal.quantity.more_is_better() { '≥' } else { '≤' };
            let against = match goal.against {
                Against::Other(other) => other,
                Against::Fixed(_, text) => text,
            };
            let ratio = outcome.ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            let verdict = match outcome.met() {
                Some(true) => "met",
                Some(false) => "**missed**",
                None => "not measured",
            };
            let (title, what) = (contest.title, measured(goal.quantity));
            let (who, factor) = (goal.who, trimmed(goal.factor));
            let _ = writeln!(
                text,
                "| {title}{what} | {who} {sign} {factor} × {against} | {ratio} | {verdict} |"
            );
        }
    }
    text
}

/// How many times as much; nothing has no ratio to anything.
fn ratio(one: f64, other: f64) -> String {
    if other > 0.0 { format!("{:.2}", one / other) } else { "–".to_owned() }
}

/// Two digits behind the point at most, and no zeros at the end.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What everybody has.
pub(crate) fn figures(results: &Results) -> String {
    let mut text = "| work | who | median | least – most | posada ÷ it | server's core | \
                    generator's |\n|---|---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for (number, contest) in results.contests.iter().enumerate() {
        for quantity in contest.quantities {
            let mut title = format!("{}{}", contest.title, measured(*quantity));
            let own = results.spread(number, 0, |figure| quantity.of(figure));
            for (place, contestant) in contest.contestants.iter().enumerate() {
                let spread = results.spread(number, place, |figure| quantity.of(figure));
                let Some(spread) = spread else { continue };
                let share = |spread: Option<Spread>| {
                    spread.map_or("–".to_owned(), |it| format!("{:.0} %", 100.0 * it.median))
                };
                let row = [
                    std::mem::take(&mut title),
                    contestant.name.to_owned(),
                    shown(*quantity, spread.median),
                    format!(
                        "{} – {}",
                        shown(*quantity, spread.least),
                        shown(*quantity, spread.most)
                    ),
                    own.filter(|_| place > 0)
                        .map_or(String::new(), |own| ratio(own.median, spread.median)),
                    share(results.spread(number, place, |figure| figure.server)),
                    share(results.spread(number, place, |figure| figure.generator)),
                ];
                let _ = writeln!(text, "| {} |", row.join(" | "));
            }
        }
    }
    text + &batches(results)
}

/// How many commands a sync made durable, where that was counted.
fn batches(results: &Results) -> String {
    let mut text = String::new();
    for (number, contest) in results.contests.iter().enumerate() {
        if let Some(batch) = results.spread(number, 0, |figure| figure.batch) {
            let _ = writeln!(
                text,
                "- {}: {:.0} commands in the mean for each sync.",
                contest.title, batch.median
            );
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// Who takes part, in which version, and how it is set.
pub(crate) fn peers(versions: &[(Peer, Result<String, String>)]) -> String {
    let mut text = "| server | version | settings |\n|---|---|---|\n".to_owned();
    for peer in PEERS {
        let Some((_, version)) = versions.iter().find(|(known, _)| *known == peer) else {
            continue;
        };
        let named = peer.named();
        let (name, settings) = (named.name, named.settings);
        let version = match version {
            Ok(version) => version.clone(),
            Err(why) => format!("**{why}**: it is missing below"),
        };
        let _ = writeln!(text, "| {name} | {version} | {settings} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let all = [(1_234_567.0, "1.23 M/s"), (82_100.0, "82.1 k/s"), (660_000.0, "660 k/s")];
        for (value, text) in all {
            assert_eq!(shown(Quantity::PerSecond, value), text);
        }
        assert_eq!(shown(Quantity::P50, 316.4), "316 µs");
        assert_eq!(shown(Quantity::Bytes, 1_945.0), "1.9 KiB");
        assert_eq!((trimmed(1.0), trimmed(1.0 / 0.6), trimmed(2.5)).0, "1");
    }
}

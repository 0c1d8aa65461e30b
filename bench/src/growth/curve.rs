//! What came of a curve: its points as a table, and where each of its lines bends.

use std::fmt::Write as _;

/// In what a line is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    PerSecond,
    /// Microseconds.
    Latency,
    Bytes,
    /// From 0 to 1.
    Share,
    Count,
}

impl Unit {
    /// What lines of it are about.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::PerSecond => "per second",
            Self::Latency => "latency",
            Self::Bytes => "memory",
            Self::Share => "share",
            Self::Count => "count",
        }
    }

    /// Whether it spans magnitudes, which one scale from zero would not show.
    pub(crate) fn is_logarithmic(self) -> bool {
        matches!(self, Self::Latency | Self::Bytes | Self::Count)
    }

    /// As people read it.
    pub(crate) fn shown(self, value: f64) -> String {
        match self {
            Self::PerSecond | Self::Count if value >= 1e6 => format!("{} M", digits(value / 1e6)),
            Self::PerSecond | Self::Count if value >= 1e4 => format!("{} k", digits(value / 1e3)),
            Self::PerSecond | Self::Count => digits(value),
            Self::Latency if value >= 1e6 => format!("{} s", digits(value / 1e6)),
            Self::Latency if value >= 1e4 => format!("{} ms", digits(value / 1e3)),
            Self::Latency => format!("{value:.0} µs"),
            Self::Bytes if value >= 1e6 => format!("{} MiB", digits(value / f64::from(1 << 20))),
            Self::Bytes => format!("{} KiB", digits(value / 1_024.0)),
            Self::Share => format!("{:.0} %", 100.0 * value),
        }
    }
}

/// Three digits that matter.
fn digits(value: f64) -> String {
    let places = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.places$}")
}

/// One line, with a value for each size, where there is one.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) title: &'static str,
    pub(crate) unit: Unit,
    pub(crate) values: Vec<Option<f64>>,
}

/// How some figures depend on a size.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    pub(crate) title: &'static str,
    /// What grows.
    pub(crate) size: &'static str,
    /// Whether sizes are magnitudes.
    pub(crate) logarithmic: bool,
    pub(crate) sizes: Vec<f64>,
    pub(crate) lines: Vec<Line>,
}

/// A size as people read it.
pub(crate) fn shown_size(size: f64) -> String {
    let digits = format!("{size:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A change of the slope in magnitudes from which on it is told.
const BEND: f64 = 0.3;

impl Curve {
    /// One without points.
    pub(crate) fn new(
        title: &'static str,
        size: &'static str,
        logarithmic: bool,
        lines: &[(&'static str, Unit)],
    ) -> Self {
        let line =
            |(title, unit): &(&'static str, Unit)| Line { title, unit: *unit, values: Vec::new() };
        let lines = lines.iter().map(line).collect();
        Self { title, size, logarithmic, sizes: Vec::new(), lines }
    }

    /// Adds what was measured at a size, a value for each line.
    pub(crate) fn add<const N: usize>(&mut self, size: f64, values: [Option<f64>; N]) {
        assert_eq!(N, self.lines.len(), "each line has a value");
        let told = self.lines.iter().zip(values).filter_map(|(line, value)| {
            Some(format!("{} {}", line.title, line.unit.shown(value?)))
        });
        eprintln!("  {}", told.collect::<Vec<_>>().join(", "));
        self.sizes.push(size);
        for (line, value) in self.lines.iter_mut().zip(values) {
            line.values.push(value);
        }
    }

    /// A row for each size.
    pub(crate) fn table(&self) -> String {
        let titles = self.lines.iter().map(|line| line.title).collect::<Vec<_>>();
        let mut text = format!("| {} | {} |\n", self.size, titles.join(" | "));
        text += &"|---:".repeat(titles.len() + 1);
        text += "|\n";
        for (row, size) in self.sizes.iter().enumerate() {
            let cells = self.lines.iter().map(|line| {
                line.values[row].map_or("–".to_owned(), |value| line.unit.shown(value))
            });
            let cells = cells.collect::<Vec<_>>().join(" | ");
            let _ = writeln!(text, "| {} | {cells} |", shown_size(*size));
        }
        text
    }

    /// Where each line bends most, with the figures there.
    pub(crate) fn notes(&self) -> String {
        let mut text = String::new();
        // A share has an end, and no magnitudes.
        for line in self.lines.iter().filter(|line| line.unit != Unit::Share) {
            if let Some((place, before, behind)) = self.bend(line) {
                let value = line.values[place].map_or(String::new(), |it| line.unit.shown(it));
                let size = shown_size(self.sizes[place]);
                let _ = writeln!(
                    text,
                    "- {}: bends at {size} {} ({value}): as its power {before:.1} up to there, \
                     {behind:.1} from there.",
                    line.title, self.size
                );
            }
        }
        text
    }

    /// The place at which the slope in magnitudes changes most, with both slopes.
    fn bend(&self, line: &Line) -> Option<(usize, f64, f64)> {
        let slope = |place: usize| {
            let (from, to) = (line.values[place]?, line.values[place + 1]?);
            let (near, far) = (self.sizes[place], self.sizes[place + 1]);
            (from > 0.0 && to > 0.0).then(|| (to / from).ln() / (far / near).ln())
        };
        let bends = (1..self.sizes.len().saturating_sub(1))
            .filter_map(|place| Some((place, slope(place - 1)?, slope(place)?)));
        let most =
            bends.max_by(|one, other| (one.1 - one.2).abs().total_cmp(&(other.1 - other.2).abs()));
        most.filter(|(_, before, behind)| (before - behind).abs() > BEND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64)]) -> Curve {
        let mut curve = Curve::new("growth", "rooms", true, &[("rate", Unit::PerSecond)]);
        for (size, value) in points {
            curve.add(*size, [Some(*value)]);
        }
        curve
    }

    #[test]
    fn a_line_that_is_straight_in_magnitudes_does_not_bend() {
        assert_eq!(curve(&[(10.0, 5.0), (100.0, 50.0), (1_000.0, 500.0)]).notes(), "");
    }

    #[test]
    fn a_bend_is_told_with_its_figures() {
        let notes = curve(&[(10.0, 20_000.0), (100.0, 20_000.0), (1_000.0, 2_000.0)]).notes();
        let expected = "- rate: bends at 100 rooms (20.0 k): as its power 0.0 up to there, -1.0 \
                        from there.\n";
        assert_eq!(notes, expected);
    }

    #[test]
    fn the_table_has_a_row_for_each_size() {
        let table = curve(&[(10.0, 5.0), (10_000.0, 1_234_567.0)]).table();
        assert_eq!(table, "| rooms | rate |\n|---:|---:|\n| 10 | 5.00 |\n| 10,000 | 1.23 M |\n");
    }
}

//! A curve as a picture: a panel for each unit, a line for each figure, as SVG.
//!
//! Rates and shares are drawn from zero; times and bytes by their magnitudes.

use std::fmt::Write as _;

use super::curve::{Curve, Line, Unit, shown_size};
use crate::chart::{FAINT, GAP, HEADER, INK, MARGIN, WIDTH, frame, label};

/// Of a panel: its whole height, what stands above and below its lines, and left of them.
const HEIGHT: usize = 300;
const ABOVE: usize = 34;
const BELOW: usize = 44;
const LEFT: usize = 64;
/// A line in the legend.
const STEP: usize = 17;
/// One after the other.
const COLOURS: [&str; 5] = ["#0f766e", "#b45309", "#4f46e5", "#be185d", "#6b7785"];

/// Where values come to stand.
struct Axis {
    logarithmic: bool,
    least: f64,
    most: f64,
    /// The ends, in the picture.
    from: f64,
    until: f64,
}

impl Axis {
    fn at(&self, value: f64) -> f64 {
        let place = |value: f64| if self.logarithmic { value.ln() } else { value };
        let span = (place(self.most) - place(self.least)).max(f64::MIN_POSITIVE);
        self.from + (self.until - self.from) * (place(value) - place(self.least)) / span
    }
}

/// Draws all lines; `caption` says how they were measured.
pub(crate) fn draw(curve: &Curve, caption: &str) -> String {
    let mut units: Vec<Unit> = Vec::new();
    for line in &curve.lines {
        if !units.contains(&line.unit) {
            units.push(line.unit);
        }
    }
    let width = (WIDTH - 2 * MARGIN - GAP) / 2;
    let mut body = String::new();
    for (place, unit) in units.iter().enumerate() {
        let x = MARGIN + (place % 2) * (width + GAP);
        let y = HEADER + (place / 2) * (HEIGHT + GAP);
        panel(curve, *unit, (x, y, width), &mut body);
    }
    let rows = units.len().div_ceil(2);
    frame(curve.title, caption, HEADER + rows * (HEIGHT + GAP) + MARGIN / 2, &body)
}

#[expect(clippy::cast_precision_loss, reason = "a picture has a thousand pixels")]
fn panel(curve: &Curve, unit: Unit, (x, y, width): (usize, usize, usize), svg: &mut String) {
    let lines: Vec<_> = curve.lines.iter().filter(|line| line.unit == unit).collect();
    label(svg, x, y + 14, 14, 600, INK, unit.title());
    let legend = lines.len() * STEP;
    let (top, bottom) = (y + ABOVE + legend, y + HEIGHT - BELOW + STEP);
    let values = lines.iter().flat_map(|line| line.values.iter().flatten().copied());
    let values: Vec<_> = values.filter(|value| *value > 0.0).collect();
    let Some(most) = values.iter().copied().reduce(f64::max) else { return };
    let least = values.iter().copied().fold(most, f64::min);
    let logarithmic = unit.is_logarithmic();
    let down = Axis {
        logarithmic,
        least: if logarithmic { magnitude(least) } else { 0.0 },
        most: if logarithmic { 10.0 * magnitude(most * 0.999) } else { most * 1.05 },
        from: bottom as f64,
        until: top as f64,
    };
    let sizes = &curve.sizes;
    let along = Axis {
        logarithmic: curve.logarithmic,
        least: sizes.first().copied().unwrap_or(1.0),
        most: sizes.last().copied().unwrap_or(1.0),
        from: (x + LEFT) as f64,
        until: (x + width) as f64,
    };
    grid(curve, unit, (x, y), (&along, &down), svg);
    for (place, line) in lines.iter().enumerate() {
        let colour = COLOURS[place % COLOURS.len()];
        label(svg, x + 14, y + ABOVE + place * STEP, 12, 400, FAINT, line.title);
        let (dot, height) = (x + 5, y + ABOVE + place * STEP - 4);
        let _ = writeln!(svg, "<circle cx=\"{dot}\" cy=\"{height}\" r=\"4\" fill=\"{colour}\"/>");
        trace(line, sizes, (&along, &down), colour, svg);
    }
}

/// The power of ten below.
fn magnitude(value: f64) -> f64 {
    10f64.powf(value.log10().floor())
}

/// Where the scales are written, with a faint line for each value.
fn grid(
    curve: &Curve,
    unit: Unit,
    (x, y): (usize, usize),
    (along, down): (&Axis, &Axis),
    svg: &mut String,
) {
    let mut marks = Vec::new();
    if down.logarithmic {
        let mut mark = down.least;
        while mark <= down.most * 1.001 {
            marks.push(mark);
            mark *= 10.0;
        }
    } else {
        marks.extend([0.0, 0.25, 0.5, 0.75, 1.0].map(|part| part * down.most / 1.05));
    }
    let (from, until) = (along.from, along.until);
    for mark in marks {
        let at = down.at(mark);
        let text = unit.shown(mark);
        let _ = writeln!(
            svg,
            "<line x1=\"{from:.1}\" y1=\"{at:.1}\" x2=\"{until:.1}\" y2=\"{at:.1}\" \
             stroke=\"#e3e8ee\"/><text x=\"{x}\" y=\"{:.1}\" font-size=\"11\" fill=\"{FAINT}\">\
             {text}</text>",
            at + 4.0
        );
    }
    let mut free = f64::MIN;
    for size in &curve.sizes {
        let at = along.at(*size);
        let text = shown_size(*size);
        // One that would stand on the one before it is left out.
        if at < free {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few digits")]
        let room = 8.0 + 7.0 * text.len() as f64;
        free = at + room;
        let _ = writeln!(
            svg,
            "<text x=\"{at:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" \
             fill=\"{FAINT}\">{text}</text>",
            down.from + 16.0
        );
    }
    label(svg, x + LEFT, y + HEIGHT + 6, 12, 400, FAINT, curve.size);
}

/// One line, with a dot at each point; it is broken where there is no value.
fn trace(
    line: &Line,
    sizes: &[f64],
    (along, down): (&Axis, &Axis),
    colour: &str,
    svg: &mut String,
) {
    let mut path = String::new();
    let mut word = 'M';
    for (size, value) in sizes.iter().zip(&line.values) {
        // What has no magnitude cannot be drawn by it.
        let Some(value) = value.filter(|value| *value > 0.0 || !down.logarithmic) else {
            word = 'M';
            continue;
        };
        let (x, y) = (along.at(*size), down.at(value));
        let _ = write!(path, "{word}{x:.1} {y:.1} ");
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        word = 'L';
    }
    let _ = writeln!(
        svg,
        "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
        path.trim_end()
    );
}

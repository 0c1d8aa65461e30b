//! The figures as a picture: a panel for each work, a bar for each server, as SVG.
//!
//! Bars of one panel have one scale, from zero. What a bare program can is told beside the title,
//! since its bar would make the others short.

use std::fmt::Write as _;

use crate::contest::Quantity;
use crate::peer::Peer;
use crate::results::Results;
use crate::table::shown;

pub(crate) const WIDTH: usize = 1_040;
pub(crate) const MARGIN: usize = 32;
pub(crate) const GAP: usize = 32;
pub(crate) const HEADER: usize = 84;
/// Of a panel: what stands above its bars, each bar's place, and its height.
const TITLE: usize = 54;
const STEP: usize = 26;
const BAR: usize = 17;
/// Where the bars begin, and what is left free for the figures behind them.
const NAMES: usize = 172;
const FIGURES: usize = 78;
const PANEL_GAP: usize = 22;
pub(crate) const INK: &str = "#1f2933";
pub(crate) const FAINT: &str = "#6b7785";

/// One work, as it is drawn.
struct Panel {
    title: &'static str,
    note: String,
    bars: Vec<Bar>,
}

struct Bar {
    name: &'static str,
    value: f64,
    text: String,
    peer: Peer,
    first: bool,
}

/// Draws everything that was measured; `caption` says how.
pub(crate) fn draw(results: &Results, caption: &str) -> String {
    let panels = panels(results);
    let width = (WIDTH - 2 * MARGIN - GAP) / 2;
    let mut columns = [HEADER, HEADER];
    let mut body = String::new();
    for panel in &panels {
        let column = usize::from(columns[1] < columns[0]);
        let x = MARGIN + column * (width + GAP);
        panel.draw(x, columns[column], width, &mut body);
        columns[column] += panel.height() + PANEL_GAP;
    }
    let height = columns[0].max(columns[1]) + MARGIN / 2;
    frame("posada beside other servers", caption, height, &body)
}

/// A picture of that height, with what it is called and how that was measured.
pub(crate) fn frame(title: &str, caption: &str, height: usize, body: &str) -> String {
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" font-family=\"system-ui, -apple-system, 'Segoe UI', \
         'Helvetica Neue', Arial, sans-serif\">"
    );
    let _ = writeln!(svg, "<title>{title}</title>");
    let _ = writeln!(svg, "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>");
    label(&mut svg, MARGIN, 40, 22, 600, INK, title);
    label(&mut svg, MARGIN, 62, 13, 400, FAINT, caption);
    svg + body + "</svg>\n"
}

fn panels(results: &Results) -> Vec<Panel> {
    let mut panels = Vec::new();
    for (number, contest) in results.contests.iter().enumerate() {
        for quantity in contest.quantities {
            let mut bars = Vec::new();
            let mut notes = vec![better(*quantity).to_owned()];
            for (place, contestant) in contest.contestants.iter().enumerate() {
                let spread = results.spread(number, place, |figure| quantity.of(figure));
                let Some(value) = spread.map(|spread| spread.median) else { continue };
                let text = shown(*quantity, value);
                if contestant.peer == Peer::Bare {
                    notes.push(format!("a bare program: {text}"));
                } else {
                    let (name, peer) = (contestant.name, contestant.peer);
                    bars.push(Bar { name, value, text, peer, first: place == 0 });
                }
            }
            // With nobody beside it there is nothing to see.
            if bars.len() > 1 {
                panels.push(Panel { title: contest.title, note: notes.join(" · "), bars });
            }
        }
    }
    panels
}

fn better(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::PerSecond => "per second, more is better",
        Quantity::P50 => "p50, less is better",
        Quantity::P99 => "p99, less is better",
        Quantity::Bytes => "less is better",
    }
}

/// Writes a text that begins there.
pub(crate) fn label(
    svg: &mut String,
    x: usize,
    y: usize,
    size: usize,
    weight: usize,
    colour: &str,
    text: &str,
) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" \
         fill=\"{colour}\">{text}</text>"
    );
}

impl Panel {
    fn height(&self) -> usize {
        TITLE + self.bars.len() * STEP
    }

    fn draw(&self, x: usize, y: usize, width: usize, svg: &mut String) {
        let line = y + TITLE - 10;
        label(svg, x, y + 18, 14, 600, INK, self.title);
        label(svg, x, y + 36, 12, 400, FAINT, &self.note);
        let _ = writeln!(
            svg,
            "<line x1=\"{x}\" y1=\"{line}\" x2=\"{}\" y2=\"{line}\" stroke=\"#e3e8ee\"/>",
            x + width
        );
        let most = self.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        for (place, bar) in self.bars.iter().enumerate() {
            bar.draw(x, y + TITLE + place * STEP, width - NAMES - FIGURES, most, svg);
        }
    }
}

impl Bar {
    fn colour(&self) -> &'static str {
        match (self.peer, self.first) {
            (Peer::Posada, true) => "#0f766e",
            (Peer::Posada, false) => "#5fb3a8",
            _ => "#b6c2cf",
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a picture has a thousand pixels")]
    fn draw(&self, x: usize, y: usize, room: usize, most: f64, svg: &mut String) {
        let length = (room as f64 * self.value / most).max(1.5);
        let (middle, from) = (y + BAR - 4, x + NAMES);
        let (weight, ink) = if self.peer == Peer::Posada { (600, INK) } else { (400, "#3e4c59") };
        label(svg, x, middle, 13, weight, ink, self.name);
        let _ = writeln!(
            svg,
            "<rect x=\"{from}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\" \
             fill=\"{}\"/>",
            self.colour()
        );
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{middle}\" font-size=\"12\" font-weight=\"{weight}\" \
             fill=\"{ink}\">{}</text>",
            from as f64 + length + 7.0,
            self.text
        );
    }
}

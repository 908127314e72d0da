//! Charts in the terminal: lines of braille dots, a marker a curve.

use unicode_width::UnicodeWidthStr;

use super::{Bars, Chart, Curve, Look};
use crate::screen::Screen;

/// Rows of the plotting area.
const HEIGHT: usize = 18;

/// A rectangle of character cells of 2 by 4 dots each.
struct Canvas {
    width: usize,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    dots: u8,
    marker: Option<char>,
    color: Option<u8>,
}

/// The bit of a braille character for a dot, by column and row within its cell.
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

impl Canvas {
    fn new(width: usize) -> Self {
        Self { width, cells: vec![Cell::default(); width * HEIGHT] }
    }

    /// A dot, counted from the lower left.
    fn dot(&mut self, x: usize, y: usize, color: u8) {
        let y = 4 * HEIGHT - 1 - y;
        let cell = &mut self.cells[(y / 4) * self.width + x / 2];
        if cell.marker.is_none() {
            cell.dots |= BITS[x % 2][y % 4];
            cell.color = Some(color);
        }
    }

    /// A marker in the cell of a dot, unless another one is there.
    fn marker(&mut self, (x, y): (usize, usize), marker: char, color: u8) -> bool {
        let row = (4 * HEIGHT - 1 - y) / 4;
        let cell = &mut self.cells[row * self.width + x / 2];
        if cell.marker.is_some() {
            return false;
        }
        *cell = Cell { dots: 0, marker: Some(marker), color: Some(color) };
        true
    }

    /// A straight line between dots.
    fn line(&mut self, from: (usize, usize), to: (usize, usize), color: u8) {
        let (dx, dy) = (to.0.abs_diff(from.0), to.1.abs_diff(from.1));
        let steps = dx.max(dy).max(1);
        let between = |a: usize, b: usize, k: usize| {
            let t = k as f64 / steps as f64;
            (a as f64 + t * (b as f64 - a as f64)).round() as usize
        };
        for k in 0..=steps {
            self.dot(between(from.0, to.0, k), between(from.1, to.1, k), color);
        }
    }

    fn row(&self, row: usize, screen: &Screen) -> String {
        let mut text = String::new();
        for cell in &self.cells[row * self.width..(row + 1) * self.width] {
            let glyph = match cell.marker {
                Some(marker) => marker,
                None if cell.dots == 0 => ' ',
                None => char::from_u32(0x2800 + u32::from(cell.dots)).unwrap_or(' '),
            };
            match cell.color {
                Some(color) => text.push_str(&screen.colored(&glyph.to_string(), color)),
                None => text.push(glyph),
            }
        }
        text.trim_end().to_owned()
    }
}

/// The chart as lines of text.
pub fn draw(chart: &Chart, screen: &Screen) -> String {
    let ticks = chart.y.ticks(7);
    let margin = ticks.iter().map(|t| t.text.width()).max().unwrap_or(0);
    let width = screen.width.clamp(40, 110) - margin - 3;
    let mut canvas = Canvas::new(width);
    for (k, curve) in chart.curves.iter().enumerate() {
        let dots = dots(chart, curve, width);
        for pair in dots.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let color = curve.look.terminal_color;
            if curve.steps {
                canvas.line(from, (to.0, from.1), color);
                canvas.line((to.0, from.1), to, color);
            } else {
                canvas.line(from, to, color);
            }
        }
        if let [only] = dots.as_slice() {
            canvas.dot(only.0, only.1, curve.look.terminal_color);
        }
        // Markers at a distance that differs from curve to curve, so that they rarely meet.
        let (gap, mut last) = (26 + 2 * k, None);
        for &dot in &dots {
            let far = last.is_none_or(|(x, y): (usize, usize)| {
                dot.0.abs_diff(x) / 2 + dot.1.abs_diff(y) / 4 >= gap / 2
            });
            if far && canvas.marker(dot, curve.look.marker, curve.look.terminal_color) {
                last = Some(dot);
            }
        }
        if let Some(&end) = dots.last() {
            canvas.marker(end, curve.look.marker, curve.look.terminal_color);
        }
    }

    let mut text = String::new();
    let mut labels = vec![String::new(); HEIGHT];
    for tick in ticks {
        labels[HEIGHT - 1 - cell(tick.place, HEIGHT)] = tick.text;
    }
    text.push_str(&format!("{} {}\n", " ".repeat(margin), screen.bold(&chart.y.label)));
    for (row, label) in labels.iter().enumerate() {
        let pad = " ".repeat(margin - label.width());
        let axis = screen.dim(if label.is_empty() { "│" } else { "┤" });
        text.push_str(&format!("{pad}{} {axis}{}\n", screen.dim(label), canvas.row(row, screen)));
    }
    text.push_str(&horizontal(chart, margin, width, screen));
    text.push_str(&legend(&chart.curves, screen));
    text
}

/// The dots of a curve, each once.
fn dots(chart: &Chart, curve: &Curve, width: usize) -> Vec<(usize, usize)> {
    let mut dots: Vec<_> = curve
        .points
        .iter()
        .map(|&(x, y)| (cell(chart.x.place(x), 2 * width), cell(chart.y.place(y), 4 * HEIGHT)))
        .collect();
    dots.dedup();
    dots
}

/// Which of `count` cells a place between 0 and 1 falls into.
fn cell(place: f64, count: usize) -> usize {
    ((place.clamp(0.0, 1.0) * (count - 1) as f64).round()) as usize
}

fn horizontal(chart: &Chart, margin: usize, width: usize, screen: &Screen) -> String {
    let mut axis = vec!['─'; width];
    let mut labels = String::new();
    for tick in chart.x.ticks(width / 10) {
        let place = cell(tick.place, width);
        axis[place] = '┬';
        let (length, used) = (tick.text.width(), labels.width());
        let start = place.saturating_sub(length / 2).min(width.saturating_sub(length));
        if used == 0 || start > used {
            labels.push_str(&" ".repeat(start - used));
            labels.push_str(&tick.text);
        }
    }
    let axis: String = axis.into_iter().collect();
    let pad = " ".repeat(margin + 2);
    let centre = " ".repeat((width.saturating_sub(chart.x.label.width())) / 2);
    format!(
        "{}{}\n{pad}{}\n{pad}{centre}{}\n",
        " ".repeat(margin + 1),
        screen.dim(&format!("└{axis}")),
        screen.dim(&labels),
        screen.bold(&chart.x.label),
    )
}

/// Marker and name of each curve, as many on a line as fit.
fn legend(curves: &[Curve], screen: &Screen) -> String {
    let widest = curves.iter().map(|c| c.name.width()).max().unwrap_or(0) + 5;
    let columns = (screen.width.min(110) / widest).max(1);
    let mut text = String::new();
    for row in curves.chunks(columns) {
        text.push_str("  ");
        for (k, curve) in row.iter().enumerate() {
            let marker = screen.colored(&curve.look.marker.to_string(), curve.look.terminal_color);
            text.push_str(&format!("{marker} {}", curve.name));
            if k + 1 < row.len() {
                text.push_str(&" ".repeat(widest - 2 - curve.name.width()));
            }
        }
        text.push('\n');
    }
    text
}

/// Bars as lines of text, each side in its own colour.
pub fn draw_bars(bars: &Bars, screen: &Screen) -> String {
    let numbers = bars.rows.iter().flat_map(|row| &row.numbers);
    let number = numbers.map(|text| text.width()).max().unwrap_or(0);
    let widths = bars.rows.iter().map(|row| row.label.width());
    let margin = widths.chain([bars.ranges.width()]).max().unwrap_or(0);
    let width = screen.width.clamp(60, 110).saturating_sub(margin + 4) / 2;
    let room = width.saturating_sub(number + 2).max(4);
    let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
    let heads = &bars.sides;
    let mut text = format!(
        "{}{}  {}{}  {}\n",
        pad(&bars.ranges, margin),
        screen.bold(&bars.ranges),
        screen.bold(&heads[0]),
        pad(&heads[0], width),
        screen.bold(&heads[1])
    );
    let longest = bars.longest();
    for row in &bars.rows {
        let mut line = format!("{}{} ", pad(&row.label, margin), screen.dim(&row.label));
        for (side, &share) in row.shares.iter().enumerate() {
            let bar = bar(share / longest[side].max(f64::MIN_POSITIVE), room);
            let number = &row.numbers[side];
            let gap = pad(&format!("{bar} {number}"), width);
            let bar = screen.colored(&bar, Look::of(side).terminal_color);
            line += &format!(" {bar} {}{gap} ", screen.dim(number));
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A bar of a length from 0 to 1, to an eighth of a character; what is not zero is seen.
fn bar(length: f64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let least = if length > 0.0 { 1 } else { 0 };
    let eighths = ((length * (8 * room) as f64).round() as usize).clamp(least, 8 * room);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

//! Several pictures on a page, two in a row.

use super::super::{NamedIntervals, Panel, Scatter};
use super::{Area, INK, LABEL, MARGIN, PAPER, Page, SMALL, SOFT, Type, path_data, thinned};
use crate::plot::{Axis, Look, Scale};

const WIDTH: f64 = 1180.0;
const HEIGHT: f64 = 400.0;
const ROW: f64 = HEIGHT + 128.0;
/// Room for names of coefficients, in pixels a character.
const CHARACTER: f64 = 6.6;
const LONGEST_NAME: usize = 26;

/// The panels under a title, the first at the upper left.
pub fn panels(title: &str, subtitle: &str, panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(2).max(1) as f64;
    let mut page = Page::new(WIDTH, 88.0 + rows * ROW, title);
    page.heading(title, subtitle);
    let half = WIDTH / 2.0;
    for (k, panel) in panels.iter().enumerate() {
        let left = half * (k % 2) as f64;
        let top = 124.0 + ROW * (k / 2) as f64;
        match panel {
            Panel::Scatter(scatter) => {
                let x = left + MARGIN + 62.0;
                let area = Area { x, y: top, width: half - 2.0 * MARGIN - 66.0, height: HEIGHT };
                page.scatter(area, scatter);
            }
            Panel::Intervals(intervals) => {
                let longest = intervals.names.iter().map(|name| name.chars().count()).max();
                let room = CHARACTER * longest.unwrap_or(0).min(LONGEST_NAME) as f64 + 14.0;
                let x = left + MARGIN + room;
                let width = half - 2.0 * MARGIN - room;
                page.intervals(Area { x, y: top, width, height: HEIGHT }, intervals);
            }
        }
    }
    page.finish()
}

impl Page {
    fn panel_title(&mut self, area: Area, title: &str) {
        let style = Type { size: 14.0, anchor: "start", weight: 600, fill: INK };
        self.text((area.x, area.y - 14.0), style, title);
    }

    fn scatter(&mut self, area: Area, scatter: &Scatter) {
        self.panel_title(area, &scatter.title);
        self.axes(area, &scatter.x, &scatter.y, true);
        self.clip(area);
        let place = |point| area.point(&scatter.x, &scatter.y, point);
        for &(x, low, high) in &scatter.bars {
            let (from, to) = (place((x, low)), place((x, high)));
            self.line(from, to, SOFT);
        }
        let look = Look::of(0);
        for &point in &scatter.dots {
            let (x, y) = place(point);
            let size = if scatter.dots.len() > 200 { 2.0 } else { 4.0 };
            self.element(format_args!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{size}\" fill=\"{}\" fill-opacity=\"0.7\"/>",
                look.hex()
            ));
        }
        for (points, look) in &scatter.lines {
            self.path(&thinned(points.iter().map(|&p| place(p)).collect()), look, 1.8);
        }
        self.unclip();
    }

    fn intervals(&mut self, area: Area, intervals: &NamedIntervals) {
        self.panel_title(area, &intervals.title);
        let x = Axis::new("coefficient", Scale::Linear, intervals.scale.range);
        let (bottom, count) = (area.y + area.height, intervals.rows.len().max(1) as f64);
        for tick in x.ticks((area.width / 70.0) as usize) {
            let at = area.x + area.width * tick.place;
            self.line((at, bottom), (at, area.y), super::GRID);
            self.text((at, bottom + 18.0), SMALL, &tick.text);
        }
        self.text((area.x + area.width / 2.0, bottom + 42.0), LABEL, &x.label);
        let zero = area.x + area.width * x.place(0.0);
        self.line((zero, bottom), (zero, area.y), SOFT);
        let look = Look::of(0);
        for (k, (name, (estimate, interval))) in
            intervals.names.iter().zip(&intervals.rows).enumerate()
        {
            let y = area.y + area.height * (k as f64 + 0.5) / count;
            let mut short: String = name.chars().take(LONGEST_NAME).collect();
            if short.len() < name.len() {
                short.push('…');
            }
            let style = Type { anchor: "end", ..SMALL };
            self.text((area.x - 8.0, y + 4.0), style, &short);
            let place = |value: f64| area.x + area.width * x.place(value).clamp(0.0, 1.0);
            if let Some((low, high)) = interval {
                let data = path_data(&[(place(*low), y), (place(*high), y)]);
                self.element(format_args!(
                    "<path d=\"{data}\" stroke=\"{}\" stroke-width=\"2.4\" stroke-linecap=\"round\"/>",
                    look.hex()
                ));
            }
            self.element(format_args!(
                "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.4\" fill=\"{}\" stroke=\"{PAPER}\"/>",
                place(*estimate),
                look.hex()
            ));
        }
    }
}

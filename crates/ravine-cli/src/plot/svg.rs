//! Charts and maps as SVG.

mod panels;

pub use panels::panels;

use std::fmt::Write;

use super::map::Map;
use super::{Axis, Bars, Chart, Curve, FitPicture, Look};

const INK: &str = "#22272e";
const SOFT: &str = "#66707c";
const GRID: &str = "#e7eaee";
const PAPER: &str = "#ffffff";
const MARGIN: f64 = 28.0;
const LEGEND_ROW: f64 = 24.0;

/// A rectangle on the page.
#[derive(Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    /// The point at these places of the axes.
    fn point(&self, chart_x: &Axis, chart_y: &Axis, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x + self.width * chart_x.place(x), self.y + self.height * (1.0 - chart_y.place(y)))
    }
}

/// How text is set.
#[derive(Clone, Copy)]
struct Type {
    size: f64,
    anchor: &'static str,
    weight: u32,
    fill: &'static str,
}

const SMALL: Type = Type { size: 12.0, anchor: "middle", weight: 400, fill: SOFT };
const LABEL: Type = Type { size: 13.0, anchor: "middle", weight: 500, fill: INK };

/// A page as it is written.
struct Page {
    body: String,
    clips: usize,
}

impl Page {
    fn new(width: f64, height: f64, title: &str) -> Self {
        let mut body = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            body,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"Inter, 'Helvetica Neue', \
             Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n<title>{}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{PAPER}\"/>\n",
            escape(title)
        );
        Self { body, clips: 0 }
    }

    fn finish(mut self) -> String {
        self.body.push_str("</svg>\n");
        self.body
    }

    fn element(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(text);
        self.body.push('\n');
    }

    fn text(&mut self, (x, y): (f64, f64), style: Type, text: &str) {
        let Type { size, anchor, weight, fill } = style;
        self.element(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" \
             text-anchor=\"{anchor}\" fill=\"{fill}\">{}</text>",
            escape(text)
        ));
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &str) {
        self.element(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" \
             stroke=\"{stroke}\" stroke-width=\"1\"/>"
        ));
    }

    fn path(&mut self, points: &[(f64, f64)], look: &Look, width: f64) {
        let dashes = match look.dashes {
            "" => String::new(),
            dashes => format!(" stroke-dasharray=\"{dashes}\""),
        };
        self.element(format_args!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" \
             stroke-linejoin=\"round\" stroke-linecap=\"round\"{dashes}/>",
            path_data(points),
            look.hex()
        ));
    }

    /// The shape of the terminal's marker, filled or hollow.
    fn marker(&mut self, (x, y): (f64, f64), look: &Look, size: f64) {
        let hollow = "○△□◇☆▽".contains(look.marker);
        let (fill, stroke) =
            if hollow { (PAPER.to_owned(), look.hex()) } else { (look.hex(), PAPER.to_owned()) };
        let paint = format!("fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.4\"");
        let s = size;
        let polygon = |corners: &[(f64, f64)]| {
            let moved: Vec<_> = corners.iter().map(|(a, b)| (x + s * a, y + s * b)).collect();
            format!("<path d=\"{}Z\" {paint} stroke-linejoin=\"round\"/>", path_data(&moved))
        };
        let shape = match look.marker {
            '▲' | '△' | '★' | '☆' => polygon(&[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)]),
            '▼' | '▽' => polygon(&[(0.0, 1.15), (1.1, -0.85), (-1.1, -0.85)]),
            '■' | '□' | '▣' => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            '◆' | '◇' | '✚' | '✖' => {
                polygon(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)])
            }
            _ => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{s:.1}\" {paint}/>"),
        };
        self.element(format_args!("{shape}"));
    }

    /// Everything until [`unclip`](Self::unclip) is cut off at the edge of `area`.
    fn clip(&mut self, area: Area) {
        self.clips += 1;
        let Area { x, y, width, height } = area;
        let id = self.clips;
        self.element(format_args!(
            "<clipPath id=\"clip{id}\"><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"/></clipPath>\n<g clip-path=\"url(#clip{id})\">"
        ));
    }

    fn unclip(&mut self) {
        self.element(format_args!("</g>"));
    }

    fn heading(&mut self, title: &str, subtitle: &str) {
        let style = Type { size: 19.0, anchor: "start", weight: 650, fill: INK };
        self.text((MARGIN, 38.0), style, title);
        let style = Type { size: 13.0, anchor: "start", weight: 400, fill: SOFT };
        self.text((MARGIN, 60.0), style, subtitle);
    }

    /// Grid, ticks and labels.
    fn axes(&mut self, area: Area, x: &Axis, y: &Axis, grid: bool) {
        let (bottom, right) = (area.y + area.height, area.x + area.width);
        for tick in x.ticks((area.width / 70.0) as usize) {
            let at = area.x + area.width * tick.place;
            let end = if grid { area.y } else { bottom + 4.0 };
            self.line((at, bottom), (at, end), if grid { GRID } else { SOFT });
            self.text((at, bottom + 18.0), SMALL, &tick.text);
        }
        for tick in y.ticks((area.height / 48.0) as usize) {
            let at = bottom - area.height * tick.place;
            let end = if grid { right } else { area.x - 4.0 };
            self.line((area.x, at), (end, at), if grid { GRID } else { SOFT });
            let style = Type { anchor: "end", ..SMALL };
            self.text((area.x - 9.0, at + 4.0), style, &tick.text);
        }
        self.text((area.x + area.width / 2.0, bottom + 42.0), LABEL, &x.label);
        let (cx, cy) = (area.x - 50.0, area.y + area.height / 2.0);
        self.element(format_args!("<g transform=\"rotate(-90 {cx:.1} {cy:.1})\">"));
        self.text((cx, cy), LABEL, &y.label);
        self.unclip();
    }

    fn chart(&mut self, area: Area, chart: &Chart) {
        self.axes(area, &chart.x, &chart.y, true);
        self.line(
            (area.x, area.y + area.height),
            (area.x + area.width, area.y + area.height),
            SOFT,
        );
        // Room at the edge for half of a line and for markers.
        let around = Area {
            x: area.x - 6.0,
            y: area.y - 6.0,
            width: area.width + 12.0,
            height: area.height + 12.0,
        };
        self.clip(around);
        let placed: Vec<Vec<_>> = chart.curves.iter().map(|c| places(area, chart, c)).collect();
        for (curve, points) in chart.curves.iter().zip(&placed) {
            self.path(points, &curve.look, 2.2);
        }
        for (k, (curve, points)) in chart.curves.iter().zip(&placed).enumerate() {
            self.markers(points, &curve.look, 70.0 + 23.0 * (k % 5) as f64);
        }
        self.unclip();
    }

    /// Markers at the end and `first` pixels from the start, then at distances that keep them few.
    fn markers(&mut self, points: &[(f64, f64)], look: &Look, first: f64) {
        let step = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
        let distance = (points.windows(2).map(step).sum::<f64>() / 7.0).max(170.0);
        let (mut walked, mut next) = (0.0, first);
        for pair in points.windows(2) {
            walked += step(pair);
            if walked >= next {
                self.marker(pair[1], look, 4.2);
                next = walked + distance;
            }
        }
        if let Some(&end) = points.last() {
            self.marker(end, look, 5.2);
        }
    }

    fn map(&mut self, area: Area, map: &Map) {
        self.clip(area);
        for (k, band) in map.bands.iter().enumerate() {
            let data: String = band
                .iter()
                .map(|line| {
                    let line: Vec<_> =
                        line.iter().map(|&p| area.point(&map.x, &map.y, p)).collect();
                    path_data(&thinned(line))
                })
                .collect();
            let t = k as f64 / (map.bands.len().max(2) - 1) as f64;
            let between = |a: f64, b: f64| (a + t * (b - a)).round() as u8;
            let (r, g, b) = (between(92.0, 208.0), between(125.0, 217.0), between(158.0, 226.0));
            self.element(format_args!(
                "<path d=\"{data}\" fill=\"none\" stroke=\"#{r:02x}{g:02x}{b:02x}\" \
                 stroke-width=\"0.8\"/>"
            ));
        }
        let paths: Vec<Vec<_>> = map
            .paths
            .iter()
            .map(|curve| {
                thinned(curve.points.iter().map(|&p| area.point(&map.x, &map.y, p)).collect())
            })
            .collect();
        for (curve, points) in map.paths.iter().zip(&paths).rev() {
            // A rim that lifts the path off the contours.
            self.element(format_args!(
                "<path d=\"{}\" fill=\"none\" stroke=\"{PAPER}\" stroke-width=\"4.5\" \
                 stroke-opacity=\"0.7\" stroke-linejoin=\"round\"/>",
                path_data(points)
            ));
            self.path(points, &curve.look, 2.2);
        }
        for (k, (curve, points)) in map.paths.iter().zip(&paths).enumerate().rev() {
            self.markers(points, &curve.look, 50.0 + 37.0 * (k % 5) as f64);
        }
        for &minimum in &map.minima {
            let (x, y) = area.point(&map.x, &map.y, minimum);
            self.element(format_args!(
                "<path d=\"M{:.1} {y:.1}H{:.1}M{x:.1} {:.1}V{:.1}\" stroke=\"{INK}\" \
                 stroke-width=\"1.6\"/>",
                x - 8.0,
                x + 8.0,
                y - 8.0,
                y + 8.0
            ));
        }
        let (x, y) = area.point(&map.x, &map.y, map.start);
        self.element(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6.5\" fill=\"{PAPER}\" stroke=\"{INK}\" \
             stroke-width=\"2\"/>"
        ));
        self.unclip();
        let Area { x, y, width, height } = area;
        self.element(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"none\" stroke=\"#b9c1ca\"/>"
        ));
        self.axes(area, &map.x, &map.y, false);
    }

    /// The legend in rows of `columns`, from (`x`, `y`).
    fn legend(&mut self, curves: &[Curve], columns: usize, step: f64, (x, y): (f64, f64)) {
        for (k, curve) in curves.iter().enumerate() {
            let x = x + step * (k % columns) as f64;
            let y = y + LEGEND_ROW * (k / columns) as f64;
            self.path(&[(x, y), (x + 34.0, y)], &curve.look, 2.2);
            self.marker((x + 17.0, y), &curve.look, 4.6);
            let style = Type { size: 13.0, anchor: "start", weight: 400, fill: INK };
            self.text((x + 43.0, y + 4.5), style, &curve.name);
        }
    }
}

/// A chart on a page of its own, with its legend below.
pub fn chart(chart: &Chart) -> String {
    let (width, plot) = (880.0, 400.0);
    let area = Area { x: MARGIN + 62.0, y: 88.0, width: width - 2.0 * MARGIN - 62.0, height: plot };
    page(width, area, &chart.title, &chart.subtitle, chart, |page| page.chart(area, chart))
}

/// A map and a chart side by side, with the chart's legend below.
pub fn map_and_chart(map: &Map, chart: &Chart) -> String {
    let (width, plot) = (1180.0, 450.0);
    let left = Area { x: MARGIN + 62.0, y: 88.0, width: 480.0, height: plot };
    let x = left.x + left.width + 96.0;
    let right = Area { x, width: width - MARGIN - x, ..left };
    page(width, left, &chart.title, &chart.subtitle, chart, |page| {
        page.map(left, map);
        page.chart(right, chart);
    })
}

/// Data, a curve and a band around it.
pub fn fit(fit: &FitPicture) -> String {
    let (width, plot) = (880.0, 440.0);
    let area = Area { x: MARGIN + 62.0, y: 88.0, width: width - 2.0 * MARGIN - 62.0, height: plot };
    let mut page = Page::new(width, area.y + plot + 62.0, &fit.title);
    page.heading(&fit.title, &fit.subtitle);
    page.axes(area, &fit.x, &fit.y, true);
    page.clip(area);
    let places = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        thinned(points.iter().map(|&p| area.point(&fit.x, &fit.y, p)).collect())
    };
    let (line, dots) = (Look::of(0), Look::of(1));
    if let Some([lower, upper]) = &fit.band {
        let mut rim = places(lower);
        rim.extend(places(upper).into_iter().rev());
        page.element(format_args!(
            "<path d=\"{}Z\" fill=\"{}\" fill-opacity=\"0.16\"/>",
            path_data(&rim),
            line.hex()
        ));
    }
    for &point in &fit.data {
        let (x, y) = area.point(&fit.x, &fit.y, point);
        page.element(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.4\" fill=\"{}\" fill-opacity=\"0.85\"/>",
            dots.hex()
        ));
    }
    page.path(&places(&fit.curve), &line, 2.2);
    page.unclip();
    page.finish()
}

/// Bars to two sides, the ranges between them.
pub fn bars(bars: &Bars) -> String {
    const ROW: f64 = 22.0;
    const MIDDLE: f64 = 190.0;
    let (width, top) = (880.0, 128.0);
    let mut page = Page::new(width, top + ROW * bars.rows.len() as f64 + 28.0, &bars.title);
    page.heading(&bars.title, &bars.subtitle);
    let centre = width / 2.0;
    // Room for the longest bar and its number.
    let room = centre - MIDDLE / 2.0 - MARGIN - 84.0;
    let edges = [centre - MIDDLE / 2.0, centre + MIDDLE / 2.0];
    let anchors = ["end", "start"];
    page.text((centre, top - 18.0), LABEL, &bars.ranges);
    for side in 0..2 {
        let style = Type { anchor: anchors[side], ..LABEL };
        page.text((edges[side], top - 18.0), style, &bars.sides[side]);
        page.line(
            (edges[side], top - 4.0),
            (edges[side], top + ROW * bars.rows.len() as f64),
            GRID,
        );
    }
    let longest = bars.longest();
    for (k, row) in bars.rows.iter().enumerate() {
        let y = top + ROW * k as f64;
        page.text((centre, y + 14.0), SMALL, &row.label);
        for side in 0..2 {
            let share = row.shares[side];
            if share == 0.0 {
                continue;
            }
            let length = (room * share / longest[side]).max(1.0);
            let sign = [-1.0, 1.0][side];
            let x = edges[side].min(edges[side] + sign * length);
            let color = Look::of(side).hex();
            page.element(format_args!(
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"15\" rx=\"2\" \
                 fill=\"{color}\"/>",
                y + 2.0
            ));
            let style = Type { anchor: anchors[side], ..SMALL };
            page.text((edges[side] + sign * (length + 7.0), y + 14.0), style, &row.numbers[side]);
        }
    }
    page.finish()
}

fn page(
    width: f64,
    area: Area,
    title: &str,
    subtitle: &str,
    chart: &Chart,
    draw: impl FnOnce(&mut Page),
) -> String {
    // About seven pixels a character, with room for the line sample.
    let longest = chart.curves.iter().map(|c| c.name.chars().count()).max().unwrap_or(0);
    let step = 68.0 + 7.2 * longest as f64;
    let fitting = (((width - area.x - MARGIN + 20.0) / step) as usize).max(1);
    let rows = chart.curves.len().div_ceil(fitting).max(1);
    let columns = chart.curves.len().div_ceil(rows).max(1);
    let legend = area.y + area.height + 78.0;
    let height = legend + rows as f64 * LEGEND_ROW + 4.0;
    let mut page = Page::new(width, height, title);
    page.heading(title, subtitle);
    draw(&mut page);
    page.legend(&chart.curves, columns, step, (area.x, legend));
    page.finish()
}

/// The points of a curve on the page.
fn places(area: Area, chart: &Chart, curve: &Curve) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for &point in &curve.points {
        let (x, y) = area.point(&chart.x, &chart.y, point);
        if let Some(&(_, before)) = points.last().filter(|_| curve.steps) {
            points.push((x, before));
        }
        points.push((x, y));
    }
    thinned(points)
}

/// Without the points that are less than half a pixel from the one before; first and last stay.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let last = points.len().saturating_sub(1);
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (k, (x, y)) in points.into_iter().enumerate() {
        // A path that leaves the page by far is cut off there anyway.
        let (x, y) = (x.clamp(-1e5, 1e5), y.clamp(-1e5, 1e5));
        if k == last || kept.last().is_none_or(|&(a, b)| (a - x).hypot(b - y) >= 0.5) {
            kept.push((x, y));
        }
    }
    kept
}

fn path_data(points: &[(f64, f64)]) -> String {
    let mut data = String::new();
    for (k, (x, y)) in points.iter().enumerate() {
        let _ = write!(data, "{}{x:.1} {y:.1}", if k == 0 { 'M' } else { 'L' });
    }
    data
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

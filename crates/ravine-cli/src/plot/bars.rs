//! Two rows of bars side by side over the same ranges.

pub use ravine_text::percent;

/// Bars to two sides.
#[derive(Clone, Debug)]
pub struct Bars {
    pub title: String,
    pub subtitle: String,
    /// What the ranges are of.
    pub ranges: String,
    /// What the bars of each side show.
    pub sides: [String; 2],
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// A range with its bars.
#[derive(Clone, Debug)]
pub struct Row {
    pub label: String,
    /// Shares, from 0 to 1.
    pub shares: [f64; 2],
    /// What stands beside the bars.
    pub numbers: [String; 2],
}

impl Bars {
    /// The largest share of each side, which its longest bar shows.
    pub fn longest(&self) -> [f64; 2] {
        let most = |side: usize| self.rows.iter().fold(0.0f64, |m, row| m.max(row.shares[side]));
        [most(0), most(1)]
    }
}

/// [`percent`] with its standard error, where there is one.
pub fn percent_within(share: f64, error: f64) -> String {
    let text = percent(share);
    match text.strip_suffix(" %") {
        Some(number) if error > 0.0 => format!("{number} ± {}", percent(error)),
        _ => text,
    }
}

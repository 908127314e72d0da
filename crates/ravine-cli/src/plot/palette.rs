//! Colours, dashes and markers that stay apart for colour-blind eyes and on paper.

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Red, green, blue.
    pub color: (u8, u8, u8),
    /// The nearest of the 256 colours that terminals share.
    pub terminal_color: u8,
    /// SVG's `stroke-dasharray`, empty for a full line.
    pub dashes: &'static str,
    /// One character, also apart without colour.
    pub marker: char,
}

/// The colours of Okabe and Ito (2008), Color Universal Design, without their yellow, which is too
/// light for lines on white, and with grey.
const COLORS: [((u8, u8, u8), u8); 8] = [
    ((0, 114, 178), 32),
    ((213, 94, 0), 166),
    ((0, 158, 115), 36),
    ((204, 121, 167), 175),
    ((86, 180, 233), 74),
    ((230, 159, 0), 178),
    ((90, 90, 90), 245),
    ((120, 70, 20), 94),
];

const DASHES: [&str; 4] = ["", "7 4", "2 3", "9 3 2 3"];

const MARKERS: [char; 16] =
    ['●', '▲', '■', '◆', '○', '△', '□', '◇', '★', '▼', '✚', '☆', '▽', '✖', '◉', '▣'];

impl Look {
    /// The k-th look. The first 32 differ.
    pub fn of(k: usize) -> Self {
        let (color, terminal_color) = COLORS[k % COLORS.len()];
        let dashes = DASHES[(k / COLORS.len()) % DASHES.len()];
        Self { color, terminal_color, dashes, marker: MARKERS[k % MARKERS.len()] }
    }

    /// `#rrggbb`.
    pub fn hex(&self) -> String {
        let (r, g, b) = self.color;
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

//! Formulas that are wrong in no planned way: an error or a frame, and never a panic.

use ravine_data::{Formula, FrameSettings, LevelColumns, PredictionSettings, Terms};

use crate::shared::{reference, table};

/// A generator of numbers: splitmix64.
struct Noise(u64);

impl Noise {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

const PIECES: &[&str] = &[
    "x",
    "z",
    "g",
    "h",
    "k",
    "n",
    "y",
    "~",
    "+",
    "-",
    "*",
    "/",
    ":",
    "^2",
    "**",
    "%in%",
    "(",
    ")",
    "{",
    "}",
    "0",
    "1",
    "2.5",
    "1e300",
    ".",
    ",",
    "=",
    "[",
    "]",
    "'a'",
    "`",
    "\"",
    "\\",
    "log(",
    "I(",
    "bs(",
    "poly(",
    "C(",
    "center(",
    "scale(",
    "offset(",
    "cbind(",
    "contr.sum",
    "contr.treatment('b')",
    "df=4",
    "degree=2",
    "knots=[2]",
    "levels=['a','b','c']",
    "raw=True",
    "extrapolation='clip'",
    " ",
    "é",
    "\u{0}",
    "\n",
    "&",
    "|",
    "==",
    "spans_intercept=False",
    "include_intercept=True",
];

#[test]
fn mutated_formulas_give_frames_or_errors() {
    let (reference, table) = (reference(), table());
    let seeds: Vec<&str> = reference["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["formula"].as_str().unwrap())
        .collect();
    let mut noise = Noise(1);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..20_000 {
        let mut text: Vec<char> = seeds[noise.below(seeds.len())].chars().collect();
        for _ in 0..1 + noise.below(2) {
            let at = noise.below(text.len() + 1);
            match noise.below(4) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => {
                    let piece = PIECES[noise.below(PIECES.len())];
                    text.splice(at..at, piece.chars());
                }
                2 => {
                    let end = at + noise.below(text.len() + 1 - at);
                    let other: Vec<char> = seeds[noise.below(seeds.len())].chars().collect();
                    text.splice(at..end, other);
                }
                _ => {
                    let piece = PIECES[noise.below(PIECES.len())];
                    let end = (at + 1).min(text.len());
                    text.splice(at..end, piece.chars());
                }
            }
        }
        let text: String = text.into_iter().collect();
        let levels = [LevelColumns::FullRank, LevelColumns::All][noise.below(2)];
        let settings = FrameSettings { levels, ..FrameSettings::default() };
        match Formula::parse(&text).and_then(|formula| formula.fit(&table, &settings)) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                bad += 1;
            }
            Ok((terms, frame)) => {
                // What was accepted is stored, read and used to the same numbers.
                let stored = serde_json::to_string(&terms).unwrap();
                let read: Terms =
                    serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(read, terms, "{text}");
                let again = read.frame(&table, &PredictionSettings::default());
                let again = again.unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(again.design, frame.design, "{text}");
                let columns: usize = terms.columns().iter().map(|term| term.names.len()).sum();
                assert_eq!(columns, frame.design.columns(), "{text}");
                good += 1;
            }
        }
    }
    assert!(good > 1000 && bad > 2000, "{good} {bad}");
}

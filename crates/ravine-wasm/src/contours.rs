//! Level sets as flat arrays.

use ravine_race::contour::Field;
use wasm_bindgen::prelude::wasm_bindgen;

/// The level sets of a function at several levels.
///
/// Line k goes through the points `points[2 i], points[2 i + 1]` with i from `starts[k]` to before
/// `starts[k + 1]`; it belongs to the level `levels[line_level[k]]`. A closed line ends at its first
/// point.
#[wasm_bindgen]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contours {
    levels: Vec<f64>,
    points: Vec<f64>,
    starts: Vec<u32>,
    line_level: Vec<u32>,
}

impl Contours {
    pub(crate) fn of(field: &Field, levels: Vec<f64>) -> Self {
        let mut all = Self { starts: vec![0], ..Self::default() };
        for (k, contour) in field.contours(&levels).into_iter().enumerate() {
            let before = (all.points.len() / 2) as u32;
            all.starts.extend(contour.starts[1..].iter().map(|&start| before + start as u32));
            all.line_level.extend(contour.lines().map(|_| k as u32));
            all.points.extend(contour.points);
        }
        Self { levels, ..all }
    }
}

#[wasm_bindgen]
impl Contours {
    /// The levels.
    #[wasm_bindgen(getter)]
    pub fn levels(&self) -> Vec<f64> {
        self.levels.clone()
    }

    /// The coordinates of all points, x and y in turn.
    #[wasm_bindgen(getter)]
    pub fn points(&self) -> Vec<f64> {
        self.points.clone()
    }

    /// The number of points before each line, and of all.
    #[wasm_bindgen(getter)]
    pub fn starts(&self) -> Vec<u32> {
        self.starts.clone()
    }

    /// The index of the level of each line.
    #[wasm_bindgen(getter)]
    pub fn line_level(&self) -> Vec<u32> {
        self.line_level.clone()
    }
}

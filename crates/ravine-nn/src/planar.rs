//! Points in the plane that a small network learns to tell apart.

use std::f64::consts::PI;

use ravine_linalg::ArgumentError;
use ravine_linalg::random::Random;

/// A data set of points in the plane, each in one of a few classes, in equal numbers up to one.
///
/// | name | classes |
/// |---|---|
/// | `moons` | two half circles that reach into each other |
/// | `spirals` | two spirals of one and a half turns, one within the other |
/// | `rings` | two circles around the same centre |
/// | `xor` | four squares, those that lie crosswise together |
/// | `blobs` | three discs |
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Planar {
    /// See the [table](Planar).
    Moons,
    /// See the [table](Planar).
    Spirals,
    /// See the [table](Planar).
    Rings,
    /// See the [table](Planar).
    Xor,
    /// See the [table](Planar).
    Blobs,
}

/// Points and what they are.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanarPoints {
    /// x and y in turn.
    pub inputs: Vec<f64>,
    /// The class of each point, from 0.
    pub classes: Vec<f64>,
}

/// No more points than this.
const MOST: usize = 100_000;

impl Planar {
    /// All, with their names.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("moons", Self::Moons),
        ("spirals", Self::Spirals),
        ("rings", Self::Rings),
        ("xor", Self::Xor),
        ("blobs", Self::Blobs),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, set)| *set == self).map_or("", |(name, _)| name)
    }

    /// How many classes there are.
    pub fn classes(self) -> usize {
        if self == Self::Blobs { 3 } else { 2 }
    }

    /// So many points, within about 2 of the origin, each moved by normal numbers of the deviation `noise` after its
    /// class was given: the same ones for the same seed.
    ///
    /// ```
    /// use ravine_nn::Planar;
    ///
    /// let moons = "moons".parse::<Planar>()?.points(100, 0.1, 1)?;
    /// assert_eq!((moons.inputs.len(), moons.classes.len()), (200, 100));
    /// assert!(Planar::Rings.points(100, -1.0, 1).unwrap_err().to_string().contains("noise"));
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fewer points than classes, or very many; noise that is negative or not finite.
    pub fn points(
        self,
        count: usize,
        noise: f64,
        seed: u64,
    ) -> Result<PlanarPoints, ArgumentError> {
        let classes = self.classes();
        let valid = (classes..=MOST).contains(&count);
        let allowed = format!("from {classes}, one a class, to {MOST}");
        ArgumentError::check(valid, "points", count, &allowed)?;
        let valid = (0.0..=10.0).contains(&noise);
        ArgumentError::check(valid, "noise", noise, "a deviation from 0 to 10")?;
        let mut random = Random::new(seed);
        let (mut inputs, mut labels) = (Vec::with_capacity(2 * count), Vec::with_capacity(count));
        for k in 0..count {
            let class = k % classes;
            let [x, y] = self.point(class, &mut random);
            inputs.extend([x + noise * random.normal(), y + noise * random.normal()]);
            labels.push(class as f64);
        }
        Ok(PlanarPoints { inputs, classes: labels })
    }

    /// A point of a class, without noise.
    fn point(self, class: usize, random: &mut Random) -> [f64; 2] {
        let second = class == 1;
        let turned = |radius: f64, angle: f64| [radius * angle.cos(), radius * angle.sin()];
        match self {
            Self::Moons => {
                let [x, y] = turned(1.0, PI * random.uniform());
                let [x, y] = if second { [1.0 - x, 0.5 - y] } else { [x, y] };
                [1.2 * (x - 0.5), 1.2 * (y - 0.25)]
            }
            Self::Spirals => {
                // Equally many points along the arm, not for each angle.
                let part = random.uniform().sqrt();
                turned(0.15 + 1.75 * part, 3.0 * PI * part + if second { PI } else { 0.0 })
            }
            Self::Rings => turned(if second { 1.7 } else { 0.75 }, 2.0 * PI * random.uniform()),
            Self::Xor => {
                let mut side = || 0.15 + 1.55 * random.uniform();
                let (x, y) = (side(), side());
                let (right, same) = (random.sign(), if second { -1.0 } else { 1.0 });
                [right * x, right * same * y]
            }
            Self::Blobs => {
                let [x, y] = turned(1.25, PI * (0.5 + 2.0 / 3.0 * class as f64));
                let [dx, dy] = turned(0.55 * random.uniform().sqrt(), 2.0 * PI * random.uniform());
                [x + dx, y + dy]
            }
        }
    }
}

impl std::str::FromStr for Planar {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, set)| *set);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
            let message = format!("is `{text}`, but must be one of {}", names.join(", "));
            ArgumentError::new("points", message)
        })
    }
}

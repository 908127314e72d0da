//! A category as the level of each row.

use ravine_linalg::ArgumentError;

/// The level of each row of a category: an indicator column a level, none of them stored.
///
/// ```
/// use ravine_data::Codes;
///
/// let codes = Codes::new(vec![Some(0), Some(2), None], 3)?;
/// assert_eq!((codes.levels(), codes.level(1), codes.level(2)), (3, Some(2), None));
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Codes {
    numbers: Numbers,
    levels: usize,
    /// What stands in place of the ones, a number a row, in the product of a category and a number.
    values: Option<Vec<f64>>,
}

/// The codes of the rows in as few bytes as they need; that of a row of no level, the base level or a
/// missing value, is the number of levels.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Numbers {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Words(Vec<u32>),
}

/// One code, as it is stored.
pub(super) trait Code: Copy + Sync {
    fn index(self) -> usize;
}

macro_rules! code {
    ($($kind:ty),*) => {
        $(impl Code for $kind {
            #[inline(always)]
            fn index(self) -> usize {
                self as usize
            }
        })*
    };
}

code!(u8, u16, u32);

/// Evaluates an expression with the codes as a slice of whatever they are stored as.
macro_rules! with_codes {
    ($numbers:expr, $codes:ident => $body:expr) => {
        match $numbers {
            $crate::design::codes::Numbers::Bytes($codes) => $body,
            $crate::design::codes::Numbers::Shorts($codes) => $body,
            $crate::design::codes::Numbers::Words($codes) => $body,
        }
    };
}

pub(super) use with_codes;

impl Numbers {
    fn new(codes: &[u32], levels: usize) -> Self {
        if levels <= usize::from(u8::MAX) {
            Self::Bytes(codes.iter().map(|&code| code as u8).collect())
        } else if levels <= usize::from(u16::MAX) {
            Self::Shorts(codes.iter().map(|&code| code as u16).collect())
        } else {
            Self::Words(codes.to_vec())
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Bytes(codes) => Self::Bytes(rows.iter().map(|&i| codes[i]).collect()),
            Self::Shorts(codes) => Self::Shorts(rows.iter().map(|&i| codes[i]).collect()),
            Self::Words(codes) => Self::Words(rows.iter().map(|&i| codes[i]).collect()),
        }
    }
}

impl Codes {
    /// The level of each row, from 0; a row without a level has zeros in all columns.
    ///
    /// # Errors
    ///
    /// If a level is not below `levels`.
    pub fn new(
        codes: impl IntoIterator<Item = Option<u32>>,
        levels: usize,
    ) -> Result<Self, ArgumentError> {
        let allowed = "below the largest number of 32 bits";
        let none = u32::try_from(levels).unwrap_or(u32::MAX);
        ArgumentError::check(none < u32::MAX, "levels", levels, allowed)?;
        let mut all = Vec::new();
        for (i, code) in codes.into_iter().enumerate() {
            if let Some(code) = code.filter(|&code| code >= none) {
                let allowed = format!("below {levels}");
                ArgumentError::check(false, &format!("codes[{i}]"), code, &allowed)?;
            }
            all.push(code.unwrap_or(none));
        }
        Ok(Self { numbers: Numbers::new(&all, levels), levels, values: None })
    }

    /// The product with a column of numbers: row i has `values[i]` in the column of its level.
    ///
    /// ```
    /// use ravine_data::{Codes, Design};
    ///
    /// let codes = Codes::new([Some(0), Some(1), None], 2)?.with_values(vec![0.5, 2.0, 7.0])?;
    /// let x = Design::categorical(codes, vec!["g[a]:x".into(), "g[b]:x".into()]);
    /// let mut y = [0.0; 3];
    /// x.multiply(&[10.0, 1.0], &mut y);
    /// assert_eq!(y, [5.0, 2.0, 0.0]);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is not a number a row.
    pub fn with_values(mut self, values: Vec<f64>) -> Result<Self, ArgumentError> {
        let (rows, given) = (self.rows(), values.len());
        ArgumentError::check(given == rows, "values", given, &format!("one a row, {rows}"))?;
        self.values = Some(values);
        Ok(self)
    }

    /// The number of levels.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// The level of row i.
    pub fn level(&self, i: usize) -> Option<usize> {
        let code = with_codes!(&self.numbers, codes => codes[i].index());
        Some(code).filter(|&code| code != self.levels)
    }

    pub(super) fn rows(&self) -> usize {
        with_codes!(&self.numbers, codes => codes.len())
    }

    pub(super) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// What stands in the columns of the levels, where it is not ones.
    pub(super) fn values(&self) -> Option<&[f64]> {
        self.values.as_deref()
    }

    /// What stands in the column of row i's level.
    pub(super) fn value(&self, i: usize) -> f64 {
        self.values.as_ref().map_or(1.0, |values| values[i])
    }

    pub(super) fn select_rows(&self, rows: &[usize]) -> Self {
        let values = self.values.as_ref();
        Self {
            numbers: self.numbers.select(rows),
            levels: self.levels,
            values: values.map(|values| rows.iter().map(|&i| values[i]).collect()),
        }
    }

    /// Calls `visit(row, level, entry)` for the rows that have a level. The ones of an indicator are known
    /// where it is compiled.
    pub(super) fn each(&self, visit: impl FnMut(usize, usize, f64)) {
        with_codes!(&self.numbers, codes => each(codes, self.levels, self.values(), visit));
    }
}

fn each<C: Code>(
    codes: &[C],
    levels: usize,
    values: Option<&[f64]>,
    mut visit: impl FnMut(usize, usize, f64),
) {
    let all = codes.iter().map(|code| code.index()).enumerate().filter(|(_, code)| *code != levels);
    match values {
        None => all.for_each(|(i, code)| visit(i, code, 1.0)),
        Some(values) => all.for_each(|(i, code)| visit(i, code, values[i])),
    }
}

//! In which numbers of variables and residuals a problem comes.

use ravine::ArgumentError;

/// The numbers of variables n and residuals m that a problem allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// The number of variables where none is asked for.
    pub n: usize,
    /// The allowed numbers of variables.
    pub variables: Variables,
    /// The allowed numbers of residuals.
    pub residuals: Residuals,
}

/// The allowed numbers of variables.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Variables {
    /// The default alone.
    Fixed,
    /// From `least` to `most`, in multiples of `multiple`.
    Range { least: usize, most: usize, multiple: usize },
}

/// The allowed numbers of residuals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Residuals {
    /// This number.
    Fixed(usize),
    /// `factor n + extra`.
    FromVariables { factor: usize, extra: usize },
    /// `default`, or any other from `least` to `most`.
    Range { default: usize, least: usize, most: usize },
    /// `factor n`, or any other number that is at least n.
    AtLeastVariables { factor: usize },
}

/// No limit.
pub(super) const ANY: usize = usize::MAX;

impl Sizes {
    /// n and m both given by the problem.
    pub(super) const fn fixed(n: usize, m: usize) -> Self {
        Self { n, variables: Variables::Fixed, residuals: Residuals::Fixed(m) }
    }

    /// n given by the problem, m from `least` to `most`.
    pub(super) const fn observations(n: usize, default: usize, least: usize, most: usize) -> Self {
        let residuals = Residuals::Range { default, least, most };
        Self { n, variables: Variables::Fixed, residuals }
    }

    /// Any n from `least` in multiples of `multiple`; `m = factor n + extra`.
    pub(super) const fn variable(
        n: usize,
        least: usize,
        multiple: usize,
        factor: usize,
        extra: usize,
    ) -> Self {
        let variables = Variables::Range { least, most: ANY, multiple };
        Self { n, variables, residuals: Residuals::FromVariables { factor, extra } }
    }

    /// Any n from `least`; any m from n, by default `factor n`.
    pub(super) const fn both(n: usize, least: usize, factor: usize) -> Self {
        let variables = Variables::Range { least, most: ANY, multiple: 1 };
        Self { n, variables, residuals: Residuals::AtLeastVariables { factor } }
    }

    /// The number of residuals with n variables where none is asked for.
    pub(super) fn residuals(&self, n: usize) -> usize {
        match self.residuals {
            Residuals::Fixed(m) => m,
            Residuals::FromVariables { factor, extra } => factor * n + extra,
            Residuals::Range { default, .. } => default,
            Residuals::AtLeastVariables { factor } => factor * n,
        }
    }

    /// Whether n and whether m can be chosen.
    pub(super) fn free(&self) -> (bool, bool) {
        let n = matches!(self.variables, Variables::Range { .. });
        let m =
            matches!(self.residuals, Residuals::Range { .. } | Residuals::AtLeastVariables { .. });
        (n, m)
    }

    /// The sizes asked for, or the defaults.
    pub(super) fn choose(
        &self,
        n: Option<usize>,
        m: Option<usize>,
    ) -> Result<(usize, usize), ArgumentError> {
        let n = n.unwrap_or(self.n);
        match self.variables {
            Variables::Fixed => {
                let allowed = format!("{}, as this problem comes in one size only", self.n);
                ArgumentError::check(n == self.n, "n", n, &allowed)?;
            }
            Variables::Range { least, most, multiple } => {
                let mut allowed = format!("at least {least}");
                if most < ANY {
                    allowed += &format!(" and at most {most}");
                }
                if multiple > 1 {
                    allowed += &format!(" and a multiple of {multiple}");
                }
                let holds = (least..=most).contains(&n) && n.is_multiple_of(multiple);
                ArgumentError::check(holds, "n", n, &allowed)?;
            }
        }
        let default = self.residuals(n);
        let m = m.unwrap_or(default);
        match self.residuals {
            Residuals::Fixed(_) | Residuals::FromVariables { .. } => {
                let allowed = format!("{default}, which is given by the problem");
                ArgumentError::check(m == default, "m", m, &allowed)?;
            }
            Residuals::Range { least, most, .. } => {
                let mut allowed = format!("at least {least}");
                if most < ANY {
                    allowed += &format!(" and at most {most}");
                }
                ArgumentError::check((least..=most).contains(&m), "m", m, &allowed)?;
            }
            Residuals::AtLeastVariables { .. } => {
                let allowed = format!("at least the number of variables, {n}");
                ArgumentError::check(m >= n, "m", m, &allowed)?;
            }
        }
        Ok((n, m))
    }
}

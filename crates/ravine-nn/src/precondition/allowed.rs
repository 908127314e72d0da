//! What settings may be.

use ravine_linalg::ArgumentError;

/// A share of what is kept, in `[0, 1)`.
pub(crate) fn share(name: &str, value: f64) -> Result<(), ArgumentError> {
    ArgumentError::check((0.0..1.0).contains(&value), name, value, "in [0, 1)")
}

/// Zero or positive, and finite.
pub(super) fn not_negative(name: &str, value: f64) -> Result<(), ArgumentError> {
    let allowed = value >= 0.0 && value.is_finite();
    ArgumentError::check(allowed, name, value, "zero or positive, and finite")
}

/// Positive and finite.
pub(crate) fn positive(name: &str, value: f64) -> Result<(), ArgumentError> {
    ArgumentError::check(value > 0.0 && value.is_finite(), name, value, "positive and finite")
}

/// A number of things.
pub(super) fn at_least_one(name: &str, value: u64) -> Result<(), ArgumentError> {
    ArgumentError::check(value > 0, name, value, "at least 1")
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use ravine_linalg::ArgumentError;

    #[test]
    fn defaults_are_allowed_and_errors_name_the_setting() {
        let named = |result: Result<(), ArgumentError>| {
            result.err().map_or(String::new(), |error| error.argument().to_string())
        };
        assert_eq!(named(MuonSettings::default().check()), "");
        assert_eq!(named(ShampooSettings::default().check()), "");
        assert_eq!(named(SoapSettings::default().check()), "");
        assert_eq!(named(KlSettings::default().check()), "");
        assert_eq!(named(PsgdSettings::default().check()), "");
        assert_eq!(named(KroneckerSettings::default().check()), "");
        assert_eq!(named(EkfacSettings::default().check()), "");
        assert_eq!(named(KBfgsSettings::default().check()), "");
        assert_eq!(named(AdamSettings::default().check()), "");
        assert_eq!(named(SophiaSettings::default().check()), "");
        assert_eq!(named(AdaHessianSettings::default().check()), "");
        let mu = MuonSettings { momentum: 1.0, ..Default::default() };
        assert_eq!(named(mu.check()), "momentum");
        let balance = Some(Balance { floor: 0.0, ..Default::default() });
        assert_eq!(named(MuonSettings { balance, ..Default::default() }.check()), "balance.floor");
        let period = ShampooSettings { period: 0, ..Default::default() };
        assert_eq!(named(period.check()), "period");
        let average = Average::Plain { decay: f64::NAN };
        assert_eq!(
            named(ShampooSettings { average, ..Default::default() }.check()),
            "average.decay"
        );
        let epsilon = Epsilon::Absolute(-1.0);
        assert_eq!(named(ShampooSettings { epsilon, ..Default::default() }.check()), "epsilon");
        let graft = Graft::Adam { beta2: 1.5, epsilon: 0.0 };
        assert_eq!(named(ShampooSettings { graft, ..Default::default() }.check()), "graft.beta2");
        let soap = SoapSettings { factor_beta: Some(-0.1), ..Default::default() };
        assert_eq!(named(soap.check()), "factor_beta");
        let kl = KlSettings { start: KlStart::Constant(0.0), ..Default::default() };
        assert_eq!(named(kl.check()), "start.constant");
        assert_eq!(named(PsgdSettings { rate: 1.0, ..Default::default() }.check()), "rate");
        let psgd = PsgdSettings { probability: 0.0, ..Default::default() };
        assert_eq!(named(psgd.check()), "probability");
        assert_eq!(named(KBfgsSettings { damping: 1.0, ..Default::default() }.check()), "damping");
        assert_eq!(named(SophiaSettings { rho: 0.0, ..Default::default() }.check()), "rho");
        let adahessian = AdaHessianSettings { spatial: Spatial::Blocks(0), ..Default::default() };
        assert_eq!(named(adahessian.check()), "spatial.blocks");
    }
}

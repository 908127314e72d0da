//! Methods composed by name: `curvature/step/trust`.

mod any_damping;
mod any_step;
mod table;

pub use table::{AsMatrix, Part, PartKind, ReachKind, parts};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::amount::Amount;
use super::chosen::{Anything, Chosen};
use super::composition::Composition;
use super::family::Family;
use super::read_settings::read_settings;
use super::turns::Batches;
use crate::curvature::{
    BfgsCurvature, DenseCurvature, DfpCurvature, DiagonalCurvature, DifferencedCurvature,
    EmpiricalFisherCurvature, ExactCurvature, FisherCurvature, GaussNewtonCurvature,
    LbfgsCurvature, LimitedSr1Curvature, SampledFisherCurvature, SketchedCurvature,
    SparseCurvature, Sr1Curvature, SubsampledCurvature,
};
use crate::line_search::{Backtracking, Exact, HagerZhang, LineSearch, MoreThuente};
use crate::objective::{
    Cases, Derivatives, FisherInformation, Gradients, GradientsDrawn, GradientsOfCases,
    HessianProducts, HessianRoots, Hessians, SparseHessians, SumOfSquares,
};
use crate::settings::{Setting, Takes, described};
use crate::step::LeastSquares;
use crate::trust::{FixedLength, FreeTrust, Rescued, ScaledRadius};
use any_damping::AnyDamping;
use any_step::{BallStep, CubicStep, DampedStep, FreeStep};
use ravine_linalg::ArgumentError;
use table::part;

/// Three parts that go together.
#[derive(Clone, Copy, Debug)]
struct Parts {
    curvature: &'static Part,
    step: &'static Part,
    trust: &'static Part,
}

impl Parts {
    fn parse(name: &str) -> Result<Self, ArgumentError> {
        let refuse = |message| ArgumentError::new("method", message);
        let [curvature, step, trust] = name.split('/').map(str::trim).collect::<Vec<_>>()[..]
        else {
            let message = format!(
                "`{name}` does not compose a method: that is written curvature/step/trust, such as \
                 sr1/steihaug/radius"
            );
            return Err(refuse(message));
        };
        let parts = Self {
            curvature: part(PartKind::Curvature, curvature)?,
            step: part(PartKind::Step, step)?,
            trust: part(PartKind::Trust, trust)?,
        };
        parts.check()?;
        Ok(parts)
    }

    /// Whether they go together, and why not.
    fn check(self) -> Result<(), ArgumentError> {
        let Self { curvature, step, trust } = self;
        let wanted = trust.reach[0];
        if !step.goes_with(trust) {
            let of = |kind, fits: &dyn Fn(&Part) -> bool| -> String {
                let fitting = parts().iter().filter(|part| part.kind == kind && fits(part));
                fitting.map(|part| part.name).collect::<Vec<_>>().join(", ")
            };
            let message = format!(
                "`{}` and `{}` do not go together: {}. `{}` goes with {}; `{}` goes with {}",
                step.name,
                trust.name,
                match wanted {
                    ReachKind::Free =>
                        "the trust takes a free step, and the step must be told how far",
                    ReachKind::Radius => "the trust sets a radius, which the step cannot keep",
                    ReachKind::Scaled =>
                        "the trust sets a radius in the scales of the variables, which the step does \
                         not know",
                    ReachKind::Cubic => "the trust sets a cubic term, which the step does not know",
                    ReachKind::Damped => "the trust sets a damping, which the step does not know",
                },
                step.name,
                of(PartKind::Trust, &|trust| step.goes_with(trust)),
                trust.name,
                of(PartKind::Step, &|step| step.goes_with(trust)),
            );
            return Err(ArgumentError::new("method", message));
        }
        if step.residuals && !curvature.residuals {
            return Err(refuse_residuals(curvature.name, step.name));
        }
        if !step.goes_with(curvature) {
            let message = format!(
                "`{}` and `{}` do not go together: the curvature is known by its products alone, and \
                 the step solves with its factors. `cg` asks for products",
                curvature.name, step.name
            );
            return Err(ArgumentError::new("method", message));
        }
        Ok(())
    }

    fn needs(self) -> Derivatives {
        self.matrix().map_or(self.curvature.needs, |matrix| matrix.needs)
    }

    /// What the curvature is as a matrix, where that is what the step asks for.
    fn matrix(self) -> Option<AsMatrix> {
        self.curvature.as_matrix.filter(|_| self.step.dense || self.step.solves)
    }

    /// What a step costs, with the products and solutions that step and trust ask of the curvature.
    fn cost(self) -> Amount {
        let Self { curvature, step, trust } = self;
        let (cost, product) = match self.matrix() {
            Some(matrix) => (matrix.cost, matrix.product),
            None => (curvature.cost, curvature.product),
        };
        let [cost, product, solution] = [cost, product, curvature.solution].map(Amount::read);
        let asked = Amount::read(step.cost) + Amount::read(trust.cost);
        cost + asked.with("product", &product).with("solution", &solution)
    }

    /// The numbers that all three keep.
    fn memory(self) -> Amount {
        let Self { curvature, step, trust } = self;
        let kept = self.matrix().map_or(curvature.memory, |matrix| matrix.memory);
        let [kept, factors, step, trust] =
            [kept, curvature.factors, step.memory, trust.memory].map(Amount::read);
        kept + step.with("factor", &factors) + trust
    }

    fn title(self) -> String {
        let Self { curvature, step, trust } = self;
        format!("{}; {}; {}", curvature.title, step.title, trust.title)
    }
}

fn refuse_residuals(curvature: &str, step: &str) -> ArgumentError {
    let message = format!(
        "`{curvature}` and `{step}` do not go together: the step solves least squares, and the \
         curvature is not one of residuals. `gauss-newton` is"
    );
    ArgumentError::new("method", message)
}

/// What is known of a composition before it is made.
pub(super) struct Composed {
    /// `curvature/step/trust`.
    pub name: String,
    /// What its parts are.
    pub title: String,
    /// That of the curvature.
    pub family: Family,
    /// The derivatives it needs.
    pub needs: Derivatives,
    /// Whether it keeps bounds.
    pub bounded: bool,
    /// Whether it keeps or factors a dense matrix.
    pub dense: bool,
    /// Those of the parts.
    pub settings: [Setting; 3],
    /// Those settings at their defaults, an object.
    pub defaults: Value,
    /// Where the parts were published, as a documentation.
    pub documentation: String,
}

/// What a name composes.
///
/// # Errors
///
/// A part that there is not, or parts that do not go together.
pub(super) fn compose(name: &str) -> Result<Composed, ArgumentError> {
    let parts = Parts::parse(name)?;
    let Parts { curvature, step, trust } = parts;
    let all = [curvature, step, trust];
    let mut defaults = Map::new();
    let mut documentation = "A curvature, a step and a trust, composed by name.".to_owned();
    for part in all {
        // A part without settings is no object.
        let Ok(Value::Object(settings)) = (part.defaults)() else { continue };
        defaults.insert(part.kind.name().to_owned(), settings.into());
    }
    for (_, source) in all.map(|part| described(part.documentation)) {
        if !source.is_empty() {
            documentation += &format!("\n\nSource: {source}");
        }
    }
    Ok(Composed {
        name: [curvature.name, step.name, trust.name].join("/"),
        title: parts.title(),
        family: curvature.family,
        needs: parts.needs(),
        bounded: step.bounded,
        // Where the exact Hessian is a matrix, the needs say so; what else is solved with solves in
        // its own way.
        dense: curvature.dense || step.dense,
        settings: all.map(|part| {
            Setting::new(part.kind.name(), Takes::Settings(part.settings), "", part.title)
        }),
        defaults: defaults.into(),
        documentation,
    })
}

/// What a composition, with or without settings after a colon, costs a step and keeps.
///
/// # Errors
///
/// See [`compose`].
pub(super) fn amounts(composition: &str) -> Result<(Amount, Amount), ArgumentError> {
    let name = composition.split(':').next().unwrap_or_default();
    let parts = Parts::parse(name)?;
    Ok((parts.cost(), parts.memory()))
}

/// The settings of the part `key`, an object in those of the method.
fn of_part(settings: &mut Map<String, Value>, key: &str) -> Result<Value, ArgumentError> {
    match settings.remove(key) {
        None => Ok(Value::Object(Map::new())),
        Some(object @ Value::Object(_)) => Ok(object),
        Some(other) => {
            let message =
                format!("is {other}, but must be an object with the settings of that part");
            Err(ArgumentError::new(key, message))
        }
    }
}

fn read<P: DeserializeOwned>(key: &str, settings: Value) -> Result<P, ArgumentError> {
    match settings {
        Value::Object(settings) => read_settings(key, settings),
        other => P::deserialize(other).map_err(|error| ArgumentError::new(key, error.to_string())),
    }
}

/// A part without settings.
fn none<P>(key: &str, settings: &Value, part: P) -> Result<P, ArgumentError> {
    match settings.as_object() {
        Some(object) if !object.is_empty() => {
            let given: Vec<_> = object.keys().map(String::as_str).collect();
            let message = format!("has no settings, but {} was given", given.join(", "));
            Err(ArgumentError::new(key, message))
        }
        _ => Ok(part),
    }
}

fn free_trust(name: &str, settings: Value) -> Result<FreeTrust, ArgumentError> {
    const KEY: &str = "trust";
    Ok(match name {
        "fixed" => FreeTrust::Fixed(read::<FixedLength>(KEY, settings)?),
        "divergence" => FreeTrust::Divergence(read(KEY, settings)?),
        "backtracking" => LineSearch::Backtracking(read::<Backtracking>(KEY, settings)?).into(),
        "hager-zhang" => LineSearch::HagerZhang(read::<HagerZhang>(KEY, settings)?).into(),
        "minimized" => LineSearch::Exact(read::<Exact>(KEY, settings)?).into(),
        _ => LineSearch::MoreThuente(read::<MoreThuente>(KEY, settings)?).into(),
    })
}

fn free_step(name: &str, settings: Value) -> Result<FreeStep, ArgumentError> {
    const KEY: &str = "step";
    Ok(match name {
        "cg" => FreeStep::TruncatedCg(read(KEY, settings)?),
        "nystrom-cg" => FreeStep::NystromCg(read(KEY, settings)?),
        "subspace" => FreeStep::Subspace(read(KEY, settings)?),
        _ => FreeStep::Solve(read(KEY, settings)?),
    })
}

fn ball_step(name: &str, settings: Value) -> Result<BallStep, ArgumentError> {
    const KEY: &str = "step";
    Ok(match name {
        "cauchy" => BallStep::Cauchy(read(KEY, settings)?),
        "dogleg" => BallStep::Dogleg(read(KEY, settings)?),
        "steihaug" => BallStep::Steihaug(read(KEY, settings)?),
        "gltr" => BallStep::Gltr(read(KEY, settings)?),
        "projected" => BallStep::Projected(read(KEY, settings)?),
        _ => BallStep::MoreSorensen(read(KEY, settings)?),
    })
}

/// The composition of that name, with the settings of its parts under `curvature`, `step` and `trust`.
pub(super) fn chosen(
    name: &str,
    mut settings: Map<String, Value>,
) -> Result<Chosen<Anything>, ArgumentError> {
    let parts = Parts::parse(name)?;
    let [curvature, step, trust] =
        ["curvature", "step", "trust"].map(|key| of_part(&mut settings, key));
    let (curvature_settings, step, trust) = (curvature?, step?, trust?);
    if let Some(unknown) = settings.keys().next() {
        let message = format!(
            "has no setting `{unknown}`; those of its parts are curvature.NAME, step.NAME and trust.NAME"
        );
        return Err(ArgumentError::new("method", message));
    }
    macro_rules! compose {
        ($need:ty, $curvature:expr) => {{
            let curvature = $curvature;
            match parts.trust.reach[0] {
                ReachKind::Free => {
                    let step = free_step(parts.step.name, step)?;
                    let trust = free_trust(parts.trust.name, trust)?;
                    let method = Composition { curvature, step, trust };
                    Chosen::<$need>::new::<Batches, _, _>(method).over_anything()
                }
                ReachKind::Radius => {
                    let step = ball_step(parts.step.name, step)?;
                    let trust: crate::trust::Radius = read("trust", trust)?;
                    let method = Composition { curvature, step, trust };
                    Chosen::<$need>::new::<Batches, _, _>(method).over_anything()
                }
                ReachKind::Scaled => {
                    return Err(refuse_residuals(parts.curvature.name, parts.step.name));
                }
                ReachKind::Cubic => {
                    let step = match parts.step.name {
                        "gltr" => CubicStep::Gltr(read("step", step)?),
                        _ => CubicStep::MoreSorensen(read("step", step)?),
                    };
                    let trust: crate::trust::Weight = read("trust", trust)?;
                    let method = Composition { curvature, step, trust };
                    Chosen::<$need>::new::<Batches, _, _>(method).over_anything()
                }
                ReachKind::Damped => {
                    let step = match parts.step.name {
                        "cg" => DampedStep::TruncatedCg(read("step", step)?),
                        "least-squares" => DampedStep::LeastSquares(read("step", step)?),
                        _ => DampedStep::Solve(read("step", step)?),
                    };
                    let trust = match parts.trust.name {
                        "nielsen" => AnyDamping::Nielsen(read("trust", trust)?),
                        _ => AnyDamping::Damping(read("trust", trust)?),
                    };
                    let method = Composition { curvature, step, trust };
                    Chosen::<$need>::new::<Batches, _, _>(method).over_anything()
                }
            }
        }};
    }
    const KEY: &str = "curvature";
    let given = curvature_settings;
    Ok(match parts.curvature.name {
        "exact" if parts.matrix().is_some() => {
            compose!(Hessians, none(KEY, &given, DenseCurvature)?)
        }
        "exact-sparse" => compose!(SparseHessians, none(KEY, &given, SparseCurvature)?),
        "differenced" => compose!(Gradients, read::<DifferencedCurvature>(KEY, given)?),
        "gauss-newton" if parts.trust.reach[0] == ReachKind::Scaled => {
            let curvature = read::<GaussNewtonCurvature>(KEY, given)?;
            let step: LeastSquares = read("step", step)?;
            match parts.trust.name {
                "rescued" => {
                    let trust: Rescued = read("trust", trust)?;
                    let method = Composition { curvature, step, trust };
                    Chosen::<SumOfSquares>::new::<Batches, _, _>(method).over_anything()
                }
                _ => {
                    let trust: ScaledRadius = read("trust", trust)?;
                    let method = Composition { curvature, step, trust };
                    Chosen::<SumOfSquares>::new::<Batches, _, _>(method).over_anything()
                }
            }
        }
        "gauss-newton" => compose!(SumOfSquares, read::<GaussNewtonCurvature>(KEY, given)?),
        "fisher" => compose!(FisherInformation, read::<FisherCurvature>(KEY, given)?),
        "fisher-sampled" => {
            compose!(GradientsDrawn, read::<SampledFisherCurvature>(KEY, given)?)
        }
        "fisher-empirical" => {
            compose!(GradientsOfCases, read::<EmpiricalFisherCurvature>(KEY, given)?)
        }
        "bfgs" => compose!(Gradients, none(KEY, &given, BfgsCurvature)?),
        "dfp" => compose!(Gradients, none(KEY, &given, DfpCurvature)?),
        "sr1" => compose!(Gradients, read::<Sr1Curvature>(KEY, given)?),
        "lbfgs" => compose!(Gradients, read::<LbfgsCurvature>(KEY, given)?),
        "limited-sr1" => compose!(Gradients, read::<LimitedSr1Curvature>(KEY, given)?),
        "diagonal" => compose!(Gradients, none(KEY, &given, DiagonalCurvature)?),
        "sketched" => compose!(HessianRoots, read::<SketchedCurvature>(KEY, given)?),
        "subsampled" => compose!(Cases, read::<SubsampledCurvature>(KEY, given)?),
        _ => compose!(HessianProducts, none(KEY, &given, ExactCurvature)?),
    })
}

//! Problems by name.

use ravine::ArgumentError;
use ravine::objective::Derivatives;

use crate::family::{Family, Parameter, parameter};
use crate::mgh::DEFINITIONS;
use crate::problem::Problem;
use crate::quadratic::{Quadratic, Rotation, Spectrum};
use crate::spec::Arguments;
use crate::{article, scalable, single_precision, surfaces};
use ravine_text::did_you_mean;

/// A problem as the list shows it: with its default parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The name that [`named`] takes.
    pub name: String,
    /// What it is called in print.
    pub title: String,
    /// The parameters that can be given after the name.
    pub parameters: Vec<Parameter>,
    /// The number of variables.
    pub dimension: usize,
    /// Which derivatives it supplies.
    pub derivatives: Derivatives,
    /// Where it comes from.
    pub source: String,
}

static FAMILIES: [Family; 2] = [
    Family {
        name: "quadratic",
        parameters: &[
            parameter("n", "100", "number of variables"),
            parameter("kappa", "1e4", "condition number"),
            parameter("spectrum", "log", "log, linear, clustered or two-point"),
            parameter("rotation", "no", "yes or no: eigenvectors at random or the axes"),
            parameter("seed", "1", "seed of the rotation"),
        ],
        build: |a| {
            let default = Quadratic::default();
            let rotations = [("yes", Rotation::Random), ("no", Rotation::None)];
            Quadratic {
                n: a.count("n", default.n)?,
                kappa: a.number("kappa", default.kappa)?,
                spectrum: a.choice("spectrum", &Spectrum::ALL, default.spectrum)?,
                rotation: a.choice("rotation", &rotations, default.rotation)?,
                seed: a.count("seed", 1)? as u64,
            }
            .problem()
        },
    },
    Family {
        name: "single-precision",
        parameters: &[
            parameter("n", "20", "number of variables"),
            parameter("cases", "2000", "number of cases"),
            parameter("seed", "1", "seed of the cases"),
        ],
        build: |a| {
            let seed = a.count("seed", 1)? as u64;
            single_precision::problem(a.count("n", 20)?, a.count("cases", 2000)?, seed)
        },
    },
];

fn families() -> impl Iterator<Item = &'static Family> {
    surfaces::FAMILIES.iter().chain(&FAMILIES).chain(&scalable::FAMILIES)
}

/// The problem of a specification `name:key=value,...`.
///
/// Names are those of [`all`]; the problems of Moré, Garbow and Hillstrom are `mgh:14` by number,
/// `mgh:wood` or plain `wood` by name (plain where no other problem has it), with sizes as in
/// `mgh:20,n=9`. Whole numbers may be written `1e6`.
///
/// ```
/// let quadratic = ravine_problems::named("quadratic:n=50,kappa=1e3,spectrum=linear")?;
/// assert_eq!(quadratic.objective.dimension(), 50);
/// assert_eq!(ravine_problems::named("wood")?.name, "mgh:14");
///
/// let error = ravine_problems::named("rosenbrok").unwrap_err();
/// assert!(error.to_string().contains("did you mean `rosenbrock`?"));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// Names what is wrong (name, parameter, value), what is nearest and what there is.
pub fn named(spec: &str) -> Result<Problem, ArgumentError> {
    let arguments = Arguments::parse(spec)?;
    let name = arguments.family();
    match name {
        "mgh" => {
            let Some(first) = arguments.first() else {
                let message = "needs a number from 1 to 35 or a name, as in `mgh:14` or `mgh:wood`";
                return Err(ArgumentError::new("mgh", message));
            };
            let by_number = first.parse().ok();
            let found = DEFINITIONS.iter().find(|d| d.key == first || Some(d.number) == by_number);
            let Some(definition) = found else {
                let hint = did_you_mean(first, DEFINITIONS.iter().map(|d| d.key));
                let message = format!("is `{first}`, but must be 1 to 35 or a name{hint}");
                return Err(ArgumentError::new("mgh", message));
            };
            let family = format!("mgh:{first}");
            return definition.specified(&arguments.clone().without_first(&family));
        }
        "article" => {
            let Some(first) = arguments.first() else {
                let message = format!("needs one of {}", article::NAMES.join(", "));
                return Err(ArgumentError::new("article", message));
            };
            let family = format!("article:{first}");
            arguments.clone().without_first(&family).expect_only(&[])?;
            return article::problem(first);
        }
        _ => {}
    }
    if let Some(problem) = surfaces::find(&arguments) {
        return problem;
    }
    if let Some(family) = families().find(|family| family.name == name) {
        return family.of(&arguments);
    }
    if let Some(definition) = DEFINITIONS.iter().find(|definition| definition.key == name) {
        return definition.specified(&arguments);
    }
    let hint = did_you_mean(name, names().chain(DEFINITIONS.iter().map(|d| d.key)));
    let there_are: Vec<_> = names().collect();
    let message = format!(
        "there is no `{name}`{hint}; there are {}, article:NAME and mgh:1 to mgh:35",
        there_are.join(", ")
    );
    Err(ArgumentError::new("problem", message))
}

/// The names that stand for themselves.
fn names() -> impl Iterator<Item = &'static str> {
    surfaces::names().chain(families().map(|family| family.name))
}

/// What there is: surfaces, families with parameters, the demonstrations of the article, and the
/// problems of Moré, Garbow and Hillstrom by number.
///
/// ```
/// let list = ravine_problems::all();
/// let wood = list.iter().find(|l| l.name == "mgh:14").unwrap();
/// assert_eq!((wood.title.as_str(), wood.dimension), ("Wood", 4));
/// ```
pub fn all() -> Vec<Listing> {
    let plain = surfaces::names().map(|name| (name.to_owned(), Vec::new()));
    let families = families().map(|f| (f.name.to_owned(), f.parameters.to_vec()));
    let article = article::NAMES.iter().map(|name| (format!("article:{name}"), Vec::new()));
    let mgh = DEFINITIONS.iter().map(|d| (format!("mgh:{}", d.number), d.parameters()));
    plain
        .chain(families)
        .chain(article)
        .chain(mgh)
        .filter_map(|(name, parameters)| {
            let problem = named(&name).ok()?;
            Some(Listing {
                name,
                title: problem.title,
                parameters,
                dimension: problem.objective.dimension(),
                derivatives: problem.objective.derivatives(),
                source: problem.source,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{all, named};
    use crate::mgh::DEFINITIONS;

    #[test]
    fn everything_listed_exists_and_gives_its_own_name() {
        let list = all();
        assert!(list.len() >= 13 + 12 + 5 + 35, "{}", list.len());
        for listing in &list {
            let problem = named(&listing.name).unwrap();
            assert_eq!(problem.objective.dimension(), problem.start.len(), "{}", listing.name);
            let again = named(&problem.name).unwrap();
            assert_eq!(again.name, problem.name);
            assert_eq!(again.start, problem.start);
            let value = problem.objective.value(&problem.start).unwrap();
            assert_eq!(again.objective.value(&problem.start).unwrap(), value);
            assert!(value.is_finite(), "{}", listing.name);
            assert!(!listing.title.is_empty() && !listing.source.is_empty());
            for parameter in &listing.parameters {
                let spec =
                    format!("{}{}{}=x", listing.name, separator(&listing.name), parameter.name);
                let error = named(&spec).unwrap_err();
                assert_eq!(error.argument(), parameter.name, "{spec}: {error}");
            }
        }
        let mut names: Vec<_> = list.iter().map(|l| &l.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), list.len());
    }

    fn separator(name: &str) -> char {
        if name.contains(':') { ',' } else { ':' }
    }

    #[test]
    fn mgh_by_number_and_by_name() {
        for definition in &DEFINITIONS {
            let by_number = named(&format!("mgh:{}", definition.number)).unwrap();
            let by_name = named(&format!("mgh:{}", definition.key)).unwrap();
            assert_eq!(by_number.name, by_name.name);
        }
        assert_eq!(named("mgh:20,n=9").unwrap().name, "mgh:20,n=9");
        assert_eq!(named("watson:n=9").unwrap().name, "mgh:20,n=9");
        assert_eq!(named("biggs-exp6:m=20").unwrap().name, "mgh:18,m=20");
        // Plain names of surfaces mean the surfaces.
        assert_eq!(named("beale").unwrap().name, "beale");
        assert!(named("beale").unwrap().window.is_some());
    }

    #[test]
    fn parameters_reach_the_problem() {
        let quadratic = named("quadratic:n=1e3,kappa=50,spectrum=two-point,rotation=yes,seed=7");
        let name = quadratic.unwrap().name;
        assert_eq!(name, "quadratic:n=1000,kappa=50,spectrum=two-point,rotation=yes,seed=7");
        assert_eq!(named("valley:kappa=1e3,angle=20").unwrap().name, "valley:kappa=1000,angle=20");
        assert_eq!(named("gaussian:cases=50,seed=2").unwrap().name, "gaussian:cases=50,seed=2");
    }

    #[test]
    fn mistakes_are_named() {
        for (spec, expected) in [
            ("rosenbrok", "did you mean `rosenbrock`?"),
            ("bigs-exp6", "did you mean `biggs-exp6`?"),
            ("nothing-like-it", "there are rosenbrock, himmelblau"),
            ("", "there is no ``"),
            ("rosenbrock:n=3", "rosenbrock: has no parameter `n`; it has none"),
            ("quadratic:kapa=3", "did you mean `kappa`?"),
            ("quadratic:n=many", "n: is `many`, but must be a whole number"),
            ("quadratic:n=0", "n: is 0, but must be at least 1"),
            ("quadratic:n=1000000000000", "n: is 1000000000000, which needs 32000 GB of memory"),
            ("quadratic:n=18446744073709551615", "more than there is"),
            ("gaussian:cases=1e12", "cases: is 1000000000000, which needs"),
            ("quadratic:spectrum=flat", "must be one of log, linear, clustered, two-point"),
            ("quadratic:rotation=maybe", "must be one of yes, no"),
            ("valley:kappa=0", "kappa: is 0.0, but must be at least 1"),
            ("minimal-surface:n=99", "n: is 99, but must be a square such as 81 or 100"),
            ("bratu:n=4,grid=2", "n: is given beside `grid`"),
            ("bratu:lambda=7", "lambda: is 7.0, but must be from 0 to 6.8"),
            ("torsion:load=-1", "load: is -1.0"),
            ("obstacle:grid=0", "grid: is 0, but must be from 1 to 10000"),
            ("extended-rosenbrock:n=3", "a multiple of 2"),
            ("extended-powell:n=6", "a multiple of 4"),
            ("mgh", "needs a number from 1 to 35"),
            ("mgh:36", "is `36`, but must be 1 to 35"),
            ("mgh:wod", "did you mean `wood`?"),
            ("mgh:20,k=3", "has no parameter `k`"),
            ("mgh:14,n=5", "n: is 5, but must be 4"),
            ("article", "needs one of gradient-descent"),
            ("article:newtn", "did you mean `newton`?"),
            ("article:newton,n=3", "article:newton: has no parameter `n`"),
        ] {
            let message = named(spec).unwrap_err().to_string();
            assert!(message.contains(expected), "{spec}: {message}");
        }
    }
}

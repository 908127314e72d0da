//! Files read batch by batch beside the same tables in memory.

use std::path::PathBuf;

use ravine::random::Random;
use ravine_data::{Formula, Missing, TableBatches, TableSettings, read_table_file};
use ravine_glm::analysis::{
    Analysis, Analyzed, Estimate, Framed, ModelFamily, Streamed, Variables,
};
use ravine_glm::{Family, Status};

/// A file that is gone at the end.
pub struct File(pub PathBuf);

impl File {
    pub fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ravine-{name}-{}.csv", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

pub fn variables(analysis: &Analysis) -> Variables {
    Variables { missing: Missing::Drop, levels: analysis.levels(), ..Variables::default() }
}

pub fn streamed_by(
    file: &File,
    formula: &str,
    analysis: &Analysis,
    variables: &Variables,
) -> Result<Analyzed, String> {
    let formula = Formula::parse(formula).unwrap();
    let batches = TableBatches::open(&file.0, &TableSettings::default()).unwrap();
    let found = analysis.fit_streamed(&formula, &batches, variables);
    found.map(with_notes).map_err(|error| error.to_string())
}

/// The fit, the notes of the rows before its own.
pub fn with_notes(Streamed { mut found, notes, .. }: Streamed) -> Analyzed {
    found.notes.splice(..0, notes);
    found
}

pub fn in_memory_by(
    file: &File,
    formula: &str,
    analysis: &Analysis,
    variables: &Variables,
) -> Result<Analyzed, String> {
    let formula = Formula::parse(formula).unwrap();
    let table = read_table_file(&file.0, &TableSettings::default()).unwrap();
    let framed = Framed::new(&formula, &table, variables).map_err(|error| error.to_string())?;
    let mut found = analysis.fit(&framed.cases).map_err(|error| error.to_string())?;
    found.notes.splice(..0, framed.notes);
    Ok(found)
}

fn streamed(file: &File, formula: &str, analysis: &Analysis) -> Result<Analyzed, String> {
    streamed_by(file, formula, analysis, &variables(analysis))
}

fn in_memory(file: &File, formula: &str, analysis: &Analysis) -> Result<Analyzed, String> {
    in_memory_by(file, formula, analysis, &variables(analysis))
}

/// Fits both ways and compares all that both say; gives what the stream says.
fn both(text: &str, formula: &str, analysis: &Analysis, within: f64) -> Analyzed {
    both_by(text, formula, analysis, &variables(analysis), within)
}

pub fn both_by(
    text: &str,
    formula: &str,
    analysis: &Analysis,
    variables: &Variables,
    within: f64,
) -> Analyzed {
    let file = File::new(&format!("{}-{}", text.len(), formula.len()), text);
    let ours = streamed_by(&file, formula, analysis, variables).unwrap();
    let exact = Analysis { tolerance: 1e-13, ..analysis.clone() };
    let other = in_memory_by(&file, formula, &exact, variables).unwrap();
    compare(&ours, &other, formula, within);
    ours
}

/// That two fits say the same.
pub fn compare(ours: &Analyzed, other: &Analyzed, formula: &str, within: f64) {
    assert_eq!(ours.status.name(), other.status.name());
    assert_eq!((&ours.notes, &ours.reason), (&other.notes, &other.reason), "{formula}");
    assert_eq!(ours.model.rows, other.model.rows, "{formula}");
    assert_eq!((ours.family, &ours.model.classes), (other.family, &other.model.classes));
    assert_eq!(ours.model.degrees, other.model.degrees, "{formula}");
    let close = |what: &str, a: f64, b: f64| {
        assert!((a - b).abs() <= within * (1.0 + b.abs()), "{formula} {what}: {a} {b}");
    };
    let close_or_none = |what: &str, a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => close(what, a, b),
        (a, b) => assert_eq!(a, b, "{formula} {what}"),
    };
    assert_eq!(ours.model.coefficients.len(), other.model.coefficients.len());
    for (a, b) in ours.model.coefficients.iter().zip(&other.model.coefficients) {
        assert_eq!(a.name, b.name);
        match (a.estimate, b.estimate) {
            (Estimate::Finite(a), Estimate::Finite(b)) => close("estimate", a, b),
            (a, b) => assert_eq!(a, b),
        }
        close_or_none("error", a.standard_error, b.standard_error);
    }
    close_or_none("accuracy", ours.accuracy, other.accuracy);
    let (a, b) = match (&ours.goodness, &other.goodness) {
        (Some(a), Some(b)) => (a, b),
        (a, b) => {
            assert_eq!(a, b, "{formula}");
            return;
        }
    };
    close("deviance", a.deviance, b.deviance);
    close("pearson", a.pearson, b.pearson);
    close("dispersion", a.dispersion, b.dispersion);
    close_or_none("null deviance", a.null_deviance, b.null_deviance);
    close_or_none("likelihood", a.log_likelihood, b.log_likelihood);
    close_or_none("R's likelihood", a.log_likelihood_r, b.log_likelihood_r);
    assert_eq!((a.rank, a.rows), (b.rank, b.rows));
}

pub fn of(family: Family) -> Analysis {
    Analysis { family: Some(ModelFamily::Of(family)), ..Analysis::default() }
}

#[test]
fn separation_is_said_in_the_same_words() {
    let mut random = Random::new(3);
    let mut complete = String::from("y,x,z\n");
    for i in 0..200 {
        let z = random.normal();
        complete.push_str(&format!("{},{},{z:.6}\n", usize::from(i >= 100), f64::from(i) - 99.5));
    }
    let found = both(&complete, "y ~ x + z", &Analysis::default(), 1e-5);
    assert_eq!(found.status, Status::Separated);
    assert!(
        found.notes[0].starts_with("complete separation: `x` (+infinity)"),
        "{:?}",
        found.notes
    );
    assert!(found.model.coefficients.iter().all(|row| row.standard_error.is_none()));

    // One level has ones alone, another zeros alone: two directions, one after the other or at once.
    let mut quasi = String::from("y,g,z\n");
    for i in 0..600 {
        let z = random.normal();
        let y = match i % 4 {
            0 => true,
            1 => false,
            _ => random.uniform() < 1.0 / (1.0 + (0.5 - z).exp()),
        };
        let g = ["a", "b", "c", "c"][i % 4];
        quasi.push_str(&format!("{},{g},{z:.6}\n", u8::from(y)));
    }
    let found = both(&quasi, "y ~ g + z", &Analysis::default(), 1e-5);
    assert_eq!(found.status, Status::Separated);
    assert!(found.notes[0].contains("fit 300 of 600 rows perfectly"), "{:?}", found.notes);
    let finite =
        |row: &&ravine_glm::analysis::Coefficient| matches!(row.estimate, Estimate::Finite(_));
    let finite: Vec<_> = found.model.coefficients.iter().filter(finite).collect();
    assert_eq!(finite.len(), 1);
    assert!(finite[0].name == "z" && finite[0].standard_error.is_some());

    // A penalty on other columns than those that separate helps nothing; one on all does.
    let partly = Analysis { l2: 0.01, unpenalized: vec!["x".into()], ..Analysis::default() };
    // Of a finite intercept nothing is known where every row is fitted perfectly.
    assert_eq!(both(&complete, "y ~ x + z", &partly, 0.1).status, Status::Separated);
    let ridge = Analysis { l2: 0.01, ..Analysis::default() };
    assert!(both(&complete, "y ~ x + z", &ridge, 1e-5).status.converged());
}

#[test]
fn counts_that_are_zero_in_a_level_are_separated_too() {
    let mut random = Random::new(4);
    let mut text = String::from("y,g,x\n");
    for i in 0..300 {
        let x = random.normal();
        let y = if i % 3 == 0 { 0.0 } else { (0.7 + 0.4 * x).exp().round() };
        text.push_str(&format!("{y},{},{x:.5}\n", ["none", "some", "others"][i % 3]));
    }
    let found = both(&text, "y ~ g + x", &of(Family::Poisson), 1e-5);
    assert_eq!(found.status, Status::Separated);
    assert!(found.notes[0].starts_with("quasi-complete separation"), "{:?}", found.notes);
}

#[test]
fn columns_that_say_nothing_are_dropped_and_named() {
    let mut random = Random::new(5);
    let mut text = String::from("y,a,b,c,k,d,e\n");
    for i in 0..500 {
        let (a, b, n) = (random.normal(), random.normal(), random.normal());
        let (a, b) = ((a * 1e4).round() / 1e4, (b * 1e4).round() / 1e4);
        // d is nearly a, but only nearly.
        let d = a + 1e-5 * n;
        let y = usize::from(a - b + 2.0 * random.normal() + n > 0.0);
        text.push_str(&format!("{y},{a},{b},{},7,{d},{}\n", 2.0 * a - b, i % 2));
    }
    let found = both(&text, "y ~ a + b + c + k + d + e", &Analysis::default(), 1e-3);
    let says = [
        "`d` is nearly a linear combination of other columns (a)",
        "`c` is a linear combination of other columns (c = 2*a - b)",
        "`k` is constant; dropped, the intercept carries it",
    ];
    assert!(found.notes.iter().zip(says).all(|(note, says)| note.starts_with(says)));
    assert_eq!(found.notes.len(), 3, "{:?}", found.notes);
    assert_eq!(found.goodness.unwrap().rank, 5);
    let aliased = |name: &str| {
        let row = found.model.coefficients.iter().find(|row| row.name == name).unwrap();
        row.estimate == Estimate::Aliased
    };
    assert!(aliased("c") && aliased("k") && !aliased("d") && !aliased("a"));
}

#[test]
fn columns_far_from_zero_are_as_good_as_near_ones() {
    let mut random = Random::new(6);
    for family in [Family::Gaussian, Family::Binomial] {
        let (mut far, mut near) = (String::from("y,x,t,g\n"), String::from("y,x,t,g\n"));
        for i in 0..3000 {
            let x = 1e9 + random.normal();
            let own = x - 1e9;
            // Nothing for as many rows as a sample of the file has, and then far from zero.
            let t = if i < 1500 { 0.0 } else { 1e9 + random.normal() };
            let z = 0.5 + own + 1e-9 * t + 0.5 * random.normal();
            let y = if family == Family::Binomial { f64::from(u8::from(z > 0.6)) } else { z };
            let g = ["u", "v", "w"][i % 3];
            far.push_str(&format!("{y},{x},{t},{g}\n"));
            near.push_str(&format!("{y},{own},{t},{g}\n"));
        }
        let (far, near) = (File::new("far", &far), File::new("near", &near));
        for analysis in
            [of(family), Analysis { l2: 1e-3, unpenalized: vec!["t".into()], ..of(family) }]
        {
            let ours = streamed(&far, "y ~ x + t + g", &analysis).unwrap();
            let exact = Analysis { tolerance: 1e-13, ..analysis.clone() };
            let other = in_memory(&near, "y ~ x + t + g", &exact).unwrap();
            assert!(ours.status.converged(), "{:?}", ours.notes);
            assert_eq!(ours.notes, other.notes);
            let (a, b) = (&ours.model.coefficients, &other.model.coefficients);
            for (a, b) in a.iter().zip(b).skip(1) {
                let (Estimate::Finite(x), Estimate::Finite(y)) = (a.estimate, b.estimate) else {
                    panic!("{a:?} {b:?}")
                };
                let error = b.standard_error.unwrap_or(10.0 * y.abs());
                assert!((x - y).abs() <= 1e-6 * error, "{family:?} {}: {x} {y}", a.name);
                let Some((x, y)) = a.standard_error.zip(b.standard_error) else { continue };
                assert!((x - y).abs() <= 1e-6 * y, "{family:?} {}: {x} {y}", a.name);
            }
        }
    }
}

#[test]
fn targets_of_one_class_are_refused_in_the_same_words() {
    for (name, cell, family) in [
        ("ones", "1", Some(Family::Binomial)),
        ("zeros", "0", Some(Family::Binomial)),
        ("none", "0", Some(Family::Poisson)),
        ("text", "yes", Some(Family::Binomial)),
        ("text-alone", "yes", None),
    ] {
        let rows: String = (0..20).map(|i| format!("{cell},{i}\n")).collect();
        let file = File::new(name, &format!("y,x\n{rows}"));
        let analysis = family.map_or_else(Analysis::default, of);
        let ours = streamed(&file, "y ~ x", &analysis).unwrap_err();
        assert_eq!(ours, in_memory(&file, "y ~ x", &analysis).unwrap_err(), "{name}");
        let says = ["single class", "of one class", "0 in every row"];
        assert!(says.iter().any(|says| ours.contains(says)), "{ours}");
    }
}

#[test]
fn more_coefficients_than_have_errors_are_said_to() {
    let mut text = String::from("y,g\n");
    for i in 0..6_000 {
        text.push_str(&format!("{},level{}\n", (i * 7919 % 101) as f64 / 10.0, i % 2_100));
    }
    let found = both(&text, "y ~ g", &Analysis::default(), 1e-6);
    assert_eq!(found.notes, ["no standard errors: there are more than 2,000 coefficients"]);
    // Means of levels.
    let mean = |level: usize| {
        let rows: Vec<usize> = (0..6_000).filter(|i| i % 2_100 == level).collect();
        let sum: f64 = rows.iter().map(|i| (i * 7919 % 101) as f64 / 10.0).sum();
        sum / rows.len() as f64
    };
    let [first, second] = [0, 1].map(|k| found.model.coefficients[k].estimate);
    let (Estimate::Finite(first), Estimate::Finite(second)) = (first, second) else { panic!() };
    assert!((first - mean(0)).abs() < 1e-9 && (first + second - mean(1)).abs() < 1e-9);
}

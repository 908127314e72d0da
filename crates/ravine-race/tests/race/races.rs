//! Rankings against what separate runs say.

use ravine::methods::{catalogue, named as method};
use ravine::{Status, Stopping};
use ravine_problems::named;
use ravine_race::{Effort, MethodChoice, Obstacle, Track, applicable, run};

fn choices(list: &str) -> Vec<MethodChoice> {
    MethodChoice::parse_list(list).unwrap()
}

#[test]
fn the_winner_has_the_least_effort_by_each_measure() {
    let problem = named("beale").unwrap();
    let methods = choices("gd-linesearch,bfgs,newton,cg-pr,trust-exact,adam");
    for effort in [Effort::Iterations, Effort::Evaluations] {
        let track = Track { effort, ..Track::new(&problem) };
        let race = track.race(&methods, |_| ());
        assert_eq!(race.entrants.len(), methods.len());
        let converged: Vec<_> = race
            .entrants
            .iter()
            .filter(|e| e.outcome().unwrap().status.converged() && !e.elsewhere)
            .map(|e| e.effort(effort))
            .collect();
        assert!(converged.len() >= 4 && converged.is_sorted(), "{effort:?} {converged:?}");
        // A separate run gives the same numbers.
        let bfgs = race.entrants.iter().find(|e| e.method.name == "bfgs").unwrap();
        let (settings, conditions) = (serde_json::Value::Null, track.conditions.clone());
        let entry = method("bfgs").unwrap();
        let mut alone =
            entry.start(&settings, &*problem.objective, &problem.start, conditions).unwrap();
        while alone.step().is_none() {}
        assert_eq!(alone.outcome().x, bfgs.outcome().unwrap().x);
        assert_eq!(alone.outcome().evaluations, bfgs.outcome().unwrap().evaluations);
    }
}

#[test]
fn the_search_for_a_step_counts_as_evaluations_but_not_as_iterations() {
    let problem = named("booth").unwrap();
    let race = Track::new(&problem).race(&choices("gd"), |_| ());
    let gd = &race.entrants[0];
    let outcome = gd.outcome().unwrap();
    assert_eq!(gd.effort(Effort::Iterations), outcome.iterations as f64);
    let search = gd.tuned.as_ref().unwrap().evaluations.gradient as f64;
    let expected = outcome.evaluations.gradient as f64 + search;
    // A few values at the end tell whether anything is left to gain.
    let values = outcome.evaluations.value - outcome.evaluations.gradient;
    let effort = gd.effort(Effort::Evaluations);
    let most = expected + 4.0 * gd.tuned.as_ref().unwrap().trials.len() as f64;
    assert!(values <= 8 && effort >= expected && effort < most, "{effort} {expected}");
    assert_eq!(gd.label(), format!("gd step={:.2e}", gd.tuned.as_ref().unwrap().best().setting));
}

#[test]
fn a_higher_minimum_is_elsewhere_and_ranks_below() {
    // From here some methods end in the basin of another minimum than the lowest.
    let problem = named("six-hump-camel").unwrap();
    let track = Track { start: &[1.6, 0.6], ..Track::new(&problem) };
    let race = track.race(&choices("newton-damped,bfgs,gd-linesearch"), |_| ());
    assert!(race.entrants.iter().any(|e| e.elsewhere), "{:?}", race.entrants);
    let places: Vec<_> = race.entrants.iter().map(|e| e.elsewhere).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!((race.lowest - problem.minima[0].value).abs() < 1e-12);
    for entrant in race.entrants.iter().filter(|e| e.elsewhere) {
        assert!(entrant.outcome().unwrap().value > race.lowest + 0.1);
    }
}

#[test]
fn what_cannot_begin_is_left_out_with_the_reason() {
    let problem = named("booth").unwrap();
    let race = Track::new(&problem).race(&choices("lm,newton,gd:step=-1"), |_| ());
    assert_eq!(race.entrants.len(), 1);
    let left_out: Vec<_> = race.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(left_out, ["lm", "gd:step=-1"]);
    assert!(race.left_out[0].1.contains("residuals"), "{:?}", race.left_out);
    assert!(race.left_out[1].1.contains("step"), "{:?}", race.left_out);
}

#[test]
fn cancelled_it_keeps_what_ran() {
    let problem = named("rosenbrock").unwrap();
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let mut track = Track::new(&problem);
    track.conditions.cancel = Some(&cancel);
    let race = track.race(&choices("bfgs,gd-linesearch,newton"), |now| {
        assert!(now.trying.is_none());
        if now.method.name == "gd-linesearch" && now.progress.iteration == 10 {
            cancel.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    let names: Vec<_> = race.entrants.iter().map(|e| e.method.name.as_str()).collect();
    assert_eq!(names, ["bfgs", "gd-linesearch"]);
    assert_eq!(race.entrants[1].outcome().unwrap().status, Status::Stopped);
}

#[test]
fn histories_are_thinned_evenly_and_keep_both_ends() {
    let problem = named("rosenbrock").unwrap();
    let stopping = Stopping { iterations: Some(20_001), ..Stopping::default() };
    let gd = MethodChoice::parse("gd:step=1e-5").unwrap();
    let ran = run(&gd, &*problem.objective, &problem.start, stopping, |_| ()).unwrap();
    let iterations: Vec<_> = ran.history.moments().iter().map(|s| s.iteration).collect();
    assert!(iterations.len() <= 4096, "{}", iterations.len());
    assert_eq!((iterations[0], *iterations.last().unwrap()), (0, 20_001));
    let between = &iterations[..iterations.len() - 1];
    assert!(between.windows(2).all(|w| w[1] - w[0] == 8), "{:?}", &between[..4]);
}

#[test]
fn every_method_is_able_or_has_an_obstacle() {
    for name in ["rosenbrock", "mgh:1", "quadratic:n=600"] {
        let problem = named(name).unwrap();
        let objective = &*problem.objective;
        let (able, left_out) = applicable(objective, objective.derivatives(), None);
        assert_eq!(able.len() + left_out.len(), catalogue().len() - 1, "{name}");
        for (entry, obstacle) in left_out {
            let begun = entry.start(
                &serde_json::Value::Null,
                &*problem.objective,
                &problem.start,
                Stopping::default(),
            );
            assert_eq!(begun.is_ok(), matches!(obstacle, Obstacle::Dense(_)), "{}", entry.name);
        }
    }
}

/// The endings of methods on a problem, from a start.
fn endings(spec: &str, start: Option<&[f64]>, methods: &str) -> Vec<(String, String)> {
    let problem = ravine_problems::ProblemText::read(spec).unwrap().problem(None).unwrap();
    let mut track = Track::new(&problem);
    track.start = start.unwrap_or(&problem.start);
    let race = track.race(&choices(methods), |_| ());
    race.entrants.iter().map(|e| (e.method.name.clone(), e.ending())).collect()
}

/// Both functions of the collection have one minimum.
#[test]
fn who_stops_short_of_the_only_minimum_is_at_no_other() {
    for spec in ["brown-badly-scaled", "powell-badly-scaled", "valley:kappa=1e9,angle=30"] {
        for (method, ending) in endings(spec, None, "cg-pr,cg-hs,cg-dy,sr1,bfgs,dfp,gd-linesearch")
        {
            let false_ends = ["other minimum", "saddle point", "maximum"];
            assert!(!false_ends.contains(&ending.as_str()), "{spec} {method}: {ending}");
        }
    }
}

#[test]
fn saddles_and_maxima_are_told_apart_and_seen_only_where_the_value_falls() {
    let ending = |spec: &str, start: &[f64]| endings(spec, Some(start), "newton")[0].1.clone();
    assert_eq!(ending("himmelblau", &[-0.5, -1.0]), "maximum");
    assert_eq!(ending("styblinski-tang", &[0.1, 0.1]), "maximum");
    assert_eq!(ending("saddle", &[1.0, 1e-3]), "saddle point");
    for spec in ["1/(x^2+y^2)", "x^2*y^2"] {
        for (method, ending) in
            endings(spec, Some(&[-1.2, 1.0]), "bfgs,newton-damped,trust-dogleg,adam")
        {
            assert!(
                !["saddle point", "maximum"].contains(&ending.as_str()),
                "{spec} {method}: {ending}"
            );
        }
    }
}

/// What the notes on these surfaces say.
#[test]
fn where_runs_end_depends_on_their_start_and_is_seldom_the_lowest_of_many_dents() {
    let starts = || (0..25).map(|k| [f64::from(k % 5) - 2.1, 1.9 - f64::from(k / 5)]);
    let ends = |name: &str| -> Vec<Vec<f64>> {
        let problem = named(name).unwrap();
        let bfgs = MethodChoice::parse("bfgs").unwrap();
        let end = |start: [f64; 2]| {
            let ran = run(&bfgs, &*problem.objective, &start, Stopping::default(), |_| ());
            ran.unwrap().outcome.x
        };
        starts().map(end).collect()
    };
    let near = |x: &[f64], p: &[f64]| (x[0] - p[0]).hypot(x[1] - p[1]) < 1e-4;
    let himmelblau = ends("himmelblau");
    for minimum in named("himmelblau").unwrap().minima {
        let point = minimum.point.unwrap();
        assert!(himmelblau.iter().any(|x| near(x, &point)), "{point:?}: {himmelblau:?}");
    }
    let rastrigin = ends("rastrigin");
    let lowest = rastrigin.iter().filter(|x| near(x, &[0.0, 0.0])).count();
    assert!(lowest <= rastrigin.len() / 4, "{lowest} of {rastrigin:?}");
}

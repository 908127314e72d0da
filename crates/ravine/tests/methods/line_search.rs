//! Line searches on the six functions of Moré and Thuente (1994) and on worse ones.

use ravine::Interrupt;
use ravine::line_search::{
    Backtracking, Exact, Fixed, Found, HagerZhang, LineSearch, MoreThuente, Start,
};

type Phi = Box<dyn Fn(f64) -> (f64, f64)>;

fn start_of(phi: &Phi, step: f64) -> Start {
    let (value, slope) = phi(0.0);
    Start { value, slope, step, longest: f64::INFINITY }
}

/// The step found, and how many evaluations it took; checks that the last one was made there.
fn run(search: &LineSearch, phi: &Phi, start: Start) -> (Found, usize) {
    let (mut count, mut last) = (0, 0.0);
    let found = search
        .search_along(
            &mut |a: f64| {
                count += 1;
                last = a;
                phi(a)
            },
            start,
        )
        .unwrap();
    if let Found::Step(a) = found {
        assert_eq!(a, last, "the last evaluation is at the step found");
    }
    (found, count)
}

/// Functions 1 to 3: equations 5.1 to 5.3.
fn rational(beta: f64) -> Phi {
    Box::new(move |a| {
        let q = a * a + beta;
        (-a / q, (a * a - beta) / (q * q))
    })
}

fn quintic(beta: f64) -> Phi {
    Box::new(move |a| {
        let t = a + beta;
        (t.powi(5) - 2.0 * t.powi(4), 5.0 * t.powi(4) - 8.0 * t.powi(3))
    })
}

fn wavy(beta: f64, l: f64) -> Phi {
    use std::f64::consts::PI;
    Box::new(move |a| {
        let (base, slope) = if a <= 1.0 - beta {
            (1.0 - a, -1.0)
        } else if a >= 1.0 + beta {
            (a - 1.0, 1.0)
        } else {
            ((a - 1.0).powi(2) / (2.0 * beta) + beta / 2.0, (a - 1.0) / beta)
        };
        let w = l * PI / 2.0;
        (base + 2.0 * (1.0 - beta) / (l * PI) * (w * a).sin(), slope + (1.0 - beta) * (w * a).cos())
    })
}

/// Functions 4 to 6: equation 5.4, after Yanai, Ozawa and Kaneko.
fn yanai(b1: f64, b2: f64) -> Phi {
    let gamma = |b: f64| (1.0 + b * b).sqrt() - b;
    let (g1, g2) = (gamma(b1), gamma(b2));
    Box::new(move |a| {
        let (p, q) = (((1.0 - a).powi(2) + b2 * b2).sqrt(), (a * a + b1 * b1).sqrt());
        (g1 * p + g2 * q, g1 * (a - 1.0) / p + g2 * a / q)
    })
}

/// The six functions with the decrease and slope of their tables.
fn table() -> Vec<(Phi, f64, f64)> {
    vec![
        (rational(2.0), 1e-3, 1e-1),
        (quintic(0.004), 1e-1, 1e-1),
        (wavy(0.01, 39.0), 1e-1, 1e-1),
        (yanai(1e-3, 1e-3), 1e-3, 1e-3),
        (yanai(1e-2, 1e-3), 1e-3, 1e-3),
        (yanai(1e-3, 1e-2), 1e-3, 1e-3),
    ]
}

const FIRST_STEPS: [f64; 4] = [1e-3, 1e-1, 1e1, 1e3];

/// Tables 1 to 6 of the paper: evaluations and the step, to its printed digits.
const PUBLISHED: [[(usize, f64); 4]; 6] = [
    [(6, 1.4), (3, 1.4), (1, 10.0), (4, 37.0)],
    [(12, 1.6), (8, 1.6), (8, 1.6), (11, 1.6)],
    [(12, 1.0), (12, 1.0), (10, 1.0), (13, 1.0)],
    [(4, 0.08), (1, 0.10), (3, 0.35), (4, 0.83)],
    [(6, 0.075), (3, 0.078), (7, 0.073), (8, 0.076)],
    [(13, 0.93), (11, 0.93), (8, 0.92), (11, 0.92)],
];

#[test]
fn more_thuente_makes_the_published_evaluations() {
    for ((phi, decrease, slope), row) in table().iter().zip(PUBLISHED) {
        let search = LineSearch::MoreThuente(MoreThuente {
            decrease: *decrease,
            slope: *slope,
            ..Default::default()
        });
        for (first, (count, step)) in FIRST_STEPS.into_iter().zip(row) {
            let (found, counted) = run(&search, phi, start_of(phi, first));
            let Found::Step(a) = found else { panic!("{found:?} from {first:e}") };
            assert_eq!(counted, count, "evaluations from {first:e} to {step}");
            // The paper prints two digits, cut off.
            assert!((a - step).abs() < 0.07 * step, "{a} instead of {step}");
        }
    }
}

#[test]
fn every_search_keeps_its_conditions() {
    let mut functions: Vec<Phi> = table().into_iter().map(|(phi, ..)| phi).collect();
    // Not convex, flat, steep, and defined only up to 0.7.
    functions.push(Box::new(|a| {
        let w: f64 = 40.0;
        (a * a - 6.0 * a + 0.1 * (w * a).sin(), 2.0 * a - 6.0 + 0.1 * w * (w * a).cos())
    }));
    functions.push(Box::new(|a| ((a - 1.0).powi(8), 8.0 * (a - 1.0).powi(7))));
    functions.push(Box::new(|a| ((5.0 * a).exp() - 40.0 * a, 5.0 * (5.0 * a).exp() - 40.0)));
    functions.push(Box::new(|a| (-(0.7 - a).ln() - 9.0 * a, 1.0 / (0.7 - a) - 9.0)));
    for (i, phi) in functions.iter().enumerate() {
        for first in FIRST_STEPS {
            let start = start_of(phi, first);
            for tight in [0.9, 0.1, 1e-3] {
                let (c, e) = (1e-4, 1e-9);
                let more_thuente = MoreThuente { decrease: c, slope: tight, ..Default::default() };
                let hager_zhang = HagerZhang { decrease: c, slope: tight, ..Default::default() };
                let exact = Exact { slope: tight, ..Default::default() };
                for search in [
                    LineSearch::MoreThuente(more_thuente),
                    LineSearch::HagerZhang(hager_zhang),
                    LineSearch::Exact(exact),
                    LineSearch::Backtracking(Backtracking { decrease: c }),
                ] {
                    let (found, count) = run(&search, phi, start);
                    let at = format!("function {i} from {first:e}, slope {tight}: {search:?}");
                    let Found::Step(a) = found else { panic!("{found:?} {at}") };
                    let (value, slope) = phi(a);
                    let armijo = value <= start.value + c * a * start.slope + e * value.abs();
                    let turns = slope <= (2.0 * c - 1.0) * start.slope;
                    match search {
                        LineSearch::HagerZhang(_) => {
                            assert!(value < start.value && (armijo || turns), "{at}");
                        }
                        LineSearch::Exact(_) => assert!(value < start.value, "{at}"),
                        _ => assert!(armijo, "{at}"),
                    }
                    assert!(count <= 50, "{count} evaluations {at}");
                    match search {
                        LineSearch::Backtracking(_) => {}
                        LineSearch::HagerZhang(_) => assert!(slope >= tight * start.slope, "{at}"),
                        _ => assert!(slope.abs() <= tight * start.slope.abs(), "{at}"),
                    }
                }
            }
        }
    }
}

/// A function whose slope costs much: asked for only where its value is wanted.
struct ValueFirst<'f> {
    phi: &'f Phi,
    values: usize,
    slopes: Vec<f64>,
    /// Where the value was asked for last: the slope there costs no second one.
    asked: f64,
}

impl ravine::line_search::Phi for ValueFirst<'_> {
    fn value(&mut self, a: f64) -> Result<f64, Interrupt> {
        self.values += 1;
        Ok((self.phi)(a).0)
    }

    fn value_and_slope(&mut self, a: f64) -> Result<(f64, f64), Interrupt> {
        self.values += usize::from(a != self.asked);
        self.slopes.push(a);
        Ok((self.phi)(a))
    }

    fn value_first(&mut self, a: f64) -> Result<Option<f64>, Interrupt> {
        self.values += 1;
        self.asked = a;
        Ok(Some((self.phi)(a).0))
    }
}

#[test]
fn a_slope_that_costs_much_is_not_asked_for_above_the_start() {
    let mut functions: Vec<Phi> = table().into_iter().map(|(phi, ..)| phi).collect();
    functions.push(Box::new(|a| ((5.0 * a).exp() - 40.0 * a, 5.0 * (5.0 * a).exp() - 40.0)));
    functions.push(Box::new(|a| (-(0.7 - a).ln() - 9.0 * a, 1.0 / (0.7 - a) - 9.0)));
    let mut left_out = 0;
    for (i, phi) in functions.iter().enumerate() {
        for first in FIRST_STEPS {
            for tight in [0.9, 0.1, 1e-3] {
                let search = MoreThuente { slope: tight, ..Default::default() };
                let mut costly = ValueFirst { phi, values: 0, slopes: Vec::new(), asked: f64::NAN };
                let start = start_of(phi, first);
                let found = search.search(&mut costly, start).unwrap();
                let at = format!("function {i} from {first:e}, slope {tight}");
                let Found::Step(a) = found else { panic!("{found:?} {at}") };
                let (value, slope) = phi(a);
                assert_eq!(costly.slopes.last(), Some(&a), "{at}");
                assert!(value <= start.value + 1e-4 * a * start.slope, "{at}");
                assert!(slope.abs() <= tight * start.slope.abs(), "{at}");
                assert!(costly.values <= 50, "{} values {at}", costly.values);
                let ceiling = start.value + search.rounding * start.value.abs();
                assert!(costly.slopes.iter().all(|&a| phi(a).0 <= ceiling), "{at}");
                left_out += costly.values - costly.slopes.len();
            }
        }
    }
    assert!(left_out > 50, "only {left_out} slopes were left out");
}

fn all() -> Vec<LineSearch> {
    ["more_thuente", "hager_zhang", "exact", "backtracking"]
        .map(|name| serde_json::from_value(name.into()).unwrap())
        .to_vec()
}

#[test]
fn a_good_first_trial_costs_one_evaluation() {
    let phi: Phi = Box::new(|a| (a * a - 2.0 * a, 2.0 * a - 2.0));
    for search in all() {
        assert_eq!(run(&search, &phi, start_of(&phi, 1.0)), (Found::Step(1.0), 1), "{search:?}");
    }
}

#[test]
fn the_exact_search_takes_two_evaluations_on_a_quadratic() {
    let phi: Phi = Box::new(|a| (3.5 * a * a - 2.0 * a + 7.0, 7.0 * a - 2.0));
    for first in [1e-4, 1.0, 77.0] {
        let (found, count) = run(&LineSearch::Exact(Exact::default()), &phi, start_of(&phi, first));
        let Found::Step(a) = found else { panic!("{found:?}") };
        assert!((a - 2.0 / 7.0).abs() < 1e-12);
        assert_eq!(count, 2);
    }
}

#[test]
fn what_is_not_finite_is_shortened_away_from() {
    // Square root of a parabola: not a number beyond 1, minimum at 0.9 of the tilted function.
    let phi: Phi = Box::new(|a| {
        ((1.0 - a).sqrt() + 2.0 * a * a - 3.0 * a, { -0.5 / (1.0 - a).sqrt() + 4.0 * a - 3.0 })
    });
    for search in all() {
        for first in [1.5, 10.0, 1e6] {
            let (found, _) = run(&search, &phi, start_of(&phi, first));
            let Found::Step(a) = found else { panic!("{found:?} {search:?}") };
            assert!(a < 1.0 && phi(a).0 < 1.0, "{a} {search:?}");
        }
    }
}

#[test]
fn unbounded_functions_are_told() {
    let line: Phi = Box::new(|a| (-a, -1.0));
    let cliff: Phi = Box::new(|a| {
        if a < 2.0 { (-a * a - a, -2.0 * a - 1.0) } else { (f64::NEG_INFINITY, f64::NAN) }
    });
    for search in all() {
        let (found, _) = run(&search, &cliff, start_of(&cliff, 3.0));
        assert_eq!(found, Found::Unbounded, "{search:?}");
        // A value that falls as far as a search looks is a step; whether it falls forever is not its
        // to say.
        let (found, _) = run(&search, &line, start_of(&line, 1.0));
        let fell = matches!(found, Found::Step(a) if a >= 1.0) || found == Found::Unbounded;
        assert!(fell, "{search:?}: {found:?}");
    }
}

#[test]
fn a_direction_that_does_not_descend_is_refused() {
    // The slope claims a descent that is not there.
    let phi: Phi = Box::new(|a| if a == 0.0 { (1.0, -1.0) } else { (1.0 + a, 1.0) });
    for search in all() {
        let (found, count) = run(&search, &phi, start_of(&phi, 1.0));
        assert_eq!(found, Found::NoDecrease, "{search:?}");
        assert!(count <= 60, "{count} {search:?}");
    }
}

#[test]
fn the_longest_step_is_kept_and_accepted_where_the_value_falls() {
    let phi: Phi = Box::new(|a| (a * a - 20.0 * a, 2.0 * a - 20.0));
    for search in all().into_iter().chain([LineSearch::Fixed(Fixed::default())]) {
        let start = Start { longest: 0.25, ..start_of(&phi, 1.0) };
        assert_eq!(run(&search, &phi, start).0, Found::Step(0.25), "{search:?}");
    }
}

#[test]
fn slopes_decide_where_values_are_lost_in_rounding() {
    // The values fall by 1e-12 of themselves at most, and carry noise of 1e-13.
    let noisy = |a: f64| 1.0 + 1e-13 * (a * 1e7).sin();
    let phi: Phi = Box::new(move |a| (noisy(a), 1e-16 * (a - 3.0)));
    for search in [
        LineSearch::HagerZhang(HagerZhang { slope: 0.1, ..Default::default() }),
        LineSearch::MoreThuente(MoreThuente { slope: 0.1, rounding: 1e-12, ..Default::default() }),
    ] {
        let (found, _) = run(&search, &phi, start_of(&phi, 3.0));
        assert_eq!(found, Found::Step(3.0), "{search:?}");
    }
}

#[test]
fn settings_are_read_by_name_and_checked() {
    let read = |text: &str| serde_json::from_str::<LineSearch>(text);
    for search in all().into_iter().chain([LineSearch::Fixed(Fixed::default())]) {
        let text = serde_json::to_string(&search).unwrap();
        assert_eq!(read(&text).unwrap(), search, "{text}");
        search.validate().unwrap();
    }
    for (text, complaint) in [
        ("\"armijo\"", "unknown variant `armijo`, expected one of `backtracking`"),
        ("{\"wolfe\": {}}", "unknown variant `wolfe`"),
        ("{\"exact\": {\"slop\": 1}}", "unknown field `slop`"),
        ("{}", "invalid length 0"),
        ("{\"exact\": {}, \"fixed\": {}}", "invalid length 2"),
        ("3", "the name of a line search (backtracking, "),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(complaint), "{text}: {error}");
    }
    for (text, argument) in [
        ("{\"more_thuente\": {\"decrease\": 0.5}}", "decrease"),
        ("{\"more_thuente\": {\"slope\": 1}}", "slope"),
        ("{\"more_thuente\": {\"width\": -1}}", "width"),
        ("{\"more_thuente\": {\"evaluations\": 0}}", "evaluations"),
        ("{\"hager_zhang\": {\"rounding\": -1}}", "rounding"),
        ("{\"hager_zhang\": {\"growth\": 1}}", "growth"),
        ("{\"hager_zhang\": {\"shrink\": 1}}", "shrink"),
        ("{\"hager_zhang\": {\"evaluations\": 0}}", "evaluations"),
        ("{\"exact\": {\"slope\": 0}}", "slope"),
        ("{\"exact\": {\"evaluations\": 0}}", "evaluations"),
        ("{\"backtracking\": {\"decrease\": 0}}", "decrease"),
    ] {
        assert_eq!(read(text).unwrap().validate().unwrap_err().argument(), argument, "{text}");
    }
}

//! Expressions: precedence, values, derivatives, mistakes, and text at random.

use ravine::matrix::Matrix;
use ravine_problems::Expression;

fn parse(source: &str) -> Expression {
    Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[test]
fn precedence_and_grouping() {
    for (source, expected) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 4 - 3", 3.0),
        ("24 / 4 / 2", 3.0),
        ("24 / 4 * 2", 12.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("2 ** 3 ** 2", 512.0),
        ("(2 ^ 3) ^ 2", 64.0),
        ("-2 ^ 2", -4.0),
        ("(-2) ^ 2", 4.0),
        ("2 ^ -2", 0.25),
        ("-2 ^ -2", -0.25),
        ("2 ^ -2 ^ 2", 0.0625),
        ("2 * -3", -6.0),
        ("2 - -3", 5.0),
        ("--3", 3.0),
        ("+-+3", -3.0),
        ("-2 * -3 ^ 2", 18.0),
        ("8 / 2 ^ 2", 2.0),
        ("2 ^ 3 * 4", 32.0),
        ("1.5e2 + .5 + 2.", 152.5),
        ("1e-1 * 1E+1", 1.0),
        ("2e", 2.0 * std::f64::consts::E),
        ("2pi", std::f64::consts::TAU),
        ("\u{3c0}/\u{3c0}", 1.0),
        ("3 \u{d7} 2 \u{b7} 2 \u{2212} 1", 11.0),
        ("3(1+1)", 6.0),
        ("(1+1)(2+3)", 10.0),
        ("2(3)^2", 18.0),
        ("1 - 2(3)", -5.0),
    ] {
        let value = parse(source).value(&[]);
        assert!((value - expected).abs() <= 1e-15 * expected.abs(), "{source} = {value}");
    }
}

#[test]
fn functions() {
    let x = 0.7f64;
    for (source, expected) in [
        ("exp(x)", x.exp()),
        ("expm1(x)", x.exp_m1()),
        ("ln(x)", x.ln()),
        ("log(x)", x.ln()),
        ("log1p(x)", x.ln_1p()),
        ("log2(x)", x.log2()),
        ("log10(x)", x.log10()),
        ("sqrt(x)", x.sqrt()),
        ("abs(-x)", x),
        ("sin(x)", x.sin()),
        ("cos(x)", x.cos()),
        ("tan(x)", x.tan()),
        ("asin(x)", x.asin()),
        ("acos(x)", x.acos()),
        ("atan(x)", x.atan()),
        ("sinh(x)", x.sinh()),
        ("cosh(x)", x.cosh()),
        ("tanh(x)", x.tanh()),
        ("sigmoid(x)", 1.0 / (1.0 + (-x).exp())),
        ("sigmoid(-x)", 1.0 / (1.0 + x.exp())),
        ("softplus(x)", (1.0 + x.exp()).ln()),
        ("pow(x, 2.5)", x.powf(2.5)),
        ("pow(2, x)", 2f64.powf(x)),
        ("x^x", x.powf(x)),
        ("x^0.5", x.sqrt()),
        ("x^-3", x.powi(-3)),
        ("atan2(-1, x)", (-1f64).atan2(x)),
        ("min(x, 0.3, 2)", 0.3),
        ("max(x, 0.3, -2)", 0.7),
        ("min(x)", 0.7),
        ("logsumexp(x, 2, -1)", (x.exp() + 2f64.exp() + (-1f64).exp()).ln()),
        ("logsumexp(x + 1000, 1000)", 1000.0 + (1.0 + x.exp()).ln()),
        ("sigmoid(1000x)", 1.0),
        ("sigmoid(-1000x)", 0.0),
    ] {
        let value = parse(source).value(&[x]);
        assert!((value - expected).abs() <= 1e-15 * expected.abs().max(1.0), "{source} = {value}");
    }
}

#[test]
fn products_without_a_sign() {
    let (x, y) = (0.7f64, 1.9f64);
    for (source, expected) in [
        ("2x", 2.0 * x),
        ("2x y", 2.0 * x * y),
        ("x y", x * y),
        ("2x^2 y^3", 2.0 * x * x * y.powi(3)),
        ("3(x+1)(y-1)", 3.0 * (x + 1.0) * (y - 1.0)),
        ("2 sin(x) cos(y)", 2.0 * x.sin() * y.cos()),
        ("sin(x)^2", x.sin().powi(2)),
        ("-2x", -2.0 * x),
        ("x - 2y", x - 2.0 * y),
        ("(x+1)y", (x + 1.0) * y),
        ("2^3x", 8.0 * x),
        ("1/2*x y", 0.5 * x * y),
    ] {
        let expression = parse(source);
        let point = if expression.variables().len() == 1 { vec![x] } else { vec![x, y] };
        let value = expression.value(&point);
        assert!((value - expected).abs() <= 1e-14 * expected.abs(), "{source} = {value}");
    }
}

#[test]
fn variables_are_sorted_as_people_count() {
    let names = |source| parse(source).variables().to_vec();
    assert_eq!(names("100*(y-x^2)^2+(1-x)^2"), ["x", "y"]);
    assert_eq!(names("x10 + x2*x1 + x2"), ["x1", "x2", "x10"]);
    assert_eq!(names("width*height + a_2 + a_10 + b"), ["a_2", "a_10", "b", "height", "width"]);
    assert_eq!(names("x01 + x1 + x"), ["x", "x01", "x1"]);
    assert_eq!(names("\u{3b1} + \u{3b2}^2"), ["\u{3b1}", "\u{3b2}"]);
    assert_eq!(parse("y - x").value(&[1.0, 5.0]), 4.0);
    assert_eq!(parse("x10 - 10 x2 + 100 x1").value(&[1.0, 2.0, 3.0]), 83.0);
}

/// Gradients against central differences of values, Hessians against those of gradients, of every
/// function and operator.
#[test]
fn derivatives_are_exact() {
    let sources = [
        "100*(y-x^2)^2 + (1-x)^2",
        "exp(x*y) + expm1(x) - ln(x+y) + log1p(x^2) + log2(y) * log10(x+2)",
        "sqrt(x+y) + abs(x-y) + sin(x)cos(y)tan(x*y/3)",
        "asin(x/3) + acos(y/4) + atan(x*y) + atan2(y, x)",
        "sinh(x) cosh(y) tanh(x+y) + sigmoid(x-y) + sigmoid(y-x) + softplus(3x-y)",
        "x^y + pow(y, x) + 2^x + x^2.5 + x^-3 + y^5",
        "min(x, y, x*y) + max(x, 2y) + logsumexp(x, y, x*y)",
        "x/y + y/x - (-x)/(1+y^2)",
    ];
    for source in sources {
        let problem = parse(source).into_problem(Some(vec![0.9, 1.7])).unwrap();
        let f = problem.objective.as_hessian().unwrap();
        let x = &problem.start;
        let (mut gradient, mut hessian) = (vec![0.0; 2], Matrix::zeros(2, 2));
        let value = f.value_and_gradient(x, &mut gradient).unwrap();
        assert!((value - parse(source).value(x)).abs() < 1e-14 * value.abs(), "{source}");
        f.hessian(x, &mut hessian).unwrap();
        let h = 1e-5;
        for j in 0..2 {
            let at = |step: f64| {
                let mut y = x.clone();
                y[j] += step;
                let mut g = vec![0.0; 2];
                (f.value_and_gradient(&y, &mut g).unwrap(), g)
            };
            let ((f_plus, g_plus), (f_minus, g_minus)) = (at(h), at(-h));
            let scale = gradient.iter().chain(hessian.entries()).fold(1f64, |m, g| m.max(g.abs()));
            let difference = (f_plus - f_minus) / (2.0 * h);
            assert!((gradient[j] - difference).abs() < 1e-7 * scale, "{source}: {j}");
            for i in 0..2 {
                let difference = (g_plus[i] - g_minus[i]) / (2.0 * h);
                assert!((hessian[(i, j)] - difference).abs() < 1e-7 * scale, "{source}: {i}{j}");
            }
        }
    }
}

#[test]
fn mistakes_are_pointed_at() {
    for (source, position, message) in [
        ("", 0, "there is nothing"),
        ("   ", 3, "there is nothing"),
        ("x + ", 4, "expected a number, a variable, a function or `(`, not the end"),
        ("x + * y", 4, "expected a number, a variable, a function or `(`, not `*`"),
        ("(x + 1", 0, "this `(` has no `)`"),
        ("2*(x + (y)", 2, "this `(` has no `)`"),
        ("x + 1)", 5, "there is no `(` for this `)`"),
        ("x, y", 1, "a `,` separates arguments of a function only"),
        ("(x, y)", 2, "a `,` separates arguments of a function only"),
        ("x 2", 2, "expected an operator before `2`"),
        ("(x 2)", 3, "expected an operator or `)` before `2`"),
        ("1/2x", 3, "unclear after a division"),
        ("x/2(y)", 3, "unclear after a division"),
        ("sin x", 0, "the function `sin` needs its arguments in parentheses"),
        ("sine(x)", 0, "there is no function `sine`; did you mean `sin`?"),
        ("x(y+1)", 0, "there is no function `x`; a product is written `x*(`"),
        ("1 + sin(x, y)", 4, "`sin` takes one argument, not 2"),
        ("atan2(x)", 0, "`atan2` takes two arguments, not 1"),
        ("max()", 0, "`max` takes at least one argument, not 0"),
        ("x = 3", 2, "an expression has no `=`"),
        ("x[1]", 1, "use `(` and `)` instead of `[`"),
        ("x $ y", 2, "`$` does not belong here"),
        ("1.2.3", 0, "`1.2.3` is not a number"),
        (".", 0, "`.` is not a number"),
        ("1e999", 0, "the number `1e999` is too large"),
        ("\u{e4}\u{f6} + \u{fc} !", 7, "`!` does not belong here"),
    ] {
        let error = Expression::parse(source).unwrap_err();
        assert_eq!(error.position(), position, "{source}: {error}");
        assert!(error.message().starts_with(message), "{source}: {error}");
        // The caret is under the character.
        let printed = error.to_string();
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), 3, "{printed}");
        assert_eq!(lines[2].chars().count(), 2 + position + 1, "{printed}");
        assert!(lines[2].ends_with('^'));
    }
}

#[test]
fn long_texts_are_shown_around_the_mistake() {
    let source = format!("{} $ {}", "x + ".repeat(1000), "y + ".repeat(1000));
    let printed = Expression::parse(&source).unwrap_err().to_string();
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[1].len() < 90 && lines[1].starts_with("  ...") && lines[1].ends_with("..."));
    assert_eq!(lines[1].as_bytes()[lines[2].len() - 1], b'$');
}

#[test]
fn deep_nesting_is_refused_and_long_texts_are_not() {
    for source in [
        format!("{}x{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("{}x", "-".repeat(100_000)),
        format!("{}x", "x^".repeat(100_000)),
        format!("{}x{}", "sin(".repeat(100_000), ")".repeat(100_000)),
        "(".repeat(100_000),
    ] {
        let error = Expression::parse(&source).unwrap_err();
        assert!(error.message().starts_with("nested deeper than 256"), "{error}");
    }
    let deep = format!("{}x{}", "(".repeat(250), ")".repeat(250));
    assert_eq!(parse(&deep).value(&[3.0]), 3.0);
    // Deep stacks: x + (x + (x + ...)).
    let deep = format!("{}x{}", "x+(".repeat(250), ")".repeat(250));
    assert_eq!(parse(&deep).value(&[2.0]), 502.0);

    let n = 20_000;
    let terms: Vec<String> = (1..=n).map(|i| format!("(x{i} - {i})^2")).collect();
    let long = parse(&terms.join(" + "));
    assert_eq!(long.variables().len(), n);
    assert_eq!(long.variables()[n - 1], format!("x{n}"));
    let mut point: Vec<f64> = (1..=n).map(|i| i as f64).collect();
    assert_eq!(long.value(&point), 0.0);
    point[17] += 2.0;
    assert_eq!(long.value(&point), 4.0);
}

/// Text put together at random: an expression or an error within the text, never a panic.
#[test]
fn no_text_panics() {
    let pieces = [
        "x",
        "y",
        "1",
        "2.5",
        "e",
        "1e",
        "1e-",
        ".",
        "(",
        ")",
        "((",
        "+",
        "-",
        "*",
        "**",
        "^",
        "/",
        ",",
        " ",
        "sin(",
        "pow(",
        "max(",
        "min",
        "pi",
        "\u{e9}",
        "\u{1f600}",
        "[",
        "=",
        "$",
        "0",
        "logsumexp(",
        "\n",
        "\0",
        "x1",
        "_",
    ];
    let mut state = 1u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % bound
    };
    let mut parsed = 0;
    for _ in 0..50_000 {
        let source: String = (0..1 + next(9)).map(|_| pieces[next(pieces.len())]).collect();
        match Expression::parse(&source) {
            Ok(expression) => {
                parsed += 1;
                let n = expression.variables().len();
                let value = expression.value(&vec![0.5; n]);
                if let Ok(problem) = expression.into_problem(Some(vec![0.5; n])) {
                    let mut gradient = vec![0.0; n];
                    let f = problem.objective.as_gradient().unwrap();
                    let again = f.value_and_gradient(&vec![0.5; n], &mut gradient);
                    let again = again.unwrap();
                    let same = again == value || again.is_nan() && value.is_nan();
                    let close = (again - value).abs() <= 1e-12 * value.abs();
                    assert!(same || close, "{source}: {again} {value}");
                }
            }
            Err(error) => {
                assert!(error.position() <= source.chars().count(), "{source}: {error}");
                assert!(error.to_string().ends_with('^'));
            }
        }
    }
    assert!(parsed > 1000, "only {parsed} of the texts were expressions");
}

#[test]
fn problems_and_their_starts() {
    let start = |source: &str| parse(source).into_problem(None).map(|p| p.start);
    assert_eq!(start("100*(y-x^2)^2 + (1-x)^2").unwrap(), [-1.2, 1.0]);
    // Not defined for negative numbers.
    assert_eq!(start("x*ln(x) + y*ln(y)").unwrap(), [0.5, 0.5]);
    assert_eq!(start("(x + 1.2)^2 + (y - 1)^2").unwrap(), [0.5, 0.5]);
    assert_eq!(start("ln(x - 1.5)^2").unwrap(), [2.0]);
    let refused = |source: &str, start| parse(source).into_problem(start).unwrap_err().to_string();
    assert!(refused("ln(x - 3)", None).starts_with("start: must be given"));
    assert!(refused("0*x + 3", None).starts_with("start: must be given"));
    assert_eq!(
        refused("x + y", Some(vec![1.0])),
        "start: has 1 entries, but the expression has 2 variables: x, y"
    );
    assert_eq!(refused("1 + 2", None), "expression: `1 + 2` has no variables");
    let problem = parse(" x^2 + 1 ").into_problem(Some(vec![1.0])).unwrap();
    assert_eq!((problem.name.as_str(), problem.title.as_str()), ("x^2 + 1", "x^2 + 1"));
}

#[test]
fn raised_digits_are_powers_and_numbers_are_decimal() {
    let value = |text: &str| Expression::parse(text).unwrap().value(&[3.0, 2.0]);
    assert_eq!(value("x² + y³"), 17.0);
    assert_eq!(value("-2x²y + (x y)¹⁰ - (x y)^10"), -36.0);
    assert_eq!(Expression::parse("x₁² + x₂").unwrap().variables(), ["x₁", "x₂"]);
    for (text, position) in
        [("1_000*x^2", 0), ("x + 0x10", 4), ("0b1 x", 0), ("x²^3", 2), ("²x", 0)]
    {
        assert_eq!(Expression::parse(text).unwrap_err().position(), position, "{text}");
    }
}

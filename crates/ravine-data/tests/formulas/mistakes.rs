//! Mistakes in formulas, and where they are.

use ravine_data::{Column, Formula, Table};

use crate::shared::{fit, table};

/// What the error says, and where its caret stands, in characters from 0.
fn mistake(formula: &str) -> (String, usize) {
    let message = fit(formula, &table()).expect_err(formula).to_string();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 3, "{message}");
    assert_eq!(lines[1], format!("  {formula}"), "{message}");
    let said = lines[0].strip_prefix("formula: ").unwrap().to_owned();
    (said, lines[2].chars().count() - 3)
}

#[test]
fn every_mistake_is_named_at_its_place() {
    let cases = [
        ("", 0, "the formula ends where a term should follow"),
        ("y ~", 3, "the formula ends"),
        ("y ~ x +", 7, "the formula ends where a term"),
        ("y ~ + ", 6, "the formula ends"),
        ("y ~ x z", 6, "`z` stands where an operator should"),
        ("y ~ x ~ z", 6, "there is one `~`"),
        ("y + z ~ x", 2, "one name or one call stands on the left"),
        ("1 ~ x", 0, "a number cannot be explained"),
        (". ~ x", 0, "`.` stands on the right side only"),
        ("(y) ~ x", 0, "one name or one call"),
        ("y ~ 3", 4, "a number only scales a term"),
        ("y ~ x*2", 6, "a number only scales"),
        ("y ~ 0:x", 4, "0 takes the intercept away"),
        ("y ~ x == 1", 6, "comparisons are not known"),
        ("y ~ x | g", 6, "`|` (groups of random effects)"),
        ("y ~ x % z", 6, "`%` stands where an operator"),
        ("y ~ x:-z", 6, "`-` stands where a term"),
        ("y ~ (x + z", 10, "the formula ends where an operator or `)`"),
        ("y ~ x)", 5, "`)` stands where an operator"),
        ("y ~ x^z", 6, "the power of terms is a whole number"),
        ("y ~ x^0", 6, "the power of terms"),
        ("y ~ x^2.5", 6, "the power of terms"),
        ("y ~ x^2^2", 7, "a power is not raised"),
        ("y ~ x[1]", 5, "parts of columns by brackets"),
        ("y ~ 'x'", 4, "texts in quotes stand within calls only"),
        ("y ~ `x", 4, "a quote is opened here and never closed"),
        ("y ~ ``", 4, "there is no name"),
        ("y ~ 2x", 4, "a name does not begin with a digit"),
        ("y ~ 1e999:x", 4, "`1e999` is no finite number"),
        ("y ~ x § z", 6, "`§` has no meaning"),
        ("y ~ ä", 4, "there is no column `ä`"),
        ("y ~ a", 4, "there is no column `a`"),
        ("a ~ x", 0, "there is no column `a`"),
        ("y ~ x + log(q)", 12, "there is no column `q`"),
        ("y ~ cut(x)", 4, "there is no function `cut`"),
        ("y ~ I(cut(x))", 6, "there is no function `cut`"),
        ("y ~ log()", 4, "`log` needs `x`"),
        ("y ~ log(x, z)", 11, "`log` takes 1 argument"),
        ("y ~ log(x z)", 10, "`z` stands where `,` or `)`"),
        ("y ~ log(q=x)", 8, "`log` has no argument `q`"),
        ("y ~ log(x=x, x=z)", 13, "`x` is given twice"),
        ("y ~ poly(degree=2, x)", 19, "an argument without a name"),
        ("y ~ log('x')", 8, "the name of a column or arithmetic"),
        ("y ~ log(I('x'))", 10, "the name of a column or arithmetic"),
        ("y ~ I(bs(x))", 6, "`bs` is a whole factor"),
        ("y ~ I(C(g))", 6, "`C` is a whole side"),
        ("poly(y, 2) ~ x", 0, "`poly` is a whole factor"),
        ("y ~ cbind(x, z)", 4, "`cbind` is the whole left side"),
        ("cbind(y) ~ x", 0, "`cbind` needs `failures`"),
        ("y ~ x:offset(z)", 6, "an offset is no part of a product"),
        ("offset(y) ~ x", 0, "`offset` is a whole factor"),
        ("y ~ log(g)", 8, "`g` holds texts"),
        ("y ~ {x + g}", 9, "`g` holds texts"),
        ("y ~ x + {'a' + x}", 8, "the name of a column or arithmetic"),
        ("y ~ poly([1], 2)", 9, "the name of a column or arithmetic"),
        ("y ~ {x", 6, "the formula ends where an operator or `}`"),
        ("y ~ log(z)", 4, "`log(z)` is NaN in row 2 (z = -1)"),
        ("y ~ I(1/z)", 4, "`I(1 / z)` is inf in row 4 (z = 0)"),
        ("y ~ C(g, contr.other)", 9, "`contr.other` is no contrast"),
        ("y ~ C(g, contr.treatment('q'))", 25, "the base `q` is no level; there are `a`, `b`, `c`"),
        ("y ~ C(g, contr.treatment(x))", 25, "the base is a text in quotes or a number"),
        ("y ~ C(g, contr.sum('a'))", 19, "only contr.treatment takes an argument"),
        (
            "y ~ C(g, levels=['a', 'b'])",
            6,
            "`g` is `c` in row 3, which is none of its levels: `a`, `b`",
        ),
        ("y ~ C(g, levels=['a', 'a'])", 9, "the level `a` is listed twice"),
        ("y ~ C(g, levels='a')", 9, "`levels` is a list"),
        ("y ~ C(g, levels=[])", 9, "`levels` is a list"),
        ("y ~ C(g, spans_intercept=2)", 9, "`spans_intercept` is `2`; allowed are True and False"),
        ("y ~ bs(x, df=2)", 10, "`df` is `2`; allowed is a whole number from 3"),
        ("y ~ bs(x, df=4, knots=[1])", 16, "give `df` or `knots`, not both"),
        ("y ~ bs(x, knots=[9])", 10, "the knot 9 is not between 0.5 and 4"),
        ("y ~ bs(x, knots=2)", 10, "`knots` is a list of numbers"),
        ("y ~ bs(x, degree=-1)", 10, "`degree` is `-1`"),
        (
            "y ~ bs(x, extrapolation='on')",
            10,
            "`extrapolation` is 'on'; allowed are 'raise' and 'clip'",
        ),
        ("y ~ bs(x, lower_bound=4)", 10, "a spline needs an interval, but goes from 4 to 4"),
        ("y ~ bs(x, lower_bound=1)", 7, "`x` is 0.5 in row 1, outside of the spline"),
        ("y ~ bs(x, df=4, lower_bound=8, upper_bound=9)", 16, "no value is within the bounds"),
        ("y ~ bs(x, lower_bound=z)", 10, "`lower_bound` is `z`; allowed is a number"),
        ("y ~ poly(x, 0)", 12, "`degree` is `0`"),
        ("y ~ poly(x, 8)", 12, "polynomials of degree 8 need more than 8 different values"),
    ];
    for (formula, place, said) in cases {
        let (message, caret) = mistake(formula);
        assert!(message.starts_with(said) || message.contains(said), "{formula}: {message}");
        assert_eq!(caret, place, "{formula}: {message}");
    }
}

#[test]
fn a_near_name_is_suggested() {
    assert!(mistake("y ~ xx").0.ends_with("did you mean `x`?"));
}

#[test]
fn deep_and_long_formulas_are_refused_without_harm() {
    let brackets = |n: usize| format!("y ~ {}x{}", "(".repeat(n), ")".repeat(n));
    assert!(Formula::parse(&brackets(30)).is_ok());
    let calls = |n: usize| format!("y ~ {}x{}", "I(".repeat(n), ")".repeat(n));
    assert!(Formula::parse(&calls(30)).is_ok());
    let sum = |n: usize| format!("y ~ I(x{})", " + x".repeat(n));
    assert!(fit(&sum(400), &table()).is_ok());
    let minus = |n: usize| format!("y ~ I({}x)", "-".repeat(n));
    assert!(fit(&minus(400), &table()).is_ok());
    for formula in [
        brackets(100_000),
        calls(100_000),
        sum(100_000),
        minus(100_000),
        format!("y ~ I(x{})", "**x".repeat(100_000)),
        format!("y ~ x{}", ":x".repeat(100_000)),
        format!("y ~ x{}", "*x".repeat(100_000)),
        format!("y ~ C(g, levels=[{}])", "1, ".repeat(100_000)),
        format!("y ~ ({})^30", (0..40).map(|k| format!("v{k}")).collect::<Vec<_>>().join("+")),
    ] {
        let message = Formula::parse(&formula).unwrap_err().to_string();
        assert!(message.contains("more than"), "{}", &message[..100]);
    }
    // A long sum is no deep one.
    assert!(fit(&format!("y ~ x{}", " + z".repeat(100_000)), &table()).is_ok());
}

#[test]
fn too_many_categories_or_levels_in_a_product_are_refused() {
    let column = |k: u32| Column::Texts {
        levels: (0..5000).map(|level| format!("v{level}")).collect(),
        codes: (0..5000).map(|i| (i * (2 * k + 1)) % 5000).collect(),
    };
    let names: Vec<String> = (0..12).map(|k| format!("g{k}")).collect();
    let table = Table::from_columns(names.clone(), (0..12).map(column).collect()).unwrap();
    let message = fit("0 + g0:g1", &table).unwrap_err().to_string();
    assert!(message.contains("`g0:g1` has more than 16777216 columns"), "{message}");
    let message = fit(&names[..11].join(":"), &table).unwrap_err().to_string();
    assert!(message.contains("more than 10 categories are multiplied here"), "{message}");
}

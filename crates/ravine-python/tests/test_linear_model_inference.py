"""Inference through the estimators beside values of 50 digits; what is said where there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from ravine.linear_model import (
    CollinearityWarning,
    ElasticNet,
    GeneralizedLinearModel,
    LinearRegression,
    LogisticRegression,
    NegativeBinomialRegressor,
    PoissonRegressor,
    SeparationWarning,
)

CRATES = Path(__file__).parents[2]
REFERENCE = json.loads((CRATES / "ravine-glm/tests/data/reference.json").read_text())
TABLE = pandas.DataFrame(REFERENCE["table"])
CASES = {case["id"]: case for case in REFERENCE["glm"]}


def fitted(case: dict[str, Any], **settings: Any) -> Any:
    """The fit of a case of the reference through the estimator."""
    columns = [name for name in case["columns"] if name != "(Intercept)"]
    X = TABLE[["x1", "g"]] if "g[T.b]" in columns else TABLE[columns]
    y = TABLE[case["target"]]
    weights = TABLE["weight"] if "weights" in case else None
    if case.get("trials"):
        y, weights = y / TABLE["trials"], TABLE["trials"]
    parameter = {"power": case.get("parameter", 1.5)}
    if case["family"] == "negative_binomial":
        parameter = {"overdispersion": case["parameter"]}
    model = GeneralizedLinearModel(
        family=case["family"],
        link=case["link"],
        fit_intercept="(Intercept)" in case["columns"],
        tol=1e-6,
        **parameter,
        **settings,
    )
    offset = np.log(TABLE["exposure"]) if "offset" in case else None
    return model.fit(X, y, sample_weight=weights, offset=offset, clusters=TABLE["cluster"])


def estimates(model: Any) -> Any:
    return model.coef_ if not model.fit_intercept else np.r_[model.intercept_, model.coef_]


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_fits_are_those_of_the_reference(case: dict[str, Any]) -> None:
    model = fitted(case)
    assert model.converged_
    assert_allclose(estimates(model), case["coefficients"], atol=1e-9)
    assert_allclose(model.inference(covariance="model").bse, case["se_model"], rtol=1e-8)
    assert_allclose(
        model.inference(covariance="model", information="observed").bse,
        case["se_observed"],
        rtol=1e-8,
    )
    for kind in ("hc0", "hc1", "hc2", "hc3"):
        found = model.inference(covariance=kind)
        assert_allclose(found.bse, case[f"se_{kind}"], rtol=1e-8)
    assert_allclose(model.inference(covariance="robust").bse, case["se_hc3"], rtol=1e-8)
    # Clusters of the fit are the default.
    assert_allclose(model.bse_, case["se_cluster"], rtol=1e-8)
    assert_allclose(model.dispersion_, case["dispersion"], rtol=1e-9)
    assert_allclose(model.deviance_, case["deviance"], rtol=1e-9)
    assert model.df_resid_ == case["df_residual"]
    if "aic_with_dispersion_deviance_over_n_counted" in case:
        assert_allclose(model.aic_, case["aic_with_dispersion_deviance_over_n_counted"], rtol=1e-8)
    elif model.dispersion_ == 1:
        assert_allclose(model.loglik_, case["log_likelihood"], rtol=1e-8)
        assert_allclose(model.aic_, case["aic"], rtol=1e-8)
        count = len(case["coefficients"])
        assert_allclose(model.bic_ - model.aic_, count * (np.log(16) - 2), rtol=1e-9)
    if "(Intercept)" in case["columns"]:
        assert_allclose(model.null_deviance_, case["null_deviance"], rtol=1e-8)


def test_tests_and_intervals_are_those_of_the_reference() -> None:
    for known in REFERENCE["inference"]:
        model = fitted(CASES[known["id"]])
        found = model.inference(covariance="model")
        assert_allclose(found.statistics, known["z"], atol=1e-8)
        assert_allclose(found.pvalues, known["p_wald"], atol=1e-9)
        assert_allclose(found.conf_int(0.95), known["ci95_wald"], atol=1e-8)
        plain = fitted(CASES[known["id"]], covariance="model")
        plain._clusters = None
        profile = plain.conf_int(0.95, method="profile")
        assert_allclose(profile, known["ci95_profile"], atol=1e-5)
        one = found.wald_test([[0, 1, 0]])
        assert_allclose(one.statistic, known["z"][1] ** 2, rtol=1e-8)
        assert_allclose(one.pvalue, known["p_wald"][1], rtol=1e-8)
        assert one.restrictions == 1


def test_residuals_are_those_of_the_reference() -> None:
    known = REFERENCE["diagnostics_poisson_log"]
    model = PoissonRegressor(alpha=0, tol=1e-6).fit(TABLE[["x1", "x2"]], TABLE["y_count"])
    for kind in (
        "response",
        "pearson",
        "deviance",
        "working",
        "standardized_pearson",
        "standardized_deviance",
    ):
        assert_allclose(model.residuals(kind), known[kind], atol=1e-9)
    assert_allclose(model.residuals("likelihood"), known["studentized_likelihood"], atol=1e-9)
    influence = model.influence()
    assert_allclose(influence.leverage, known["leverage"], atol=1e-9)
    assert_allclose(influence.cooks_distance, known["cooks_distance"], atol=1e-9)
    assert_allclose(influence.standardized_residuals, known["standardized_pearson"], atol=1e-9)
    with pytest.raises(ValueError, match="kind: is 'raw', but must be one of 'response'"):
        model.residuals("raw")


def test_an_unknown_overdispersion_is_estimated() -> None:
    known = REFERENCE["negative_binomial_estimated"]
    X, y = TABLE[["x1", "x2"]], TABLE["y_overdispersed"]
    for model in (
        NegativeBinomialRegressor(alpha=0, tol=1e-5),
        GeneralizedLinearModel(family="negative-binomial", tol=1e-5),
    ):
        model.fit(X, y)
        assert_allclose(estimates(model), known["coefficients"], atol=1e-7)
        assert_allclose(model.overdispersion_, known["alpha"], rtol=1e-7)
        assert_allclose(model.loglik_, known["log_likelihood"], rtol=1e-8)
        assert_allclose(model.bse_, known["se_model_alpha_fixed"], rtol=1e-6)
    assert NegativeBinomialRegressor(alpha=0).fit(X, y).theta_ == pytest.approx(known["theta"])
    poisson = NegativeBinomialRegressor(alpha=0).fit(X, TABLE["y_count"])
    assert poisson.overdispersion_ == 0 and np.isinf(poisson.theta_)
    assert any("no over-dispersion" in note for note in poisson.notes_)
    assert_allclose(poisson.coef_, CASES["poisson-log"]["coefficients"][1:], atol=1e-6)
    assert poisson.score(X, TABLE["y_count"]) > 0


def test_least_squares_have_t_and_logits_have_z() -> None:
    X = TABLE[["x1", "x2"]]
    line = LinearRegression(tol=1e-5).fit(X, TABLE["y_gaussian"])
    assert_allclose(line.bse_, CASES["gaussian-identity"]["se_model"], rtol=1e-9)
    assert line.inference().df == 13 and line.tvalues_.shape == (3,)
    assert not hasattr(line, "zvalues_")
    logit = LogisticRegression(C=np.inf, tol=1e-5).fit(X, TABLE["y_binary"])
    assert_allclose(logit.bse_, CASES["binomial-logit"]["se_model"], rtol=1e-8)
    assert_allclose(logit.cov_params_, CASES["binomial-logit"]["covariance_model"], rtol=1e-7)
    assert logit.inference().df is None and logit.zvalues_.shape == (3,)
    assert not hasattr(logit, "tvalues_")
    assert logit.coefficient_names_.tolist() == ["(intercept)", "x1", "x2"]


def test_frequencies_count_rows() -> None:
    X, y = TABLE[["x1", "x2"]], TABLE["y_gaussian"]
    counts = np.arange(16) % 3
    weighted = GeneralizedLinearModel(weights="frequency").fit(X, y, sample_weight=counts)
    repeated = GeneralizedLinearModel().fit(X.loc[X.index.repeat(counts)], np.repeat(y, counts))
    assert_allclose(weighted.bse_, repeated.bse_, rtol=1e-8)
    for kind in ("hc0", "hc1"):
        assert_allclose(
            weighted.inference(covariance=kind).bse, repeated.inference(covariance=kind).bse
        )
    fixed = GeneralizedLinearModel(dispersion=2.0).fit(X, y)
    assert fixed.dispersion_ == 2.0 and fixed.inference().df is None


def test_a_summary_says_it_all() -> None:
    model = fitted(CASES["poisson-log-factor"])
    text = model.inference(covariance="model") and model.summary()
    for word in ("(poisson, log link)", "g[T.b]", "std. error", "P>|t|", "deviance", "AIC"):
        assert word in text, text
    assert "converged after" in text and "solver cholesky" in text
    penalized = ElasticNet().fit(TABLE[["x1"]], TABLE["y_gaussian"]).summary()
    assert "No standard errors: the fit has a penalty or bounds" in penalized
    with pytest.raises(NotFittedError):
        PoissonRegressor().summary()
    with pytest.raises(ValueError, match="inference is made of two classes"):
        LogisticRegression().fit(TABLE[["x1"]], TABLE["y_threeclass"]).summary()


def test_a_penalty_has_no_standard_errors() -> None:
    X, y = TABLE[["x1", "x2"]], TABLE["y_count"]
    model = PoissonRegressor().fit(X, y)
    with pytest.raises(ValueError, match="penalty or bounds"):
        model.inference()
    assert not hasattr(model, "bse_") and not hasattr(model, "aic_")
    bounded = GeneralizedLinearModel(family="poisson", lower_bounds=0).fit(X, y)
    assert (bounded.coef_ >= 0).all() and not hasattr(bounded, "bse_")
    # Deviances are those of any fit.
    assert bounded.deviance_ > CASES["poisson-log"]["deviance"]
    assert not hasattr(PoissonRegressor(), "bse_")


def test_wrong_questions_are_refused() -> None:
    model = LinearRegression().fit(TABLE[["x1", "x2"]], TABLE["y_gaussian"])
    for message, settings in (
        ("covariance: is 'hc9'", {"covariance": "hc9"}),
        ("clusters: are given with", {"covariance": "clustered"}),
        ("dispersion: is 'robust'", {"dispersion": "robust"}),
        ("dispersion: is 0.0, but must be positive", {"dispersion": 0}),
        ("weights: is 'none'", {"weights": "none"}),
        ("information: is 'both'", {"information": "both"}),
        ("clusters.len\\(\\): is 3", {"clusters": [1, 2, 3]}),
    ):
        with pytest.raises(ValueError, match=message):
            model.inference(**settings)
    with pytest.raises(ValueError, match="method: is 'score', but must be 'wald' or 'profile'"):
        model.conf_int(method="score")
    with pytest.raises(ValueError, match="level: is 2"):
        model.conf_int(2)
    with pytest.raises(ValueError, match="restrictions.columns"):
        model.wald_test([1, 0])
    saturated = LinearRegression().fit([[0.0], [1.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="0 degrees of freedom"):
        saturated.inference()


def test_combinations_are_left_out_by_name() -> None:
    X = TABLE[["x1", "x2"]].assign(both=TABLE["x1"] + TABLE["x2"], one=3.0)
    with pytest.warns(CollinearityWarning, match="`both` is a linear combination") as seen:
        model = LinearRegression().fit(X, TABLE["y_gaussian"])
    assert any("`one` is constant" in str(warning.message) for warning in seen)
    assert model.aliased_.tolist() == [False, False, True, True] and model.rank_ == 2
    assert (model.coef_[2:] == 0).all()
    assert np.isnan(model.bse_[3:]).all() and np.isfinite(model.bse_[:3]).all()
    assert_allclose(model.bse_[:3], CASES["gaussian-identity"]["se_model"], rtol=1e-7)
    assert "both = x1 + x2" in model.summary()


def test_separation_is_said_by_name() -> None:
    X = pandas.DataFrame({"dose": [-2.0, -1.5, -1, -0.5, 0.5, 1, 1.5, 2], "age": np.arange(8) % 3})
    with pytest.warns(SeparationWarning, match="complete separation: `dose` \\(\\+infinity\\)"):
        model = LogisticRegression(C=np.inf).fit(X, [0, 0, 0, 0, 1, 1, 1, 1])
    assert model.status_ == "separated" and not model.converged_
    assert model.infinite_[0] == 1 and np.isfinite(model.coef_).all()
    assert "infinity" in model.summary()
    with pytest.warns(SeparationWarning, match="separation"):
        LogisticRegression(C=np.inf).fit(X, [0, 0, 0, 1, 1, 1, 2, 2])
    known = REFERENCE["separated"]["y"]
    with pytest.warns(SeparationWarning):
        LogisticRegression(C=np.inf).fit(TABLE[["x1", "x2"]], known)


def test_classes_without_penalty_are_those_of_the_reference() -> None:
    known = REFERENCE["multinomial"]["unpenalized"]["coefficients"]
    model = LogisticRegression(C=np.inf, tol=1e-5)
    model.fit(TABLE[["x1", "x2"]], TABLE["y_threeclass"])
    for k in (1, 2):
        found = np.r_[model.intercept_[k] - model.intercept_[0], model.coef_[k] - model.coef_[0]]
        assert_allclose(found, known[str(k)], atol=1e-8)
    assert_allclose(model.coef_.sum(axis=0), 0, atol=1e-12)


def test_too_few_iterations_are_said() -> None:
    X, y = TABLE[["x1", "x2"]], TABLE["y_count"]
    for model in (PoissonRegressor(max_iter=1), LogisticRegression(max_iter=1)):
        with pytest.warns(ConvergenceWarning, match="used up its iterations; increase max_iter"):
            model.fit(X, y if isinstance(model, PoissonRegressor) else TABLE["y_threeclass"])
        assert model.status_ == "iteration_limit" and not model.converged_


def test_penalized_optima_are_those_of_the_reference() -> None:
    """Losses with penalties of one share, through factors, bounds and weights."""
    section = REFERENCE["penalized"]
    X = TABLE[section["columns"]]
    seen = 0
    for case in section["cases"]:
        l1, l2 = np.array(case["l1"]), np.array(case["l2"])
        alpha = l1[0] + l2[0]
        families = {"logistic": "binomial"}
        family = families.get(case["loss"], case["loss"])
        if family not in ("gaussian", "binomial", "poisson", "gamma", "tweedie") or alpha == 0:
            continue
        ratio = l1[0] / alpha
        if not np.allclose(l1, ratio * (l1 + l2), atol=1e-14):
            continue
        model = GeneralizedLinearModel(
            family=family,
            power=case.get("parameter") or 1.5,
            alpha=alpha,
            l1_ratio=ratio,
            penalty_factor=(l1 + l2) / alpha,
            lower_bounds=case.get("lower"),
            upper_bounds=case.get("upper"),
            tol=1e-6,
            max_iter=500,
        )
        weights = TABLE["weight"] if case.get("weights") else None
        model.fit(X, TABLE[case["target"]], sample_weight=weights)
        assert model.certificate_ == "gap" and model.gap_ < 1e-13
        assert_allclose(model.coef_, case["coefficients"], atol=1e-7)
        assert_allclose(model.intercept_, case["intercept"], atol=1e-7)
        seen += 1
    assert seen > 20


@pytest.mark.parametrize("case", REFERENCE["firth"], ids=lambda case: case["name"])
def test_firth_gives_the_estimates_and_errors_of_the_reference(case: dict[str, Any]) -> None:
    names = case["x"].split(",") if isinstance(case["x"], str) else None
    X = np.array(case["x"], dtype=float) if names is None else TABLE[names].to_numpy()
    X = X.reshape(len(X), -1)
    y = np.array(TABLE[case["y"]] if names else case["y"])
    classes = np.where(y == 1, "yes", "no")
    logistic = LogisticRegression(C=np.inf, correction="firth").fit(X, classes)
    shares = GeneralizedLinearModel(family="binomial", correction="firth").fit(X, y)
    for model in (logistic, shares):
        assert model.converged_ and model.correction == "firth"
        found = np.r_[np.ravel(model.intercept_), np.ravel(model.coef_)]
        assert_allclose(found, case["coefficients"], atol=1e-9)
        assert_allclose(model.bse_, case["se"], rtol=1e-9)
        assert "Firth's penalty" in model.summary()
        low, high = model.conf_int().T
        assert np.all(low < found) and np.all(found < high)
        with pytest.raises(ValueError, match="no likelihood with Firth's penalty"):
            model.conf_int(method="profile")
    assert_allclose(logistic.predict_proba(X)[:, 1], shares.predict(X), rtol=1e-12)


def test_firth_is_refused_where_it_does_not_hold() -> None:
    X = np.arange(12.0)[:, None]
    two, three = np.arange(12) % 2, np.arange(12) % 3
    for model, y, says in [
        (LogisticRegression(correction="firth"), two, "give C=np.inf"),
        (LogisticRegression(C=np.inf, correction="firth"), three, "of two classes"),
        (LogisticRegression(C=np.inf, correction="jeffreys"), two, "must be 'firth' or None"),
        (GeneralizedLinearModel(correction="firth"), two, "by the logit link"),
        (GeneralizedLinearModel(family="binomial", correction="firth", alpha=1), two, "penalty"),
        (
            GeneralizedLinearModel(family="binomial", correction="firth", lower_bounds=0.0),
            two,
            "bounds",
        ),
        (
            GeneralizedLinearModel(family="binomial", correction="firth", link="probit"),
            two,
            "logit",
        ),
    ]:
        with pytest.raises(ValueError, match=says):
            model.fit(X, y)


def test_no_dispersion_is_told_where_rows_leave_none() -> None:
    X = np.array([[1.0, 2.0, 0.5], [0.0, 1.0, 1.5], [2.0, 0.0, 1.0]])
    model = GeneralizedLinearModel(alpha=0.1).fit(X, [1.0, 2.0, 4.0])
    for name in ("dispersion_", "df_resid_", "aic_", "bic_", "loglik_"):
        with pytest.raises(AttributeError, match="as many coefficients as rows"):
            getattr(model, name)
    assert model.deviance_ > 0
    summary = model.summary()
    assert "degrees of freedom" not in summary and "inf" not in summary.replace("infer", "")


def test_columns_that_are_nearly_the_same_have_their_errors() -> None:
    random = np.random.default_rng(5)
    a, c = random.normal(size=(2, 300))
    b = a + 1e-6 * random.normal(size=300)
    y = a + 0.5 * c + random.normal(size=300)
    near = GeneralizedLinearModel().fit(np.c_[a, b, c], y)
    apart = GeneralizedLinearModel().fit(np.c_[a, b - a, c], y)
    assert_allclose(near.bse_[[0, 2, 3]], apart.bse_[[0, 2, 3]], rtol=1e-8)
    notes = near.inference().notes
    assert len(notes) == 1 and notes[0].startswith("`x2` is nearly a linear combination")
    assert notes[0] in near.summary() and apart.inference().notes == []

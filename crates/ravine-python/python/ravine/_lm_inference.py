"""Standard errors, tests, residuals and summaries of fitted models."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._arrays import real_array
from ravine._lm_summary import summary

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class WaldTest:
    """A joint test: chi squared, or F where the dispersion is estimated."""

    statistic: float
    restrictions: int
    pvalue: float


@dataclass(frozen=True)
class Influence:
    """What single rows do to a fit, a number a row.

    Attributes
    ----------
    leverage
        `h_i = e_i x_i'A^-1 x_i`, from 0 to 1; they add up to the number of coefficients.
    cooks_distance
        `pearson^2 h / (phi p (1 - h)^2)`.
    standardized_residuals
        Pearson's residuals by `sqrt(phi (1 - h))`.
    """

    leverage: Vector
    cooks_distance: Vector
    standardized_residuals: Vector


@dataclass(frozen=True)
class Inference:
    """What a fit says of its coefficients; the intercept first where there is one.

    Where a coefficient was left out or is infinite, its error is NaN.

    Attributes
    ----------
    names
        Of the coefficients.
    estimates, bse, statistics, pvalues
        Coefficients, their standard errors, the quotients of both (z, or t where `df` is a number),
        and two-sided p-values.
    cov_params
        The covariance matrix.
    df
        Degrees of freedom of t and F; None: z and chi squared.
    goodness
        Deviances, dispersion, likelihood and criteria by name.
    settings
        How the inference was made.
    leverage
        A number a row.
    notes
        What was done or found that may surprise, as columns that are nearly combinations of others.
    """

    names: NDArray[Any]
    estimates: Vector
    bse: Vector
    statistics: Vector
    pvalues: Vector
    cov_params: Vector
    df: float | None
    goodness: dict[str, Any]
    settings: dict[str, Any]
    leverage: Vector
    notes: list[str] = field(default_factory=list)

    def conf_int(self, level: float = 0.95) -> Vector:
        """Wald's intervals, a row a coefficient: estimates plus and minus quantiles of errors."""
        finite = np.isfinite(self.bse)
        return _core.wald_intervals(self.estimates, self.cov_params, finite, self.df, float(level))

    def wald_test(self, R: ArrayLike) -> WaldTest:
        """Wald's test of `R b = 0`, a row of R a restriction, a column a coefficient."""
        restrictions = np.atleast_2d(real_array("R", R))
        finite = np.isfinite(self.bse)
        test = _core.wald_test(self.estimates, self.cov_params, finite, self.df, restrictions)
        return WaldTest(*test)


def settings_of(
    covariance: str, clusters: Any, dispersion: Any, weights: str, information: str
) -> dict[str, Any]:
    """The settings of an inference for the core, checked."""
    kinds = ("model", "hc0", "hc1", "hc2", "hc3", "clustered")
    if covariance not in kinds:
        names = ", ".join((*kinds, "robust"))
        raise ValueError(f"covariance: is {covariance!r}, but must be one of {names}")
    if (covariance == "clustered") != (clusters is not None):
        raise ValueError("clusters: are given with covariance='clustered', and with no other")
    choices = {"weights": ("variance", "frequency"), "information": ("expected", "observed")}
    for name, value in (("weights", weights), ("information", information)):
        if value not in choices[name]:
            raise ValueError(f"{name}: is {value!r}, but must be {' or '.join(choices[name])}")
    settings: dict[str, Any] = {"weighting": weights, "observed": information == "observed"}
    if clusters is not None:
        _, codes = np.unique(np.asarray(clusters).ravel(), return_inverse=True)
        settings["covariance"] = {"clustered": codes.tolist()}
    else:
        settings["covariance"] = covariance
    words = {"auto": "automatic", "pearson": "pearson", "deviance": "deviance"}
    if isinstance(dispersion, str):
        if dispersion not in words:
            raise ValueError(
                f"dispersion: is {dispersion!r}, but must be auto, pearson, deviance or a number"
            )
        settings["dispersion"] = words[dispersion]
    else:
        settings["dispersion"] = {"fixed": float(dispersion)}
    return settings


class InferenceMixin:
    """Inference of a fit without penalty, made from its data when it is asked for.

    What was asked for of it goes into pickles, the data do not.
    """

    coefficient_names_: NDArray[Any]

    #: The fit with its data, where inference holds for it.
    _core_fit: Any
    _kept_goodness: dict[str, Any] | None

    def _default_settings(self) -> dict[str, Any]:
        return {}

    def inference(
        self,
        *,
        covariance: str | None = None,
        clusters: ArrayLike | None = None,
        dispersion: str | float | None = None,
        weights: str | None = None,
        information: str = "expected",
    ) -> Inference:
        """Standard errors, tests and intervals of the coefficients.

        Parameters
        ----------
        covariance
            `"model"` (the default) believes in the variances of the model, `phi A^-1`; `"hc0"` to
            `"hc3"` do not (MacKinnon and White, 1985); `"robust"` is `"hc1"` for more than 250
            rows, else `"hc3"`; `"clustered"` allows rows of a cluster to depend on each other.
        clusters
            The cluster of each row: numbers or text.
        dispersion
            `"auto"`: 1 for binomial, Poisson and negative binomial, Pearson's statistic by the
            degrees of freedom for the others; `"pearson"`, `"deviance"`, or a number.
        weights
            What weights mean: `"variance"` (the default, as in R), the variance is `phi V / w` and
            n the number of rows; `"frequency"`, the row was seen w times.
        information
            `"expected"`, Fisher's, or `"observed"`.

        Raises
        ------
        ValueError
            Where the fit has a penalty or bounds, or no degrees of freedom are left.
        """
        defaults = self._default_settings()
        usual = all(v is None for v in (covariance, clusters, dispersion, weights))
        usual = usual and information == "expected"
        known = self.__dict__.get("_inference")
        if usual and known is not None:
            return known
        clusters = defaults.get("clusters") if clusters is None and covariance is None else clusters
        if covariance is None:
            usual_kind = defaults.get("covariance", "model")
            covariance = "clustered" if clusters is not None else usual_kind
        if covariance == "robust":
            covariance = "hc1" if len(self._with_data().linear_predictor) > 250 else "hc3"
        if dispersion is None:
            dispersion = defaults.get("dispersion", "auto")
        if weights is None:
            weights = defaults.get("weights", "variance")
        settings = settings_of(covariance, clusters, dispersion, weights, information)
        core = self._with_data().inference(json.dumps(settings))
        found = Inference(
            names=self.coefficient_names_,
            estimates=core.estimates,
            bse=core.standard_errors,
            statistics=core.statistics,
            pvalues=core.p_values,
            cov_params=core.covariance,
            df=core.degrees,
            goodness=core.goodness,
            settings={
                "covariance": covariance,
                "dispersion": dispersion,
                "weights": weights,
                "information": information,
            },
            leverage=core.leverages,
            notes=core.notes,
        )
        if usual:
            self.__dict__["_inference"] = found
            self.__dict__["_core_table"] = core
        return found

    def _correction(self) -> str | None:
        """`"firth"` or None, checked."""
        correction = getattr(self, "correction", None)
        if correction not in (None, "firth"):
            raise ValueError(f"correction: is {correction!r}, but must be 'firth' or None")
        return correction

    def _with_data(self) -> Any:
        if "coefficient_names_" not in self.__dict__:
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet")
        fit = self.__dict__.get("_core_fit")
        if fit is None:
            raise ValueError(self.__dict__.get("_no_inference") or NO_DATA)
        return fit

    def _goodness(self) -> dict[str, Any]:
        if self.__dict__.get("_kept_goodness") is not None:
            return self.__dict__["_kept_goodness"]
        known = self.__dict__.get("_inference")
        if known is not None:
            return known.goodness
        defaults = self._default_settings()
        dispersion = defaults.get("dispersion", "auto")
        weights = defaults.get("weights", "variance")
        settings = settings_of("model", None, dispersion, weights, "expected")
        self.__dict__["_kept_goodness"] = self._with_data().goodness(json.dumps(settings))
        return self.__dict__["_kept_goodness"]

    def _by_rows(self, name: str) -> Any:
        """What rows tell that the coefficients leave."""
        fit = self._goodness()
        if fit["dispersion_estimated"] and fit["df_resid"] <= 0:
            raise ValueError(NO_ROWS)
        return fit[name]

    def _attribute(self, name: str, of: Any) -> Any:
        try:
            value = of()
        except ValueError as error:
            raise AttributeError(f"{type(self).__name__} has no {name}: {error}") from None
        if value is None:
            raise AttributeError(f"{type(self).__name__} has no {name} for this family")
        return value

    def _by_degrees(self, estimated: bool) -> Vector | None:
        found = self.inference()
        return found.statistics if (found.df is not None) == estimated else None

    @property
    def bse_(self) -> Vector:
        """Standard errors, the intercept's first where there is one."""
        return self._attribute("bse_", lambda: self.inference().bse)

    @property
    def zvalues_(self) -> Vector:
        """Coefficients by their errors, where the dispersion is known."""
        return self._attribute("zvalues_", lambda: self._by_degrees(False))

    @property
    def tvalues_(self) -> Vector:
        """Coefficients by their errors, where the dispersion is estimated."""
        return self._attribute("tvalues_", lambda: self._by_degrees(True))

    @property
    def pvalues_(self) -> Vector:
        """Two-sided p-values."""
        return self._attribute("pvalues_", lambda: self.inference().pvalues)

    @property
    def cov_params_(self) -> Vector:
        """The covariance matrix of the coefficients."""
        return self._attribute("cov_params_", lambda: self.inference().cov_params)

    @property
    def dispersion_(self) -> float:
        """phi."""
        return self._attribute("dispersion_", lambda: self._by_rows("dispersion"))

    @property
    def deviance_(self) -> float:
        """`sum w d(y, mu)`."""
        return self._attribute("deviance_", lambda: self._goodness()["deviance"])

    @property
    def null_deviance_(self) -> float:
        """The deviance of the model of intercept and offset alone."""
        return self._attribute("null_deviance_", lambda: self._goodness()["null_deviance"])

    @property
    def loglik_(self) -> float:
        """The log-likelihood with all constants, at `phi = deviance / n` where phi is estimated."""
        return self._attribute("loglik_", lambda: self._by_rows("loglik"))

    @property
    def aic_(self) -> float:
        """Akaike's criterion, an estimated dispersion counted, as in R."""
        return self._attribute("aic_", lambda: self._by_rows("aic"))

    @property
    def bic_(self) -> float:
        """Schwarz's criterion, an estimated dispersion counted."""
        return self._attribute("bic_", lambda: self._by_rows("bic"))

    @property
    def df_resid_(self) -> float:
        """`n - p`."""
        return self._attribute("df_resid_", lambda: self._by_rows("df_resid"))

    def conf_int(self, level: float = 0.95, method: str = "wald") -> Vector:
        """Intervals of the coefficients, a row each, the intercept's first where there is one.

        Parameters
        ----------
        level
            How likely they are to have the true values.
        method
            `"wald"`: estimates plus and minus quantiles of their errors; or `"profile"`: the values
            that the likelihood ratio does not reject, each side found by refits and infinite where
            the likelihood has no end there.
        """
        if method == "profile":
            if self._correction() == "firth":
                words = "is 'profile', which has no likelihood with Firth's penalty"
                raise ValueError(f"method: {words}")
            return self._with_data().profile_intervals(self._core_inference(), float(level))
        if method != "wald":
            raise ValueError(f"method: is {method!r}, but must be 'wald' or 'profile'")
        return self.inference().conf_int(level)

    def wald_test(self, R: ArrayLike) -> WaldTest:
        """Wald's test of `R b = 0`, a row of R a restriction, a column a coefficient."""
        return self.inference().wald_test(R)

    def residuals(self, kind: str = "response") -> Vector:
        """Residuals of the rows of the fit.

        Parameters
        ----------
        kind
            `"response"`, `"pearson"`, `"deviance"`, `"working"`, `"standardized_pearson"`,
            `"standardized_deviance"` or `"likelihood"`.
        """
        fit = self._with_data()
        return fit.residuals(self._core_inference(), kind)

    def influence(self) -> Influence:
        """Leverages, Cook's distances and standardized residuals of the rows of the fit."""
        fit = self._with_data()
        core = self._core_inference()
        residuals = fit.residuals(core, "standardized_pearson")
        return Influence(core.leverages, fit.cooks_distances(core), residuals)

    def _core_inference(self) -> Any:
        self.inference()
        if self.__dict__.get("_core_table") is None:
            del self.__dict__["_inference"]
            self.inference()
        return self.__dict__["_core_table"]

    def summary(self, level: float = 0.95) -> str:
        """A table of the coefficients as text, with their errors where they have some.

        Parameters
        ----------
        level
            Of the intervals.
        """
        self._check_fitted()  # type: ignore[attr-defined]
        try:
            found, why = self.inference(), None
        except ValueError as error:
            found, why = None, str(error)
        return summary(self, found, why, level)

    def __getstate__(self) -> Any:
        state: dict[str, Any] = dict(super().__getstate__())  # type: ignore[call-overload]
        if "_core_fit" in state:
            state["_core_fit"] = None
        state.pop("_core_table", None)
        return state


NO_DATA = (
    "the data of the fit are not in pickles and copies; ask for inference() before, which is kept, "
    "or fit again"
)
NO_ROWS = "as many coefficients as rows leave nothing to tell errors from"
FIRTH = "correction: is 'firth', which is for logistic regression of two classes"
PENALIZED = "the fit has a penalty or bounds: standard errors hold for fits without"

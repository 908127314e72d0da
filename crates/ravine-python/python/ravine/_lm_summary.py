"""The table of a fit, as text."""

from __future__ import annotations

from typing import Any

import numpy as np


def _number(value: float, digits: int = 4) -> str:
    if not np.isfinite(value):
        return ""
    if value != 0 and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{digits}f}"


def _p_value(value: float) -> str:
    if not np.isfinite(value):
        return ""
    if value < 1e-16:
        return "< 1e-16"
    return f"{value:.2e}" if value < 1e-3 else f"{value:.3f}"


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]

    def line(row: list[str]) -> str:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        return "  ".join(cells).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return [line(header), rule, *(line(row) for row in rows), rule]


def summary(model: Any, found: Any, why: str | None, level: float) -> str:
    """The table of a fitted model; `found` is its inference, or `why` there is none."""
    names = [str(name) for name in model.coefficient_names_]
    left_out, infinite = model._left_out(), model._infinite_signs()
    lines = [type(model).__name__ + model._described()]
    estimates = model._estimates()
    shown = [
        "infinity" if sign > 0 else "-infinity" if sign < 0 else "" if out else _number(value)
        for value, out, sign in zip(estimates, left_out, infinite, strict=True)
    ]
    if found is not None:
        letter = "z" if found.df is None else "t"
        percent = f"{100 * level:g} %"
        header = ["", "estimate", "std. error", letter, f"P>|{letter}|", f"{percent} from", "to"]
        intervals = found.conf_int(level)
        rows = [
            [
                name,
                shown[k],
                _number(found.bse[k]),
                "" if not np.isfinite(found.bse[k]) else f"{found.statistics[k]:.2f}",
                _p_value(found.pvalues[k]),
                _number(intervals[k, 0]),
                _number(intervals[k, 1]),
            ]
            for k, name in enumerate(names)
        ]
        lines += _table(header, rows)
    else:
        lines += _table(["", "estimate"], [list(row) for row in zip(names, shown, strict=True)])
        lines.append(f"No standard errors: {why}.")
    lines += _fit_lines(model, found)
    lines += model.notes_
    lines += found.notes if found is not None else []
    return "\n".join(lines)


def _fit_lines(model: Any, found: Any) -> list[str]:
    lines = []
    try:
        fit = found.goodness if found is not None else model._goodness()
    except ValueError:
        fit = None
    if fit is not None:
        how = "estimated" if fit["dispersion_estimated"] else "fixed"
        told = fit["df_resid"] > 0 or not fit["dispersion_estimated"]
        degrees = f", residual degrees of freedom {fit['df_resid']:g}" if told else ""
        lines.append(f"rows {fit['rows']:g}, coefficients {fit['rank']}{degrees}")
        null = "" if fit["null_deviance"] is None else f", null {fit['null_deviance']:.6g}"
        dispersion = f"; dispersion {fit['dispersion']:.6g} ({how})" if told else ""
        lines.append(f"deviance {fit['deviance']:.6g}{null}{dispersion}")
        if told and fit["loglik"] is not None:
            counted = " (the dispersion counted)" if fit["dispersion_estimated"] else ""
            lines.append(
                f"log-likelihood {fit['loglik']:.6g}, AIC {fit['aic']:.6g}, "
                f"BIC {fit['bic']:.6g}{counted}"
            )
    if found is not None:
        settings = found.settings
        lines.append(
            f"covariance {settings['covariance']}, {settings['information']} information, "
            f"weights as {settings['weights']}"
        )
    lines.append(
        f"{model.status_} after {int(np.max(model.n_iter_))} iterations; solver {model.solver_} "
        f"({model.solver_reason_}); {model.certificate_} {model.gap_:.2g}"
    )
    return lines
